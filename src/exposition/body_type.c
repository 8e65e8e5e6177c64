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

bool body_type_of(struct str content_type, enum body_type *ret_type, struct error *error)
{
    struct str rest = content_type;
    struct str media_type = {0};
    str_next(&rest, ';', &media_type);
    media_type = str_trim(media_type);
    if (str_equal_ignore_case(media_type, STR("application/vnd.google.protobuf"))) {
        error_set(error, "the body is protobuf, which cannot be read");
        return false;
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
