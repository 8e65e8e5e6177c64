#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

/*
 * The one sink of events, on stderr: one event a line, `time level msg` and then keys, as logfmt or
 * as JSON. What comes from outside is escaped, so that nobody writes a line of his own into the
 * log. The sink is the program's one mutable global. base and exposition do not log; net only at
 * debug.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_field {
    const char *key; /* NULL ends a row of fields */
    struct str text;
    int64_t number;
    bool is_number;
};

void log_setup(enum log_level least, enum log_format format); /* before that: info, logfmt */
bool log_is_on(enum log_level level);

/* `fields` is made by LOG_FIELDS, or NULL: log_event(LOG_INFO, "listening",
 * LOG_FIELDS(log_text("address", a))); */
void log_event(enum log_level level, const char *message, const struct log_field *fields);

#define LOG_FIELDS(...) ((const struct log_field[]){__VA_ARGS__, {.key = NULL}})

struct log_field log_text(const char *key, const char *text); /* NULL text gives "" */
struct log_field log_str(const char *key, struct str text);
struct log_field log_number(const char *key, int64_t number);

/* One line of the given format, LF included, into `out`, a buffer: what log_event writes. For
 * tests. */
struct buffer;
void log_render(struct buffer *out, enum log_format format, enum log_level level,
                const char *message, const struct log_field *fields);

#endif
