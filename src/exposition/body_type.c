#include "exposition/body_type.h"

static struct str parameter(struct str content_type, struct str name)
{
    struct str part;
    while (str_next(&content_type, ';', &part)) {
        struct str key;
        if (str_next(&part, '=', &key) && str_equal_ignore_case(str_trim(key), name))
            return str_trim(part);
    }
    return (struct str){0};
}

static bool is_version_2(struct str version)
{
    if (str_starts(version, STR("\"")))
        version = str_skip(version, 1);
    return version.length > 0 && !str_starts(version, STR("0.")) && !str_starts(version, STR("1."));
}

static bool is_parameter(struct str content_type, struct str name, struct str value)
{
    struct str given = parameter(content_type, name);
    if (given.length > 1 && str_starts(given, STR("\"")) && str_ends(given, STR("\"")))
        given = str_slice(given, 1, given.length - 2);
    return given.length == 0 || str_equal(given, value);
}

static bool is_protobuf_of_ours(struct str parameters, struct error *error)
{
    if (is_parameter(parameters, STR("proto"), STR("io.prometheus.client.MetricFamily")) &&
        is_parameter(parameters, STR("encoding"), STR("delimited")))
        return true;
    error_set(error, "the body is protobuf of a kind that cannot be read "
                     "(proto=io.prometheus.client.MetricFamily; encoding=delimited can)");
    return false;
}

bool body_type_of(struct str content_type, enum body_type *ret_type, struct error *error)
{
    struct str rest = content_type;
    struct str media_type = {0};
    str_next(&rest, ';', &media_type);
    media_type = str_trim(media_type);
    if (str_equal_ignore_case(media_type, STR("application/vnd.google.protobuf"))) {
        *ret_type = BODY_PROTOBUF;
        return is_protobuf_of_ours(rest, error);
    }
    bool is_openmetrics = str_equal_ignore_case(media_type, STR("application/openmetrics-text"));
    if (is_openmetrics && is_version_2(parameter(rest, STR("version")))) {
        error_set(error, "the body is OpenMetrics of a version that cannot be read (0.0.1 and "
                         "1.0.0 can)");
        return false;
    }
    *ret_type = is_openmetrics ? BODY_OPENMETRICS : BODY_TEXT;
    return true;
}
