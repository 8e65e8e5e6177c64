/*
 * The hot path: one walk over the bytes of a line, in spans of which it is known which bytes may
 * stand in them (byte_span.h). No walk checks for the end of the line, because the LF is there and
 * in no class of bytes. Whatever is not as expected ends the walk with NULL; the line is then read
 * by sample.c, so that nothing here has to know what is wrong, or whether anything is.
 */
#include "exposition/plain_sample.h"

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

static const char *skip_number(const char *at, const char *lines_end)
{
    const char *start = *at == '-' ? at + 1 : at;
    const char *end = span_skip(start, lines_end, BYTE_DIGIT);
    if (end == start)
        return skip_word(at);
    if (*end == '.')
        end = span_skip(end + 1, lines_end, BYTE_DIGIT);
    if (end - start > 100) /* far from what is too large, whatever the exponent */
        return NULL;
    return (*end | 0x20) == 'e' ? skip_exponent(end) : end;
}

static bool is_in_the_way(struct str name, const struct str *others, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (others[i].length == name.length && span_equals(others[i].data, name.data, name.length))
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

/* One label, from its name to behind its value. */
static const char *skip_label(const char *at, const char *lines_end, struct str *ret_name)
{
    const char *name = at;
    if (!(byte_classes[(unsigned char)*at] & BYTE_NAME_FIRST))
        return NULL;
    at = span_skip(at, lines_end, BYTE_NAME);
    *ret_name = (struct str){.data = name, .length = (size_t)(at - name)};
    if (at[0] != '=' || at[1] != '"')
        return NULL;
    at = span_skip(at + 2, lines_end, BYTE_QUOTED);
    return *at == '"' ? at + 1 : NULL;
}

/* From behind the opening brace to behind the closing one. */
static const char *skip_labels(const char *at, struct plain_sample *sample,
                               const struct plain_hints *hints, const struct injection *injection)
{
    size_t count = 0;
    char end = 0;
    do {
        if (count == PLAIN_LABELS_MOST || count == hints->label_limit)
            return NULL;
        at = skip_label(at, sample->lines_end, &sample->labels[count]);
        if (at == NULL || !is_free(sample->labels[count], sample->labels, count, injection))
            return NULL;
        count++;
        end = *at++;
        if (end == ',' && *at == ' ' && !hints->strict) {
            sample->blanks++;
            at++;
        }
    } while (end == ',');
    sample->label_count = count;
    return end == '}' ? at : NULL;
}

/* A blank, the value, perhaps a blank and a timestamp. */
const char *plain_sample_skip_tail(const char *at, const char *lines_end,
                                   const struct plain_hints *hints)
{
    if (*at != ' ')
        return NULL;
    at = skip_number(at + 1, lines_end);
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
           (lines.data[name.length] == '{' || lines.data[name.length] == ' ') &&
           span_equals(lines.data, name.data, name.length);
}

static const char *skip_name(struct str lines)
{
    if (!(byte_classes[(unsigned char)*lines.data] & (BYTE_NAME_FIRST | BYTE_COLON)))
        return NULL;
    return span_skip(lines.data, lines.data + lines.length, BYTE_NAME | BYTE_COLON);
}

bool plain_sample_parse(struct plain_sample *sample, struct str lines,
                        const struct plain_hints *hints, const struct injection *injection)
{
    sample->lines_end = lines.data + lines.length;
    sample->has_hinted_name = begins_with(lines, hints->name);
    const char *at = sample->has_hinted_name ? lines.data + hints->name.length : skip_name(lines);
    if (at == NULL)
        return false;
    sample->name = (struct str){.data = lines.data, .length = (size_t)(at - lines.data)};
    sample->has_labels = *at == '{';
    sample->blanks = 0;
    sample->label_count = 0;
    const char *rest = sample->has_labels ? at + 1 : at;
    const char *end = sample->has_labels ? skip_labels(rest, sample, hints, injection) : rest;
    if (end == NULL)
        return false;
    sample->value = end + 1;
    end = plain_sample_skip_tail(end, sample->lines_end, hints);
    if (end == NULL)
        return false;
    sample->rest = (struct str){.data = rest, .length = (size_t)(end - rest)};
    return true;
}

size_t plain_sample_length(const struct plain_sample *sample, const struct injection *injection)
{
    bool has_brace = injection->prefix.length > 0 || sample->has_labels;
    return sample->name.length + injection->prefix.length + (has_brace ? 1 : 0) +
           sample->rest.length - sample->blanks;
}

static inline char *put(char *at, struct str bytes, bool can_step)
{
    if (can_step)
        return span_put(at, bytes.data, bytes.length);
    memcpy(at, bytes.data, bytes.length);
    return at + bytes.length;
}

/* Each with its comma, and the last one with all that follows. */
char *plain_sample_put_labels(char *at, const struct plain_sample *sample)
{
    for (size_t i = 0; i < sample->label_count; i++) {
        bool is_last = i + 1 == sample->label_count;
        const char *from = sample->labels[i].data;
        const char *to = is_last ? sample->value : sample->labels[i + 1].data;
        size_t length = (size_t)(to - from) - (!is_last && to[-1] == ' ' ? 1 : 0);
        memcpy(at, from, length);
        at += length;
    }
    return at;
}

/* name {prefix , rest | name {prefix } rest | name { rest | name rest */
void plain_sample_write(const struct plain_sample *sample, const struct injection *injection,
                        char *line)
{
    const struct str rest = sample->rest;
    bool can_step = (size_t)(sample->lines_end - rest.data) >= rest.length + SPAN_STEP;
    char *at = put(line, sample->name, can_step);
    at = plain_sample_put_prefix(at, injection, sample->has_labels);
    if (sample->blanks == 0) {
        put(at, rest, can_step);
        return;
    }
    at = plain_sample_put_labels(at, sample);
    memcpy(at, sample->value, (size_t)(rest.data + rest.length - sample->value));
}
