#include "exposition/body_type.h"

#include "base/buffer.h"
#include "exposition/media_type.h"

#define SHOWN 60 /* bytes of a Content-Type that a message repeats */

static enum body_type type_named(struct str name)
{
    if (str_equal_ignore_case(name, STR("text/plain")))
        return BODY_TEXT;
    if (str_equal_ignore_case(name, STR("application/openmetrics-text")))
        return BODY_OPENMETRICS;
    if (str_equal_ignore_case(name, STR("application/vnd.google.protobuf")))
        return BODY_PROTOBUF;
    return BODY_UNKNOWN;
}

static bool is_version_of_ours(const struct media_type *media_type, struct error *error)
{
    struct str version = media_type_parameter(media_type, STR("version"));
    if (version.length == 0 || str_starts(version, STR("0.")) || str_starts(version, STR("1.")))
        return true;
    error_set(error, "the body is OpenMetrics of a version that cannot be read (0.0.1 and "
                     "1.0.0 can)");
    return false;
}

static bool is_parameter(const struct media_type *media_type, struct str name, struct str value)
{
    struct str given = media_type_parameter(media_type, name);
    return given.length == 0 || str_equal(given, value);
}

static bool is_protobuf_of_ours(const struct media_type *media_type, struct error *error)
{
    if (is_parameter(media_type, STR("proto"), STR("io.prometheus.client.MetricFamily")) &&
        is_parameter(media_type, STR("encoding"), STR("delimited")))
        return true;
    error_set(error, "the body is protobuf of a kind that cannot be read "
                     "(proto=io.prometheus.client.MetricFamily; encoding=delimited can)");
    return false;
}

static void refuse_unknown(struct str content_type, struct error *error)
{
    static const char WHY[] = "there is no fallback (--scrape.fallback-protocol=none)";
    struct buffer quoted;
    if (str_trim(content_type).length == 0) {
        error_set(error, "no Content-Type says how to read the body, and %s", WHY);
        return;
    }
    buffer_init(&quoted, SIZE_MAX);
    buffer_append_quoted(&quoted, str_slice(content_type, 0, SHOWN));
    error_set(error, "Content-Type %.*s%s does not say how to read the body, and %s",
              STR_ARG(buffer_view(&quoted)), content_type.length > SHOWN ? "..." : "", WHY);
    buffer_done(&quoted);
}

bool body_type_of(struct str content_type, enum body_type fallback, enum body_type *ret_type,
                  struct error *error)
{
    struct media_type media_type = {.parameter_count = 0};
    enum body_type type = BODY_UNKNOWN;
    if (media_type_parse(content_type, &media_type))
        type = type_named(media_type.name);
    bool can_be_read = true;
    switch (type) {
    case BODY_TEXT:
        break;
    case BODY_OPENMETRICS:
        can_be_read = is_version_of_ours(&media_type, error);
        break;
    case BODY_PROTOBUF:
        can_be_read = is_protobuf_of_ours(&media_type, error);
        break;
    case BODY_UNKNOWN:
        type = fallback;
        can_be_read = fallback != BODY_UNKNOWN;
        if (!can_be_read)
            refuse_unknown(content_type, error);
        break;
    }
    if (can_be_read)
        *ret_type = type;
    return can_be_read;
}
