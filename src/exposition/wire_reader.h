#ifndef EXPOSITION_WIRE_READER_H
#define EXPOSITION_WIRE_READER_H

#include "base/error.h"
#include "exposition/family_stream.h"
#include "exposition/metric_lines.h"
#include "exposition/metric_writer.h"

/*
 * Reads a protobuf body: every metric is checked in every byte; then it is put on a protobuf page
 * as it is, or read once more as lines of text, for a page of another format. What it does for each
 * byte is bounded there too: a body whose text would be many times as long is refused.
 */
struct wire_reader;

/* Whom it reads for. */
struct wire_host {
    /* Takes whole lines of text; false with the reason where they are refused. */
    bool (*take_lines)(void *context, struct str lines, struct error *error);
    /* Is a metric that cannot be read left out? Otherwise it ends the body. Only the first fault is
     * told. */
    bool (*leave_out)(void *context, const struct error *fault);
};

struct wire_reader *wire_reader_new(struct metric_writer *writer, const struct wire_host *host,
                                    void *context); /* the writer is borrowed */
void wire_reader_free(struct wire_reader *reader);  /* NULL is fine */

/* Between two feeds: gives back what it can, and gives the bytes that it takes. */
size_t wire_reader_rest(struct wire_reader *reader);

bool wire_reader_feed(struct wire_reader *reader, struct str bytes, struct error *error);
bool wire_reader_end(const struct wire_reader *reader, struct error *error);

#endif
