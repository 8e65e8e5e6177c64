#ifndef TEST_UNIT_EXPOSITION_NUMBERED_LINES_H
#define TEST_UNIT_EXPOSITION_NUMBERED_LINES_H

#include "base/buffer.h"

#include <stdint.h>

/* The lines of a body, each known by a number. */
enum { LINES_MOST = 600 };

struct lines {
    unsigned numbers[LINES_MOST];
    size_t count;
    struct buffer text; /* of who writes them */
};

/* So many, in order. */
void lines_init(struct lines *lines, size_t count);
void lines_done(struct lines *lines);

/* Where there are as many as there may be, nothing changes. */
void lines_insert(struct lines *lines, size_t at, unsigned number);

/* From one on, all are others: by so much. */
void lines_renumber(struct lines *lines, size_t at, unsigned by);

/* The same lines as those. */
void lines_copy(struct lines *lines, const struct lines *those);

/* One change: a line or some are new or gone, the end is gone, or one is another one. */
void lines_change(struct lines *lines, uint64_t *random);

struct line_writing {
    bool is_strict;    /* for a body of OpenMetrics */
    size_t long_label; /* bytes: one line in ten has up to six times as many */
};

/* Appends lines of all kinds, ten numbers a family, some of them not what they were the last time
 * and few of them such as cannot be read. */
void lines_write(const struct lines *lines, const struct line_writing *writing, uint64_t *random,
                 struct buffer *text);

#endif
