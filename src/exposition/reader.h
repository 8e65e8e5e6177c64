#ifndef EXPOSITION_READER_H
#define EXPOSITION_READER_H

#include "base/error.h"
#include "base/str.h"

/*
 * One source's body, as it arrives: each line is checked, brought into the one form that all
 * parsers accept, given the source's labels and filed under its family. Work per byte is bounded;
 * nothing is read twice.
 */
struct reader;

/*
 * Says how the body is to be read, by its Content-Type header. What cannot be read is refused at
 * its first byte: a body that has none is a page of nothing, whatever it is called. Before the
 * first feed.
 */
void reader_set_content_type(struct reader *reader, struct str content_type);

/*
 * Takes the next bytes, cut anywhere. False: the body is refused, the error says why with line and
 * column, and the reader has ended.
 */
bool reader_feed(struct reader *reader, struct str bytes, struct error *error);

/*
 * The body is complete. True: its samples are on the page and its `up` is 1; where lines were left
 * out (merge_options), the error says how many and why, else it is not touched. Either way the
 * reader has ended.
 */
bool reader_finish(struct reader *reader, struct error *error);

/* Nothing of this source is wanted any more (it failed, or is late): `up` 0. The reader has ended.
 */
void reader_refuse(struct reader *reader);

/* What that costs, beside what it costs of any: a number of small things that are let go of, each
 * of some 200 ns. For those who refuse many. */
size_t reader_refuse_cost(const struct reader *reader);

#endif
