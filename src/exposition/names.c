/*
 * The schemes are those of Prometheus' own client library, to the byte, so that a source's series
 * have the same names with us in between: legal names stay as they are in each of them. Two things
 * are stricter here: a colon is illegal in a label's name, and what is no character (which the
 * reader refuses) does not come up.
 */
#include "exposition/names.h"

#include "base/utf8.h"
#include "exposition/byte_class.h"

static unsigned legal_classes(bool is_first, bool is_label)
{
    return (is_first ? BYTE_NAME_FIRST : BYTE_NAME) | (is_label ? 0 : BYTE_COLON);
}

static bool is_legal(uint32_t rune, bool is_first, bool is_label)
{
    return rune <= 0x7f && (byte_classes[rune] & legal_classes(is_first, is_label)) != 0;
}

bool name_is_legal(struct str name, bool is_label)
{
    unsigned classes = legal_classes(false, is_label);
    if (name.length == 0 || !is_legal((unsigned char)name.data[0], true, is_label))
        return false;
    size_t i = 1;
    while (i < name.length && (byte_classes[(unsigned char)name.data[i]] & classes))
        i++;
    return i == name.length;
}

/* One character of a quoted name: an escape, or UTF-8; what is neither stands for its first byte.
 */
struct rune {
    uint32_t value;
    size_t length; /* bytes */
};

static bool is_escape(unsigned char escaped)
{
    return escaped == '\\' || escaped == '"' || escaped == 'n';
}

static struct rune escaped_rune(char byte)
{
    return (struct rune){.value = byte == 'n' ? '\n' : (unsigned char)byte, .length = 2};
}

static struct rune first_rune(struct str text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    if (bytes[0] == '\\' && text.length > 1 && is_escape(bytes[1]))
        return escaped_rune(text.data[1]);
    size_t length = utf8_sequence(text);
    if (length < 2)
        return (struct rune){.value = bytes[0], .length = 1};
    uint32_t value = bytes[0] & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++)
        value = value << 6 | (bytes[i] & 0x3fU);
    return (struct rune){.value = value, .length = length};
}

static void append_replaced(struct buffer *out, uint32_t rune, enum escaping_scheme scheme)
{
    if (scheme == ESCAPING_VALUES)
        buffer_append_format(out, "_%x_", (unsigned)rune);
    else if (scheme == ESCAPING_DOTS)
        buffer_append(out, rune == '.' ? STR("_dot_") : STR("__"));
    else
        buffer_append_byte(out, '_');
}

static void append_rune(struct buffer *out, uint32_t rune, bool is_legal_here,
                        enum escaping_scheme scheme)
{
    if (rune == '_' && scheme != ESCAPING_UNDERSCORES)
        buffer_append(out, STR("__"));
    else if (is_legal_here)
        buffer_append_byte(out, (char)rune);
    else
        append_replaced(out, rune, scheme);
}

static void append_escaped(struct buffer *out, struct str quoted, bool is_label,
                           enum escaping_scheme scheme)
{
    bool is_first = true;
    if (scheme == ESCAPING_VALUES)
        buffer_append(out, STR("U__"));
    while (quoted.length > 0) {
        struct rune rune = first_rune(quoted);
        append_rune(out, rune.value, is_legal(rune.value, is_first, is_label), scheme);
        quoted = str_skip(quoted, rune.length);
        is_first = false;
    }
}

/* A backslash that is no escape becomes one of itself. */
static void append_as_it_is(struct buffer *out, struct str quoted)
{
    while (quoted.length > 0) {
        size_t length = first_rune(quoted).length;
        if (quoted.data[0] == '\\' && length == 1)
            buffer_append_byte(out, '\\');
        buffer_append(out, str_slice(quoted, 0, length));
        quoted = str_skip(quoted, length);
    }
}

bool name_append(struct buffer *out, struct str quoted, bool is_label, enum escaping_scheme scheme)
{
    if (quoted.length == 0 || name_is_legal(quoted, is_label)) {
        buffer_append(out, quoted);
        return false;
    }
    if (scheme == ESCAPING_ALLOW_UTF_8) {
        append_as_it_is(out, quoted);
        return true;
    }
    append_escaped(out, quoted, is_label, scheme);
    return false;
}

size_t name_length_most(size_t length)
{
    return 5 * length + 3; /* "_dot_" for each byte; "U__" */
}
