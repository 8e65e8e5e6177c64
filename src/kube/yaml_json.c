/*
 * YAML as JSON, for what a kubeconfig has plugins told. The depth is counted, and each step writes
 * a byte at least, so that the limit of the output ends the walk however aliases fan out.
 */
#include "kube/yaml_tree.h"

enum { JSON_DEPTH = 32 };

static void append_quoted(struct buffer *out, struct str text)
{
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (byte == '"' || byte == '\\')
            buffer_append_byte(out, '\\');
        if ((unsigned char)byte < 0x20)
            buffer_append_format(out, "\\u%04x", (unsigned)(unsigned char)byte);
        else
            buffer_append_byte(out, byte);
    }
    buffer_append_byte(out, '"');
}

/* Takes digits off the text; gives back how many. */
static size_t take_digits(struct str *text)
{
    size_t count = 0;
    while (count < text->length && text->data[count] >= '0' && text->data[count] <= '9')
        count++;
    *text = str_skip(*text, count);
    return count;
}

static bool take_either(struct str *text, char a, char b)
{
    if (text->length == 0 || (text->data[0] != a && text->data[0] != b))
        return false;
    *text = str_skip(*text, 1);
    return true;
}

static bool is_number(struct str text)
{
    take_either(&text, '-', '-');
    bool starts_with_zero = str_starts(text, STR("0"));
    size_t digits = take_digits(&text);
    if (digits == 0 || (digits > 1 && starts_with_zero))
        return false;
    if (take_either(&text, '.', '.') && take_digits(&text) == 0)
        return false;
    if (!take_either(&text, 'e', 'E'))
        return text.length == 0;
    take_either(&text, '+', '-');
    return take_digits(&text) > 0 && text.length == 0;
}

static void append_scalar(struct yaml_value value, struct buffer *out)
{
    bool truth;
    if (yaml_kind(value) == YAML_KIND_NONE)
        buffer_append(out, STR("null"));
    else if (yaml_to_bool(value, &truth))
        buffer_append(out, truth ? STR("true") : STR("false"));
    else if (yaml_is_plain(value) && is_number(yaml_text(value)))
        buffer_append(out, yaml_text(value));
    else
        append_quoted(out, yaml_text(value));
}

static bool append_json(struct yaml_value value, struct buffer *out, int depth);

static bool append_list(struct yaml_value list, struct buffer *out, int depth)
{
    size_t length = yaml_length(list);
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < length; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        if (!append_json(yaml_element(list, i), out, depth + 1))
            return false;
    }
    buffer_append_byte(out, ']');
    return true;
}

static bool append_map(struct yaml_value map, struct buffer *out, int depth)
{
    struct yaml_value key;
    struct yaml_value value;
    buffer_append_byte(out, '{');
    for (size_t i = 0; yaml_pair(map, i, &key, &value); i++) {
        if (yaml_kind(key) != YAML_KIND_TEXT)
            return false;
        if (i > 0)
            buffer_append_byte(out, ',');
        append_quoted(out, yaml_text(key));
        buffer_append_byte(out, ':');
        if (!append_json(value, out, depth + 1))
            return false;
    }
    buffer_append_byte(out, '}');
    return true;
}

static bool append_json(struct yaml_value value, struct buffer *out, int depth)
{
    if (depth > JSON_DEPTH || !buffer_ok(out))
        return false;
    if (yaml_kind(value) == YAML_KIND_LIST)
        return append_list(value, out, depth);
    if (yaml_kind(value) == YAML_KIND_MAP)
        return append_map(value, out, depth);
    append_scalar(value, out);
    return true;
}

bool yaml_append_json(struct yaml_value value, struct buffer *out)
{
    return append_json(value, out, 0) && buffer_ok(out);
}
