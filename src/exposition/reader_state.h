#ifndef EXPOSITION_READER_STATE_H
#define EXPOSITION_READER_STATE_H

#include "exposition/merge_state.h"
#include "exposition/plain_sample.h"
#include "exposition/reader.h"

#include <assert.h>

/* What the parts of a reader share: reader.c cuts lines out of bytes, read_sample.c and read_meta.c
 * read them. */
struct meta;
struct reader_wire;

/*
 * How far a body is as expected, and what it is where that is something else (read_shape.c). Up to
 * a block it is `fresh`, or as many blocks of `shape` where there is none; from there on `made`,
 * and then what stands in the block up to `place`, unless that is copied and in `made`, too.
 */
struct expectation {
    struct body_shape *shape;  /* held; what the body is compared with, or NULL */
    size_t index;              /* of the block that is expected now */
    struct shape_block *block; /* it; NULL: nothing is expected any more */
    struct shape_place place;  /* in it: of the line that is expected next */
    struct body_shape *fresh;  /* held; the body's own up to this block, once that is another; or
                                  NULL */
    struct shape_block *made;  /* owned; the lines behind that, where they are not those of the
                                  block; or NULL */
    bool is_copied;            /* this block is not the body's: what is read of it is copied */
    bool is_kept;              /* the body's own shape is */
    size_t missed;             /* lines that were neither expected nor soon behind that */
    size_t search_at;          /* so many of them: then one is looked for elsewhere */
};

struct reader {
    struct merge *merge;                  /* borrowed; it owns us */
    struct source *source;                /* borrowed */
    bool strict;                          /* OpenMetrics */
    enum plain_timestamp plain_timestamp; /* those that are written as they are read */
    bool has_eof;                         /* # EOF was read */
    bool is_over;                         /* a limit is reached: no line is left out for that */
    bool is_in_long_line;                 /* one that is left out, up to its LF */
    char *unreadable;                     /* owned; why nothing of its type can be read */
    size_t body_bytes;
    uint64_t line_number;
    size_t types;          /* TYPE lines */
    size_t skipped;        /* lines left out */
    char *first_skipped;   /* owned; what was wrong with the first */
    size_t held;           /* what of merge->held is this source's */
    size_t waiting;        /* what of that is neither lines nor runs */
    size_t names_left;     /* bytes of names and helps that it may still bring */
    size_t names_until;    /* then of all sources, while it reads */
    struct buffer carry;   /* a line that has not ended yet */
    struct family *family; /* the one used last */
    size_t name_length;    /* of the last line's sample; 0 where that line was no such */
    const char *last_line; /* that sample's, as it was written */
    struct family *typed;  /* the one whose type was stated last */
    enum metric_type type;
    struct shape_table *shapes; /* borrowed; where its shape is looked for and kept, or NULL */
    struct expectation expected;
    struct reader_wire *wire; /* owned; where the body or the page is protobuf */
};

/* A reader of a source of a merge; it ends and frees itself as reader.h says. */
struct reader *reader_new(struct merge *merge, struct source *source);

/* The family that followed the one used last in another source, if it is of this name; or NULL.
 * Sources of one kind name their families in the same order. */
static inline struct family *reader_find_follower(const struct reader *reader, struct str name)
{
    struct family *found = reader->family ? reader->family->follower : NULL;
    return found && str_equal(found->name, name) ? found : NULL;
}

/* The family of this name, which becomes the one used last. */
struct family *reader_find_family(struct reader *reader, struct str name);

/* Reads one line, a sample or metadata, whatever it looks like. False, with the fault, where it
 * cannot be read. */
bool reader_read_sample(struct reader *reader, struct str line, struct line_fault *ret_fault);
bool reader_read_meta(struct reader *reader, struct str line, struct line_fault *ret_fault);

/* Is a sample of this name one of the family whose type was stated last? Where there is such a
 * family; and as well where none was stated, which needs no call. */
bool reader_type_keeps(const struct reader *reader, struct str name);
static inline bool reader_is_of_typed_family(const struct reader *reader, struct str name)
{
    return reader->typed && reader_type_keeps(reader, name);
}

/* The family that a sample of this name is filed under, where it need not be looked up; or NULL. */
struct family *reader_expect_family(const struct reader *reader, struct str name);

/* The same, looked up or made where need be, which becomes the one used last. */
struct family *reader_family_of_sample(struct reader *reader, struct str name);

/* What a sample shows of the type of its family. */
struct label_names {
    const struct str *names;
    size_t count;
};
unsigned reader_shape_of(const struct reader *reader, const struct family *family, struct str name,
                         struct label_names labels);

/* What the bounds of a plain sample show, `le` and `quantile`: behind the names of its labels stand
 * their values. */
unsigned reader_plain_bounds_of(const struct reader *reader, const struct family *family,
                                struct label_names labels);

/* Reads of some whole lines those that are as plain as nearly all are, and goes behind them. False
 * where the first one is not. */
bool reader_read_plain_lines(struct reader *reader, struct str *lines);

/* The same of one line, a HELP or a TYPE. */
bool reader_read_plain_statement(struct reader *reader, struct str *lines);

/* The source says again what was said before. False: this passes a limit. */
bool reader_state_again(struct reader *reader, struct shape_place place);

/* What a passage states is known in this merge, too, once it is bound: false where that would be
 * something new. */
bool reader_bind_statements(const struct reader *reader, struct shape_passage *passage);

/* In OpenMetrics this text format's counter may become that of the name without _total. */
void reader_know_counter(struct reader *reader, struct family *family);

/* A TYPE was read, which holds for the samples behind it. False: it is one too many. */
static inline bool reader_take_type(struct reader *reader, struct family *family,
                                    enum metric_type type)
{
    size_t limit = reader->merge->limits.families;
    if (limit > 0 && reader->types == limit)
        return false;
    reader->types++;
    if (type == TYPE_COUNTER && reader->merge->kind == PAGE_OPENMETRICS)
        reader_know_counter(reader, family);
    reader->typed = family;
    reader->type = type;
    family->read_type = type;
    return true;
}

/*
 * read_shape.c: the shape of the body, which is compared with what is expected. Soon behind what is
 * expected, or about there in a body that another source had: a sample with this text, or a
 * statement that some lines begin with; one of them was read; another line was read, with this text
 * and so many bytes behind it, which is in such a passage: to be described, or NULL where it is not
 * kept.
 */
struct shape_found {
    struct body_shape *shape; /* not held */
    size_t index;             /* of a block */
    struct shape_block *block;
    struct shape_place place;
};
static inline struct shape_found reader_shape_expected(const struct reader *reader)
{
    const struct expectation *expected = &reader->expected;
    return (struct shape_found){expected->shape, expected->index, expected->block, expected->place};
}
void reader_shape_begin(struct reader *reader);
bool reader_shape_find_sample(struct reader *reader, struct str text,
                              struct shape_found *ret_found);
bool reader_shape_find_statement(struct reader *reader, struct str lines,
                                 struct shape_found *ret_found);
void reader_shape_leave(struct reader *reader, const struct shape_found *found);
struct shape_line *reader_shape_add(struct reader *reader, const struct shape_passage *passage,
                                    struct str text, size_t more);
void reader_shape_end(struct reader *reader, bool is_complete);

/* How many blocks the end of one that is not complete lets go of. */
size_t reader_shape_end_cost(const struct reader *reader);

/* The block that was expected came to its end: called by reader_shape_go_on() only. */
void reader_shape_end_block(struct reader *reader);

/* What is expected was read, up to this place in its block. */
static inline void reader_shape_go_on(struct reader *reader, struct shape_place place)
{
    struct expectation *expected = &reader->expected;
    assert(expected->block);
    expected->place = place;
    if (shape_block_ends(expected->block, place))
        reader_shape_end_block(reader);
}

/* A line was read that was not known: what its passage is, but for what it has, where this family
 * was used last before it. */
static inline struct shape_passage reader_passage(const struct reader *reader,
                                                  const struct family *before)
{
    return (struct shape_passage){.family_length = (uint16_t)reader->family->name.length,
                                  .type = (uint8_t)reader->type,
                                  .is_typed = reader->typed == reader->family,
                                  .merge = reader->merge->number,
                                  .family = reader->family,
                                  .before = before,
                                  .typed = reader->typed};
}

/* Reads whole lines. False, with the fault told, where one of them ends the body. */
bool reader_read_lines(struct reader *reader, struct str lines, struct error *error);

/*
 * reader_wire.c: what is read of a protobuf body, and what is written to a protobuf page. Of text
 * in and text out it knows nothing.
 */
void reader_wire_begin(struct reader *reader, bool body_is_protobuf);
void reader_wire_free(struct reader_wire *wire); /* NULL is fine */

/* Between two feeds: gives back what it can, and gives the bytes that it takes. NULL is fine. */
size_t reader_wire_rest(struct reader_wire *wire);

/* Is the body protobuf, is the page? */
bool reader_wire_reads(const struct reader *reader);
bool reader_wire_writes(const struct reader *reader);

/* The next bytes of a protobuf body, and its end. */
bool reader_wire_feed(struct reader *reader, struct str bytes, struct error *error);
bool reader_wire_end(struct reader *reader, struct error *error);

/* Text for a protobuf page: a statement, a sample that was resolved; and the end of them. */
void reader_wire_state(struct reader *reader, const struct meta *meta);
void reader_wire_add(struct reader *reader, const struct sample *sample);
void reader_wire_finish(struct reader *reader);

#endif
