#include "form.h"

struct merge_options form_of(unsigned char byte, const struct merge_limits *limits)
{
    return (struct merge_options){
        .format = {.format = (enum exposition_format)(byte & 3),
                   .escaping = (enum escaping_scheme)(byte >> 2 & 3)},
        .limits = *limits,
        .honor_labels = (byte & 16) != 0,
        .drop_timestamps = (byte & 32) != 0,
        .skip_bad_lines = (byte & 64) != 0,
    };
}

struct page_rules rules_of(const struct merge_options *options)
{
    return (struct page_rules){.openmetrics = format_is_openmetrics(options->format.format),
                               .utf8 = options->format.escaping == ESCAPING_ALLOW_UTF_8};
}
