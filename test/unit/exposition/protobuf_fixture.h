#ifndef TEST_UNIT_EXPOSITION_PROTOBUF_FIXTURE_H
#define TEST_UNIT_EXPOSITION_PROTOBUF_FIXTURE_H

#include "fixture.h"
#include "wire_notation.h"

/* The labels of the one pod, and our `up`, as fields of a metric and as a family. */
#define WIRE_INJ "1:{1:'k8s_pod_name' 2:'p'} 1:{1:'k8s_namespace' 2:'n'} "
#define WIRE_UP_HELP                                                                               \
    "1:'up' 2:'Whether the last scrape of this target succeeded (1) or failed (0).' 3:1 "

/* A body is what, whole and cut at each offset, in a page of this format? Our `up` 1 comes first in
 * each expectation. */
void expect_text(const char *families, enum exposition_format format, const char *rest);
void expect_wire(const char *families, const char *rest);

/* The same from text or OpenMetrics to protobuf. */
void expect_wire_of(struct body body, const char *rest);

/* The body is refused for this reason (a part of it), whatever the page and however it is cut. */
void expect_wire_refused(const char *families, const char *reason);

/* One more source of a merge, with a protobuf body; and its body in pieces of so many bytes, or all
 * at once, for 0. */
struct reader *wire_source_add(struct merge *merge, const struct label *labels, size_t count);
bool wire_source_feed(struct reader *reader, struct str body, size_t piece, struct error *error);

/* Uses the merge up. */
void wire_page_pull(struct merge *merge, struct buffer *ret_page);

#endif
