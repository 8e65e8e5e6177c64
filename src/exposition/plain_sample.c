/*
 * The hot path: one walk over the bytes of a line, each of which is looked at once, in a table that
 * knows which bytes may stand where. No walk checks for the end of the line, because the LF is
 * there and in no class of bytes. Whatever is not as expected ends the walk with NULL; the line is
 * then read by sample.c, so that nothing here has to know what is wrong, or whether anything is.
 */
#include "exposition/plain_sample.h"

#include "exposition/byte_class.h"

#include <string.h>

/* Finite, short, in decimal; or one of the usual words. */
static const char *skip_exponent(const char *at)
{
    at++;
    if (*at == '-' || *at == '+')
        at++;
    const char *digits = at;
    at = skip_bytes(at, BYTE_DIGIT);
    return at > digits && at - digits <= 2 ? at : NULL;
}

static const char *skip_word(const char *at)
{
    if (at[0] == 'N' && at[1] == 'a' && at[2] == 'N')
        return at + 3;
    if ((at[0] == '+' || at[0] == '-') && at[1] == 'I' && at[2] == 'n' && at[3] == 'f')
        return at + 4;
    return NULL;
}

static const char *skip_number(const char *at)
{
    const char *start = *at == '-' ? at + 1 : at;
    const char *end = skip_bytes(start, BYTE_DIGIT);
    if (end == start)
        return skip_word(at);
    if (*end == '.')
        end = skip_bytes(end + 1, BYTE_DIGIT);
    if (end - start > 100) /* far from what is too large, whatever the exponent */
        return NULL;
    return (*end | 0x20) == 'e' ? skip_exponent(end) : end;
}

static bool is_in_the_way(struct str name, const struct str *others, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (others[i].length == name.length && memcmp(others[i].data, name.data, name.length) == 0)
            return true;
    return false;
}

static bool is_free(struct str name, const struct str *before, size_t count,
                    const struct injection *injection)
{
    if (name.length == 8 && memcmp(name.data, "__name__", 8) == 0)
        return false;
    return !is_in_the_way(name, before, count) &&
           !is_in_the_way(name, injection->names, injection->count);
}

#define LABELS_MOST 16

/* From behind the opening brace to behind the closing one. */
static const char *skip_labels(const char *at, const struct plain_hints *hints,
                               const struct injection *injection, size_t *ret_count)
{
    struct str *names = hints->labels;
    size_t count = 0;
    do {
        if (count == LABELS_MOST || count == hints->label_limit)
            return NULL;
        const char *name = at;
        if (!(byte_classes[(unsigned char)*at] & BYTE_NAME_FIRST))
            return NULL;
        at = skip_bytes(at, BYTE_NAME);
        struct str view = {.data = name, .length = (size_t)(at - name)};
        if (at[0] != '=' || at[1] != '"' || !is_free(view, names, count, injection))
            return NULL;
        names[count++] = view;
        at = skip_bytes(at + 2, BYTE_QUOTED);
        if (*at++ != '"')
            return NULL;
    } while (*at++ == ',');
    *ret_count = count;
    return at[-1] == '}' ? at : NULL;
}

/* A blank, the value, perhaps a blank and a timestamp; to behind the LF. */
static const char *skip_tail(const char *at, const struct plain_hints *hints)
{
    if (*at != ' ')
        return NULL;
    at = skip_number(at + 1);
    if (at == NULL || *at == '\n')
        return at ? at + 1 : NULL;
    const char *digits = at + 1;
    if (*at != ' ' || hints->timestamp == PLAIN_NO_TIMESTAMP)
        return NULL;
    at = skip_bytes(digits, BYTE_DIGIT);
    if (*at == '.' && at > digits && hints->timestamp == PLAIN_SECONDS)
        at = skip_bytes(at + 1, BYTE_DIGIT);
    return *at == '\n' && at > digits && at - digits <= 18 ? at + 1 : NULL;
}

static bool begins_with(struct str lines, struct str name)
{
    return name.length > 0 && lines.length > name.length &&
           memcmp(lines.data, name.data, name.length) == 0 &&
           (lines.data[name.length] == '{' || lines.data[name.length] == ' ');
}

static const char *skip_name(const char *at)
{
    if (!(byte_classes[(unsigned char)*at] & (BYTE_NAME_FIRST | BYTE_COLON)))
        return NULL;
    return skip_bytes(at, BYTE_NAME | BYTE_COLON);
}

bool plain_sample_parse(struct plain_sample *ret_sample, struct str lines,
                        const struct plain_hints *hints, const struct injection *injection)
{
    ret_sample->has_hinted_name = begins_with(lines, hints->name);
    const char *at =
        ret_sample->has_hinted_name ? lines.data + hints->name.length : skip_name(lines.data);
    if (at == NULL)
        return false;
    ret_sample->name = (struct str){.data = lines.data, .length = (size_t)(at - lines.data)};
    ret_sample->has_labels = *at == '{';
    ret_sample->label_count = 0;
    const char *rest = ret_sample->has_labels ? at + 1 : at;
    const char *end = ret_sample->has_labels
                          ? skip_labels(rest, hints, injection, &ret_sample->label_count)
                          : rest;
    end = end ? skip_tail(end, hints) : NULL;
    if (end == NULL)
        return false;
    ret_sample->rest = (struct str){.data = rest, .length = (size_t)(end - rest)};
    return true;
}

size_t plain_sample_length(const struct plain_sample *sample, const struct injection *injection)
{
    bool has_brace = injection->prefix.length > 0 || sample->has_labels;
    return sample->name.length + injection->prefix.length + (has_brace ? 1 : 0) +
           sample->rest.length;
}

static char *put(char *at, struct str bytes)
{
    memcpy(at, bytes.data, bytes.length);
    return at + bytes.length;
}

/* name {prefix , rest | name {prefix } rest | name { rest | name rest */
void plain_sample_write(const struct plain_sample *sample, const struct injection *injection,
                        char *line)
{
    char *at = put(line, sample->name);
    if (injection->prefix.length > 0) {
        at = put(at, injection->prefix);
        *at++ = sample->has_labels ? ',' : '}';
    } else if (sample->has_labels) {
        *at++ = '{';
    }
    put(at, sample->rest);
}
