#include "net/http_target.h"

#include "base/buffer.h"

#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'z';
}

/* Every byte is a digit, a letter or one of `others`. */
static bool consists_of(struct str text, const char *others)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (!is_digit(byte) && !is_letter(byte) && (byte == 0 || strchr(others, byte) == NULL))
            return false;
    }
    return true;
}

static bool is_port(struct str text)
{
    uint64_t port = 0;
    return text.length == 0 || str_to_uint(text, 65535, &port);
}

static bool is_bracketed_host(struct str authority)
{
    size_t end = str_find(authority, ']');
    if (end == STR_NONE || end < 3)
        return false;
    struct str after = str_skip(authority, end + 1);
    return consists_of(str_slice(authority, 1, end - 1), ":.%-_~") &&
           (after.length == 0 || (after.data[0] == ':' && is_port(str_skip(after, 1))));
}

bool http_authority_is_valid(struct str authority)
{
    if (authority.length > 0 && authority.data[0] == '[')
        return is_bracketed_host(authority);
    size_t colon = str_find(authority, ':');
    struct str host = str_slice(authority, 0, colon);
    if (colon != STR_NONE && !is_port(str_skip(authority, colon + 1)))
        return false;
    return host.length > 0 && consists_of(host, "-._~");
}

static bool has_only_target_bytes(struct str target)
{
    for (size_t i = 0; i < target.length; i++)
        if (target.data[i] <= ' ' || target.data[i] >= 0x7f || target.data[i] == '#')
            return false;
    return true;
}

static void split_query(struct str rest, struct http_target *target)
{
    size_t mark = str_find(rest, '?');
    target->path = str_slice(rest, 0, mark);
    if (mark != STR_NONE)
        target->query = str_skip(rest, mark + 1);
    if (target->path.length == 0)
        target->path = STR("/");
}

static size_t scheme_length(struct str target)
{
    if (str_equal_ignore_case(str_slice(target, 0, 7), STR("http://")))
        return 7;
    return str_equal_ignore_case(str_slice(target, 0, 8), STR("https://")) ? 8 : 0;
}

static bool split_absolute(struct str target, struct http_target *ret_target)
{
    size_t scheme = scheme_length(target);
    if (scheme == 0)
        return false;
    struct str rest = str_skip(target, scheme);
    size_t end = 0;
    while (end < rest.length && rest.data[end] != '/' && rest.data[end] != '?')
        end++;
    struct http_target parts = {.authority = str_slice(rest, 0, end)};
    split_query(str_skip(rest, end), &parts);
    if (!http_authority_is_valid(parts.authority))
        return false;
    *ret_target = parts;
    return true;
}

bool http_target_split(struct str target, struct http_target *ret_target)
{
    if (target.length == 0 || !has_only_target_bytes(target))
        return false;
    if (target.data[0] != '/')
        return split_absolute(target, ret_target);
    struct http_target parts = {0};
    split_query(target, &parts);
    *ret_target = parts;
    return true;
}

static int hex_digit(char byte)
{
    if (is_digit(byte))
        return byte - '0';
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte that the escape at the start of `rest` stands for, or -1. */
static int unescape(struct str rest)
{
    if (rest.length < 3)
        return -1;
    int high = hex_digit(rest.data[1]);
    int low = hex_digit(rest.data[2]);
    if (high < 0 || low < 0)
        return -1;
    int byte = high * 16 + low;
    return byte < ' ' || byte == 0x7f || byte == '/' ? -1 : byte;
}

bool http_path_decode(struct str path, struct buffer *out)
{
    for (size_t i = 0; i < path.length; i++) {
        if (path.data[i] != '%') {
            buffer_append_byte(out, path.data[i]);
            continue;
        }
        int byte = unescape(str_skip(path, i));
        if (byte < 0)
            return false;
        buffer_append_byte(out, (char)byte);
        i += 2;
    }
    return buffer_ok(out);
}
