#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include "base/buffer.h"
#include "base/str.h"

/* One HTTP request: views into the connection's input, good for the length of the callback. */
struct request {
    struct str method;
    struct str path;  /* as sent */
    struct str query; /* as sent, without `?` */
    struct str head;  /* all header lines */
    struct str body;
    bool is_http_1_0;
};

/* Bytes of the first whole request of `bytes`, or 0 where more is needed; -1 where it is none. */
long request_parse(struct str bytes, struct request *ret_request);

/* The first header of that name, trimmed; empty where there is none. */
struct str request_header(const struct request *request, struct str name);

/* The decoded value of a query parameter, appended to `out`; false where it is not given. */
bool request_parameter(const struct request *request, struct str name, struct buffer *out);

/* Percent-decoding; `+` is a blank. */
void append_decoded(struct buffer *out, struct str text);

#endif
