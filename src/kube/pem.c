#include "kube/pem.h"

#include "kube/base64.h"
#include "kube/secret.h"

#include <string.h>

struct block {
    struct str label; /* "CERTIFICATE" */
    struct str body;  /* what stands between the two lines */
};

enum block_result { BLOCK_FOUND, BLOCK_NONE, BLOCK_CUT };

static size_t find(struct str text, struct str what)
{
    const char *found =
        text.length > 0 ? memmem(text.data, text.length, what.data, what.length) : NULL;
    return found ? (size_t)(found - text.data) : STR_NONE;
}

/* The next block; *rest goes behind it. */
static enum block_result next_block(struct str *rest, struct block *ret_block)
{
    static const struct str begin = {.data = "-----BEGIN ", .length = 11};
    static const struct str end = {.data = "-----END ", .length = 9};
    static const struct str dashes = {.data = "-----", .length = 5};
    size_t start = find(*rest, begin);
    if (start == STR_NONE)
        return BLOCK_NONE;
    struct str text = str_skip(*rest, start + begin.length);
    size_t label_end = find(text, dashes);
    if (label_end == STR_NONE)
        return BLOCK_CUT;
    struct str label = str_slice(text, 0, label_end);
    text = str_skip(text, label_end + dashes.length);
    size_t body_end = find(text, end);
    if (body_end == STR_NONE)
        return BLOCK_CUT;
    struct str after = str_skip(text, body_end + end.length);
    if (!str_starts(after, label) || !str_starts(str_skip(after, label.length), dashes))
        return BLOCK_CUT;
    *ret_block = (struct block){.label = label, .body = str_slice(text, 0, body_end)};
    *rest = str_skip(after, label.length + dashes.length);
    return BLOCK_FOUND;
}

/* Blanks at line ends and in between are nothing to any reader of PEM. */
static bool is_base64(struct str body)
{
    struct buffer digits;
    struct buffer bytes;
    secret_init(&digits, body.length, body.length);
    secret_init(&bytes, body.length, body.length);
    for (size_t i = 0; i < body.length; i++)
        if (body.data[i] != ' ' && body.data[i] != '\t')
            buffer_append_byte(&digits, body.data[i]);
    bool ok = base64_decode(buffer_view(&digits), &bytes) && bytes.length > 0;
    secret_done(&digits);
    secret_done(&bytes);
    return ok;
}

static bool is_certificate(struct str label)
{
    return str_equal(label, STR("CERTIFICATE"));
}

static bool is_key(struct str label)
{
    return str_ends(label, STR("PRIVATE KEY"));
}

static bool has_block(struct str text, bool (*is_kind)(struct str), const char *name,
                      struct error *error)
{
    struct block block;
    enum block_result result;
    bool found = false;
    if (str_find(text, '\0') != STR_NONE) {
        error_set(error, "it is no text");
        return false;
    }
    while ((result = next_block(&text, &block)) == BLOCK_FOUND) {
        if (!is_kind(block.label))
            continue;
        if (str_starts(block.label, STR("ENCRYPTED")) ||
            find(block.body, STR("Proc-Type:")) != STR_NONE) {
            error_set(error,
                      "it holds an encrypted private key, whose pass phrase nobody can type");
            return false;
        }
        if (!is_base64(block.body)) {
            error_set(error, "it holds a PEM %s that is not base64", name);
            return false;
        }
        found = true;
    }
    if (result == BLOCK_CUT)
        error_set(error, "it holds a PEM block without its end");
    else if (!found)
        error_set(error, "it holds no PEM %s", name);
    return found && result == BLOCK_NONE;
}

bool pem_has_certificate(struct str text, struct error *error)
{
    return has_block(text, is_certificate, "certificate", error);
}

bool pem_has_key(struct str text, struct error *error)
{
    return has_block(text, is_key, "private key", error);
}
