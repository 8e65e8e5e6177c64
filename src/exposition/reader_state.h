#ifndef EXPOSITION_READER_STATE_H
#define EXPOSITION_READER_STATE_H

#include "exposition/reader.h"

struct merge;
struct source;

/* A reader of a source of a merge; it ends and frees itself as reader.h says. */
struct reader *reader_new(struct merge *merge, struct source *source);

#endif
