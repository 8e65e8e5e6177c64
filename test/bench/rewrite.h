#ifndef TEST_BENCH_REWRITE_H
#define TEST_BENCH_REWRITE_H

#include "base/str.h"

/*
 * The bound of relabelling: copies an exposition and puts 60 bytes of labels into each sample.
 *
 * Lines by memchr, the end of the name by a byte loop, three copies a line. Nothing is checked, so
 * nobody who answers for the result can be as fast.
 */

/* The labels that rewrite() puts in. */
#define REWRITE_POD "a-deployment-5d4f8c7b9-x"
#define REWRITE_NAMESPACE "shop"

/* What `text` can become at most. */
size_t rewrite_room(struct str text);

/* Writes it to memory that has room; how long it has become. */
size_t rewrite(char *out, struct str text);

#endif
