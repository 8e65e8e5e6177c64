#ifndef EXPOSITION_EXEMPLAR_MESSAGE_H
#define EXPOSITION_EXEMPLAR_MESSAGE_H

#include "exposition/metric_schema.h"
#include "exposition/sample.h"

/* Exemplars and points in time of protobuf, as text and out of text. Messages are sound ones. */

/* name="value", with quotes around a name that needs them. */
void label_append_text(struct buffer *out, struct str name, struct str value);

/* " # {labels} value time"; nothing where text cannot hold it: without labels, with more than 128
 * characters of them, with a name twice. */
void exemplar_append_text(struct buffer *out, struct str exemplar);

/* A time as seconds with a fraction; can text hold it? */
bool time_is_writable(struct str message);
void time_append_text(struct buffer *out, struct str message);

/* Appends a Timestamp message's fields. False, with nothing appended, where the seconds are none
 * that it can hold. */
bool time_append_message(struct buffer *out, double seconds);

/* Appends an Exemplar message's fields, from one that was read as text. */
void exemplar_append_message(struct buffer *out, const struct exemplar *exemplar);

#endif
