#include "exposition/metric_message.h"

#include "exposition/histogram_message.h"

struct metric_reading {
    struct metric_message *metric;
    const struct metric_rules *rules;
    uint32_t seen; /* fields with values: bits */
};

static const char *read_label(struct metric_reading *reading, struct str pair)
{
    struct metric_message *metric = reading->metric;
    if (metric->label_count == reading->rules->label_limit)
        return "this is one label too many";
    struct sample_label *label = &metric->labels[metric->label_count++];
    label->name_is_quoted = false;
    return label_pair_read(pair, &label->name, &label->value);
}

static const char *read_value(struct metric_reading *reading, const struct wire_field *field)
{
    uint32_t number = field->tag >> 3;
    if ((field->tag & 7) != WIRE_BYTES)
        return "a field has a type that is not its own";
    if (reading->seen & 1U << number)
        return "a metric has two values of one kind";
    reading->seen |= 1U << number;
    if (number == metric_field_of(reading->rules->type))
        reading->metric->value = field->bytes;
    return metric_value_fault((enum metric_field)number, field->bytes);
}

static const char *read_field(struct metric_reading *reading, const struct wire_field *field)
{
    switch (field->tag >> 3) {
    case METRIC_LABEL:
        if ((field->tag & 7) != WIRE_BYTES)
            return "a field has a type that is not its own";
        return read_label(reading, field->bytes);
    case METRIC_GAUGE:
    case METRIC_COUNTER:
    case METRIC_SUMMARY:
    case METRIC_UNTYPED:
    case METRIC_HISTOGRAM:
        return read_value(reading, field);
    case METRIC_TIMESTAMP_MS:
        if ((field->tag & 7) != WIRE_VARINT)
            return "a field has a type that is not its own";
        reading->metric->timestamp_ms = (int64_t)field->number;
        return NULL;
    default:
        return NULL;
    }
}

static size_t count_quantiles(struct str summary)
{
    struct wire_field field;
    size_t count = 0;
    while (wire_next(&summary, &field) == WIRE_FIELD)
        count += field.tag == TAG_BYTES(SUMMARY_QUANTILE);
    return count;
}

bool metric_message_has_label(const struct metric_message *metric, struct str name)
{
    for (size_t i = 0; i < metric->label_count; i++)
        if (str_equal(metric->labels[i].name, name))
            return true;
    return false;
}

/* The labels that consumers make of bounds and ranks must be free, or they refuse the page. */
static const char *look_at_summary(struct metric_message *metric)
{
    metric->samples = 2 + count_quantiles(metric->value);
    return metric->samples > 2 && metric_message_has_label(metric, STR("quantile"))
               ? "a summary with quantiles has a label quantile"
               : NULL;
}

static const char *look_at_histogram(struct metric_message *metric)
{
    struct histogram_message histogram;
    const char *fault = histogram_message_read(metric->value, &histogram);
    metric->is_native = histogram.is_native;
    metric->samples = histogram.is_native && histogram.buckets == 0
                          ? 1
                          : histogram.buckets + (histogram.has_infinite_bucket ? 2 : 3);
    if (fault == NULL && metric_message_has_label(metric, STR("le")))
        fault = "a histogram has a label le";
    return fault;
}

static const char *look_at_value(struct metric_message *metric, enum wire_metric_type type)
{
    switch (type) {
    case WIRE_SUMMARY:
        return look_at_summary(metric);
    case WIRE_HISTOGRAM:
    case WIRE_GAUGE_HISTOGRAM:
        return look_at_histogram(metric);
    case WIRE_COUNTER:
    case WIRE_GAUGE:
    case WIRE_UNTYPED:
        metric->samples = 1;
        break;
    }
    return NULL;
}

const char *metric_message_read(struct metric_message *metric, struct str message,
                                const struct metric_rules *rules)
{
    struct metric_reading reading = {.metric = metric, .rules = rules};
    struct wire_field field;
    enum wire_step step;
    *metric = (struct metric_message){.labels = metric->labels};
    while ((step = wire_next(&message, &field)) == WIRE_FIELD) {
        const char *fault = read_field(&reading, &field);
        if (fault)
            return fault;
    }
    if (step == WIRE_FAULT)
        return "a metric is broken: a field is not whole";
    return look_at_value(metric, rules->type);
}
