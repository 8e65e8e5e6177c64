#ifndef EXPOSITION_SAMPLE_H
#define EXPOSITION_SAMPLE_H

#include "base/str.h"

/*
 * One sample line taken apart. Views into the line; what was in quotes is without them and still
 * escaped.
 */
struct sample_label {
    struct str name;
    struct str value;
    bool name_is_quoted;
};

struct exemplar {
    bool is_there;
    struct sample_label *labels; /* in the sample's room */
    size_t label_count;
    struct str value;
    struct str timestamp; /* in seconds; empty where there is none */
};

struct sample {
    struct str name;
    bool name_is_quoted;
    size_t name_ending; /* of text_sample.h: bytes of it that are not escaped */
    bool timestamp_is_seconds;
    bool has_injected_name;      /* of text_sample.h: labels are honoured, and some have to be */
    struct sample_label *labels; /* room of the caller's, for twice the limit */
    size_t label_count;
    struct str value;
    struct str timestamp; /* empty where there is none */
    struct exemplar exemplar;
};

/* Where and why a line was refused. */
struct line_fault {
    size_t at; /* index of the byte in the line */
    const char *reason;
};

struct sample_rules {
    bool strict;        /* OpenMetrics as Prometheus reads it; else text, as tolerant as can be */
    size_t label_limit; /* of the sample, and again of its exemplar */
};

/*
 * Takes a line apart and checks everything that can be wrong with it except for the labels' names
 * among each other. False, with the fault, where it is no sample.
 */
bool sample_parse(struct sample *sample, struct str line, const struct sample_rules *rules,
                  struct line_fault *ret_fault);

#endif
