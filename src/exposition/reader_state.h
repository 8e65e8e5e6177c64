#ifndef EXPOSITION_READER_STATE_H
#define EXPOSITION_READER_STATE_H

#include "exposition/merge_state.h"
#include "exposition/plain_sample.h"
#include "exposition/reader.h"

/* What the parts of a reader share: reader.c cuts lines out of bytes, read_sample.c and read_meta.c
 * read them. */
struct reader {
    struct merge *merge;                  /* borrowed; it owns us */
    struct source *source;                /* borrowed */
    bool strict;                          /* OpenMetrics */
    enum plain_timestamp plain_timestamp; /* those that are written as they are read */
    bool has_eof;                         /* # EOF was read */
    bool is_over;                         /* a limit is reached: no line is left out for that */
    bool is_in_long_line;                 /* one that is left out, up to its LF */
    size_t body_bytes;
    uint64_t line_number;
    size_t types;        /* TYPE lines */
    size_t skipped;      /* lines left out */
    char *first_skipped; /* owned; what was wrong with the first */
    size_t held;         /* what of merge->held is this source's */
    struct buffer carry; /* a line that has not ended yet */
    struct staging staging;
    struct family *family; /* the one used last */
    size_t name_length;    /* of the last line's sample; 0 where that line was no such */
    size_t last_line;      /* where that sample's line is in `staging` */
    struct family *typed;  /* the one whose type was stated last */
    enum metric_type type;
};

/* A reader of a source of a merge; it ends and frees itself as reader.h says. */
struct reader *reader_new(struct merge *merge, struct source *source);

/* The family of this name, which becomes the one used last. */
struct family *reader_find_family(struct reader *reader, struct str name);

/* Reads one line, a sample or metadata, whatever it looks like. False, with the fault, where it
 * cannot be read. */
bool reader_read_sample(struct reader *reader, struct str line, struct line_fault *ret_fault);
bool reader_read_meta(struct reader *reader, struct str line, struct line_fault *ret_fault);

/* Reads the first of some whole lines and goes behind it, if it is as plain as nearly all are. */
bool reader_read_plain_sample(struct reader *reader, struct str *lines);
bool reader_read_plain_meta(struct reader *reader, struct str *lines);

#endif
