#ifndef EXPOSITION_METRIC_MESSAGE_H
#define EXPOSITION_METRIC_MESSAGE_H

#include "exposition/metric_schema.h"
#include "exposition/sample.h"

/* One metric of a protobuf family, taken apart and checked in every byte. Views into the message.
 */
struct metric_message {
    struct sample_label *labels; /* room of the caller's; texts as they are, nothing is escaped */
    size_t label_count;
    int64_t timestamp_ms; /* 0: none, as Prometheus has it */
    struct str value;     /* the message of the family's type; empty where there is none */
    size_t samples;       /* as many as text lines would hold */
    bool is_native;       /* a native histogram */
};

struct metric_rules {
    enum wire_metric_type type; /* of the family */
    size_t label_limit;
};

/* NULL where it is sound, else what is wrong with it. Labels' names are not compared with each
 * other. */
const char *metric_message_read(struct metric_message *metric, struct str message,
                                const struct metric_rules *rules);

/* Of one that was read. */
bool metric_message_has_label(const struct metric_message *metric, struct str name);

#endif
