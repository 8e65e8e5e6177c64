#ifndef EXPOSITION_PLAIN_SAMPLE_H
#define EXPOSITION_PLAIN_SAMPLE_H

#include "exposition/text_sample.h"

/*
 * A sample line that is already in the one form we write, as nearly all are, but perhaps for a
 * blank behind each comma: what comes behind its name can be copied as it is.
 */
struct plain_sample {
    struct str name;
    struct str rest; /* behind the name and an opening brace, to the LF and with it */
    bool has_labels;
    bool has_hinted_name;
    const char *lines_end;
    size_t blanks; /* that are left out */
    size_t label_count;
    struct str *labels; /* their names; borrowed room for label_limit of them */
};

/* Which timestamps can be copied: with another one a line is not plain. */
enum plain_timestamp { PLAIN_NO_TIMESTAMP, PLAIN_MILLISECONDS, PLAIN_SECONDS };

struct plain_hints {
    struct str name;    /* which the line has if it begins like the one before it; may be empty */
    size_t label_limit; /* of the sample */
    enum plain_timestamp timestamp;
    bool strict; /* no blanks behind commas */
};

/*
 * Recognises the first of some lines, all of which end with an LF. False for everything that
 * sample_parse() has to look at: blanks, escapes, anything but ASCII, odd numbers, faults, labels
 * that are in the way of the injected ones.
 */
bool plain_sample_parse(struct plain_sample *sample, struct str lines,
                        const struct plain_hints *hints, const struct injection *injection);

/* How long its line is on the page, and writing it: over PLAIN_SLACK bytes more, which then hold
 * anything. */
#define PLAIN_SLACK ((size_t)32)
size_t plain_sample_length(const struct plain_sample *sample, const struct injection *injection);
void plain_sample_write(const struct plain_sample *sample, const struct injection *injection,
                        char *line);

#endif
