#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* What becomes of a line that cannot be read. */
enum bad_line_use { BAD_LINE_FAIL, BAD_LINE_SKIP };
struct pod_labels;

struct text_list {
    char **texts; /* owned, and each of them */
    size_t count;
};

/* What no flag and no variable sets: only the program of test/tunable does, so that a day takes a
 * minute and a service account is a folder of the test. Zeros are what is shipped. */
struct options_of_tests {
    const char *service_account; /* borrowed; struct kube_config_request */
    uint32_t backoff_first_ms;   /* this one and the rest: struct reflector_options */
    uint32_t backoff_most_ms;
    uint32_t watch_least_s;
    uint32_t stall_ms;
    uint32_t head_timeout_ms;
};

enum watch_list_use { WATCH_LIST_NEVER, WATCH_LIST_AUTO };

/* What a person can choose, checked. options_table.c says how each is given. */
struct options {
    char *labels;        /* canonical; never empty */
    uint64_t timeout_ms; /* 1 and more; fits uint32_t */
    uint64_t port;
    struct text_list listen_addresses; /* none: every address, at `port` */
    struct text_list namespaces;       /* none: all */
    char *kubeconfig;                  /* NULL: not given; KUBECONFIG is kube's to read */
    char *context;                     /* NULL: not given */
    struct pod_labels *pod_labels;     /* owned; NULL: none */
    char *node;                        /* NULL: the pods of every node */
    uint64_t watch_list;               /* enum watch_list_use */
    uint64_t log_level;                /* enum log_level */
    uint64_t log_format;               /* enum log_format */
    uint64_t body_limit;
    uint64_t total_limit;
    uint64_t cache_memory; /* bytes; 0: none */
    uint64_t sample_limit;
    uint64_t line_limit;
    uint64_t label_limit;
    uint64_t scrape_connections;
    uint64_t family_limit;
    uint64_t honor_labels;    /* 0 or 1 */
    uint64_t drop_timestamps; /* 0 or 1 */
    uint64_t on_bad_line;     /* enum bad_line_use */
    uint64_t fallback;        /* enum body_type */
    uint64_t formats;         /* bits of enum exposition_format */
    uint64_t enable_protobuf; /* 0 or 1 */
    uint64_t scrape_gzip;     /* 0 or 1 */
    uint64_t web_connections;
    uint64_t web_requests; /* scrapes at once */
    uint64_t web_gzip;     /* 0 or 1 */
    struct options_of_tests of_tests;
};

struct options_source {
    const char *const *arguments;                 /* without the program's name; ended by NULL */
    const char *(*environment)(const char *name); /* getenv, or a fake */
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

/*
 * A flag beats the environment, which beats the default; an empty environment variable is not set;
 * of a flag given twice the last one counts. WRONG: the error names what was given and what is
 * allowed. ret_options is written for OK only; options_done().
 */
enum options_result options_read(const struct options_source *source, struct options *ret_options,
                                 struct error *error);
void options_done(struct options *options);

#endif
