/*
 * Any Content-Type. It says how to read, or says nothing, and then the fallback does; blanks around
 * it and the case of its letters change nothing.
 */
#include "exposition/body_type.h"

#include "base/buffer.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static enum body_type type_of(struct str content_type, enum body_type fallback)
{
    enum body_type type = BODY_UNKNOWN;
    struct error error;
    bool is_read = body_type_of(content_type, fallback, &type, &error);
    assert(is_read || error.text[0] != '\0');
    return is_read ? type : BODY_UNKNOWN;
}

static void check_blanks(struct str content_type)
{
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    buffer_append(&text, STR(" \t"));
    buffer_append(&text, content_type);
    buffer_append(&text, STR("\t "));
    assert(type_of(content_type, BODY_UNKNOWN) == type_of(buffer_view(&text), BODY_UNKNOWN));
    buffer_done(&text);
}

/* The values of `proto` and `encoding` are told apart by case, so that is left out for protobuf. */
static void check_case(struct str content_type)
{
    enum body_type type = type_of(content_type, BODY_UNKNOWN);
    struct buffer text;
    buffer_init(&text, SIZE_MAX);
    for (size_t i = 0; i < content_type.length; i++)
        buffer_append_byte(&text, (char)toupper((unsigned char)content_type.data[i]));
    assert(type == BODY_PROTOBUF || type_of(buffer_view(&text), BODY_UNKNOWN) == type);
    buffer_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    struct str content_type = {.data = (const char *)data, .length = length};
    enum body_type said = type_of(content_type, BODY_TEXT);
    bool says_nothing = said == BODY_TEXT && type_of(content_type, BODY_UNKNOWN) != BODY_TEXT;
    for (enum body_type fallback = BODY_TEXT; fallback <= BODY_UNKNOWN; fallback++)
        assert(type_of(content_type, fallback) == (says_nothing ? fallback : said));
    check_blanks(content_type);
    check_case(content_type);
    return 0;
}
