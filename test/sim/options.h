#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The command line. Texts are argv's. */
struct options {
    uint64_t pods;
    uint64_t pod_bytes;
    uint64_t object_bytes;
    uint64_t api_port;
    uint64_t pod_port;
    uint64_t control_port;
    uint64_t bookmark_ms;
    uint64_t history;
    uint64_t churn; /* events a second */
    const char *namespaces;
    const char *labels;
    const char *token;
    const char *kubeconfig;
    const char *tls_cert;
    const char *tls_key;
    const char *tls_ca;
    const char *slow; /* how many pods: 5, or 5% */
    const char *down;
    const char *hanging;
    const char *invalid;
    uint64_t slow_ms;
    bool api_down;
    bool watch_list;
    bool exit_with_stdin;
};

/* Ends the process for --help (0) and for what it does not understand (2). */
void options_read(struct options *options, int count, char **arguments);

/* "5" or "5%" of `whole`. */
uint64_t options_share(const char *text, uint64_t whole);

#endif
