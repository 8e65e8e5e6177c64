/*
 * What is written must read as the samples that were there: consumers make a count, a sum and a
 * last bucket of every histogram, so all of these have to be there.
 */
#include "exposition/group_message.h"

#include "exposition/double_text.h"
#include "exposition/exemplar_message.h"

#include <math.h>

#define TWO_TO_64 18446744073709551616.0

static struct str exemplar_of(const struct metric_group *group, const struct group_part *part)
{
    return str_slice(buffer_view(&group->texts), part->exemplar.at, part->exemplar.length);
}

static bool has_roles(const struct metric_group *group, unsigned roles)
{
    return (group->roles & roles) == roles;
}

/* A count as consumers read it: the whole number, unless the other is above 0. */
static bool append_count(struct buffer *out, uint32_t whole, uint32_t fractional, double count)
{
    bool is_whole = count >= 0 && count < TWO_TO_64 && double_is_whole(count);
    if (is_whole)
        wire_append_varint(out, whole, (uint64_t)count);
    else if (count > 0)
        wire_append_double(out, fractional, count);
    return is_whole || count > 0;
}

static bool append_time(struct metric_group *group, uint32_t tag, double seconds)
{
    buffer_clear(&group->scratch);
    if (!time_append_message(&group->scratch, seconds))
        return false;
    wire_append_bytes(&group->value, tag, buffer_view(&group->scratch));
    return true;
}

static bool append_bucket(struct metric_group *group, const struct group_part *part)
{
    struct buffer *bucket = &group->scratch;
    struct str exemplar = exemplar_of(group, part);
    buffer_clear(bucket);
    if (!append_count(bucket, TAG_VARINT(BUCKET_COUNT), TAG_DOUBLE(BUCKET_COUNT_FLOAT),
                      part->value))
        return false;
    wire_append_double(bucket, TAG_DOUBLE(BUCKET_BOUND), part->bound);
    if (exemplar.length > 0)
        wire_append_bytes(bucket, TAG_BYTES(BUCKET_EXEMPLAR), exemplar);
    wire_append_bytes(&group->value, TAG_BYTES(HISTOGRAM_BUCKET), buffer_view(bucket));
    return true;
}

static bool append_histogram_part(struct metric_group *group, const struct group_part *part)
{
    switch (part->role) {
    case ROLE_BOUND:
        return append_bucket(group, part);
    case ROLE_SUM:
        wire_append_double(&group->value, TAG_DOUBLE(HISTOGRAM_SUM), part->value);
        return true;
    case ROLE_COUNT:
        return append_count(&group->value, TAG_VARINT(HISTOGRAM_COUNT),
                            TAG_DOUBLE(HISTOGRAM_COUNT_FLOAT), part->value);
    case ROLE_CREATED:
        return append_time(group, TAG_BYTES(HISTOGRAM_START), part->value);
    case ROLE_VALUE:
    case ROLE_ALONE:
        break;
    }
    return false;
}

static void append_quantile(struct metric_group *group, const struct group_part *part)
{
    buffer_clear(&group->scratch);
    wire_append_double(&group->scratch, TAG_DOUBLE(QUANTILE_RANK), part->bound);
    wire_append_double(&group->scratch, TAG_DOUBLE(QUANTILE_VALUE), part->value);
    wire_append_bytes(&group->value, TAG_BYTES(SUMMARY_QUANTILE), buffer_view(&group->scratch));
}

/* A summary's count has no other form than the whole one. */
static bool append_summary_part(struct metric_group *group, const struct group_part *part)
{
    switch (part->role) {
    case ROLE_BOUND:
        append_quantile(group, part);
        return true;
    case ROLE_SUM:
        wire_append_double(&group->value, TAG_DOUBLE(SUMMARY_SUM), part->value);
        return true;
    case ROLE_COUNT:
        return append_count(&group->value, TAG_VARINT(SUMMARY_COUNT), 0, part->value) &&
               double_is_whole(part->value) && part->value < TWO_TO_64;
    case ROLE_CREATED:
        return append_time(group, TAG_BYTES(SUMMARY_START), part->value);
    case ROLE_VALUE:
    case ROLE_ALONE:
        break;
    }
    return false;
}

/* Consumers end a histogram at its bucket of all, which they add where it is missing. */
static bool ends_at_infinity(const struct metric_group *group)
{
    const struct group_part *last = NULL;
    for (size_t i = 0; i < group->count; i++) {
        if (group->parts[i].role != ROLE_BOUND)
            continue;
        if (last && isinf(last->bound) && last->bound > 0)
            return false;
        last = &group->parts[i];
    }
    return last && isinf(last->bound) && last->bound > 0;
}

static bool write_histogram(struct metric_group *group)
{
    if (!has_roles(group, ROLE_BIT(ROLE_SUM) | ROLE_BIT(ROLE_COUNT)) || !ends_at_infinity(group))
        return false;
    for (size_t i = 0; i < group->count; i++)
        if (!append_histogram_part(group, &group->parts[i]))
            return false;
    return true;
}

static bool write_summary(struct metric_group *group)
{
    if (!has_roles(group, ROLE_BIT(ROLE_SUM) | ROLE_BIT(ROLE_COUNT)))
        return false;
    for (size_t i = 0; i < group->count; i++)
        if (!append_summary_part(group, &group->parts[i]))
            return false;
    return true;
}

static bool append_simple_part(struct metric_group *group, const struct group_part *part)
{
    bool is_counter = group->type == TYPE_COUNTER;
    struct str exemplar = exemplar_of(group, part);
    if (part->role == ROLE_CREATED)
        return append_time(group, TAG_BYTES(COUNTER_START), part->value);
    if (part->role != ROLE_VALUE)
        return false;
    wire_append_double(&group->value, TAG_DOUBLE(SIMPLE_VALUE), part->value);
    if (is_counter && exemplar.length > 0)
        wire_append_bytes(&group->value, TAG_BYTES(COUNTER_EXEMPLAR), exemplar);
    return true;
}

static bool write_simple(struct metric_group *group)
{
    if (!has_roles(group, ROLE_BIT(ROLE_VALUE)))
        return false;
    for (size_t i = 0; i < group->count; i++)
        if (!append_simple_part(group, &group->parts[i]))
            return false;
    return true;
}

bool group_message_write(struct metric_group *group)
{
    buffer_clear(&group->value);
    switch (group->type) {
    case TYPE_HISTOGRAM:
    case TYPE_GAUGE_HISTOGRAM:
        return write_histogram(group);
    case TYPE_SUMMARY:
        return write_summary(group);
    case TYPE_COUNTER:
    case TYPE_GAUGE:
    case TYPE_INFO:
    case TYPE_STATESET:
    case TYPE_UNKNOWN:
        return write_simple(group);
    case TYPE_NONE:
        break;
    }
    return false;
}

struct text_range group_message_value_name(const struct metric_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->parts[i].role == ROLE_VALUE)
            return group->parts[i].name;
    return (struct text_range){0};
}
