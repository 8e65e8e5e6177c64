#ifndef TEST_UNIT_EXPOSITION_FIXTURE_H
#define TEST_UNIT_EXPOSITION_FIXTURE_H

#include "base/buffer.h"
#include "exposition/merge.h"
#include "exposition/page.h"
#include "exposition/reader.h"

/*
 * Some bodies become a page. Body i is that of pod p<i> in namespace n; with one body only the pod
 * is p, as in the specification's examples.
 */
#define INJ "k8s_pod_name=\"p\",k8s_namespace=\"n\""
#define INJ_OF(pod) "k8s_pod_name=\"p" pod "\",k8s_namespace=\"n\""
#define UP_HEAD                                                                                    \
    "# TYPE up gauge\n# HELP up Whether the last scrape of this target succeeded (1) or failed "   \
    "(0).\n"

struct body {
    const char *content_type; /* NULL: none */
    struct str text;
};

#define TEXT(literal) ((struct body){.text = STR(literal)})
#define OPENMETRICS(literal)                                                                       \
    ((struct body){.content_type = "application/openmetrics-text; version=1.0.0",                  \
                   .text = STR(literal)})

struct merging {
    struct merge_options options; /* with a cache, which each run finds as the last one left it */
    size_t piece;                 /* bytes fed at once; 0: all */
    const size_t *order;          /* of arrival; NULL: as they are */
    void (*look)(struct merging *merging, const struct page *page); /* NULL: nobody does */
    struct buffer page;                                             /* what came of it */
    struct page_facts facts;
    struct error error; /* the last one */
};

void merging_init(struct merging *merging);
void merging_done(struct merging *merging);

/* Without a cache from now on. */
void merging_drop_cache(struct merging *merging);

/* Feeds bytes in memory of their own, so that a sanitizer sees a read beyond them. */
bool feed_copy(struct reader *reader, struct str bytes, struct error *error);

/* A source that is the pod with this number. */
struct reader *add_pod(struct merge *merge, int number);

/* Makes the page of these bodies anew. */
void merging_run(struct merging *merging, const struct body *bodies, size_t count);

/* The page of one body is our `up` 1 and then this; however the body is cut. */
void expect_page(struct body body, const char *rest);

/* The body is refused for this reason (a part of it), leaving nothing but `up` 0. */
void expect_refused(struct body body, const char *reason);

/* The page of several pods, after our `up`. */
void expect_merged(const struct body *bodies, size_t count, const char *rest);

#define MERGED(rest, ...)                                                                          \
    expect_merged((const struct body[]){__VA_ARGS__},                                              \
                  sizeof((const struct body[]){__VA_ARGS__}) / sizeof(struct body), rest)

#endif
