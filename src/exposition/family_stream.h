#ifndef EXPOSITION_FAMILY_STREAM_H
#define EXPOSITION_FAMILY_STREAM_H

#include "exposition/metric_schema.h"

/* What stands in a family beside its metrics. */
struct family_message {
    struct str preamble; /* the bytes before its metrics; empty where others stand behind them */
    struct str name;     /* UTF-8, not empty */
    struct str help;     /* UTF-8 */
    struct str unit;     /* UTF-8; not checked against the name */
    enum wire_metric_type type;
    size_t length; /* of the message; 0 where it is read in parts */
};

/* What is read, in the order of the bytes. Each gives what is wrong with it, or NULL; views live
 * during the call. A family is told before its first metric; one without metrics is not told. */
struct family_listener {
    /* Whole families with their lengths before them, perhaps: takes off what needs no more. */
    void (*on_plain_families)(void *context, struct str *bytes);
    const char *(*on_family)(void *context, const struct family_message *family);
    const char *(*on_metric)(void *context, struct str metric);
};

/*
 * Cuts a body, which is a row of families with their lengths before them, into metrics, as it
 * arrives. A family of up to 64 KiB is taken whole, so its fields may be in any order. Of a longer
 * one each metric is taken as it comes: its name and its type have to stand before (a type that
 * does not is that of a counter), and help and unit count only there. Beside that
 * nothing longer than `part_limit` is ever held, be it a metric, a help or a field that nobody
 * knows.
 */
struct family_stream {
    const struct family_listener *listener;
    void *context;
    size_t part_limit;
    uint64_t offset;    /* in the body, of the part that is read */
    uint64_t metrics;   /* of the family, told so far */
    bool in_family;     /* in one that is too long to be taken whole */
    uint64_t left;      /* of that family */
    bool is_told;       /* it has metrics */
    struct buffer part; /* cut off by the end of a feed */
    struct buffer name; /* texts of the family that is read in parts */
    struct buffer help;
    struct buffer unit;
    struct family_message family;
};

/* Of up to so many bytes a family is a part as a whole; of a longer one each field is. */
#define FAMILY_WHOLE ((size_t)64 * 1024)

void family_stream_init(struct family_stream *stream, size_t part_limit,
                        const struct family_listener *listener, void *context);
void family_stream_done(struct family_stream *stream);

/* Between two feeds: gives back what it can, and gives the bytes that it takes. */
size_t family_stream_rest(struct family_stream *stream);

/* The next bytes, cut anywhere. NULL, or why the body is refused: nothing more may be fed. */
const char *family_stream_feed(struct family_stream *stream, struct str bytes);

/* The body is complete: NULL, or why it cannot be. */
const char *family_stream_end(const struct family_stream *stream);

#endif
