#include "kube/jwt.h"

#include "base/buffer.h"
#include "kube/base64.h"

#include <cjson/cJSON.h>

static const size_t PAYLOAD_LIMIT = (size_t)16 * 1024;
static const double LATEST_S = 253402300799.0; /* the end of the year 9999 */

/* base64url without padding, as base64. */
static void append_base64(struct buffer *out, struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        buffer_append_byte(out, (char)(byte == '-' ? '+' : byte == '_' ? '/' : byte));
    }
    while (buffer_ok(out) && out->length % 4 != 0)
        buffer_append_byte(out, '=');
}

static bool read_expiry(struct str payload, int64_t *ret_seconds)
{
    cJSON *object = cJSON_ParseWithLength(payload.data, payload.length);
    const cJSON *expiry = cJSON_GetObjectItemCaseSensitive(object, "exp");
    bool has_one =
        cJSON_IsNumber(expiry) && expiry->valuedouble >= 0 && expiry->valuedouble <= LATEST_S;
    if (has_one)
        *ret_seconds = (int64_t)expiry->valuedouble;
    cJSON_Delete(object);
    return has_one;
}

/* "head.payload.signature" */
bool jwt_expiry(struct str token, int64_t *ret_seconds)
{
    struct str rest = token;
    struct str head;
    struct str payload;
    struct buffer text;
    struct buffer json;
    if (!str_next(&rest, '.', &head) || !str_next(&rest, '.', &payload) ||
        payload.length > PAYLOAD_LIMIT)
        return false;
    buffer_init(&text, payload.length + 4);
    buffer_init(&json, payload.length + 4);
    append_base64(&text, payload);
    bool ok =
        base64_decode(buffer_view(&text), &json) && read_expiry(buffer_view(&json), ret_seconds);
    buffer_done(&text);
    buffer_done(&json);
    return ok;
}
