/*
 * The hot path: one walk over the bytes of a line, in spans of which it is known which bytes may
 * stand in them (byte_span.h). No walk checks for the end of the line, because the LF is there and
 * in no class of bytes. Whatever is not as expected ends the walk with NULL; the line is then read
 * by sample.c, so that nothing here has to know what is wrong, or whether anything is.
 */
#include "exposition/plain_sample.h"

#include "exposition/names.h"

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

const char *plain_sample_skip_number(const char *at, const char *lines_end)
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

static bool is_free(struct str name, const struct str *before, size_t count,
                    const struct injection *injection)
{
    return !name_is_reserved(name) && !str_is_among(name, before, count) &&
           !injection_has_name(injection, name);
}

/* Behind the name of a label comes ="; gives what is behind that. */
static inline const char *skip_equals(const char *at)
{
    return at[0] == '=' && at[1] == '"' ? at + 2 : NULL;
}

/* From the name of the label with this number, where it is in the way of none, to the start of its
 * value. It is seldom called, and not to take registers of the walk. */
__attribute__((noinline)) static const char *
skip_new_name(const char *at, const char *lines_end, struct plain_names *labels, size_t number)
{
    if (number == labels->most || !(byte_classes[(unsigned char)*at] & BYTE_NAME_FIRST))
        return NULL;
    const char *end = span_skip(at, lines_end, BYTE_NAME);
    struct str name = {.data = at, .length = (size_t)(end - at)};
    if (name.length > SPAN_EXPECTED)
        return NULL;
    labels->names[number] = name;
    labels->known = number + 1;
    labels->bounds &= (1U << number) - 1;
    labels->bounds |= (name_is_bound(name) ? 1U : 0U) << number;
    return is_free(name, labels->names, number, labels->injection) ? skip_equals(end) : NULL;
}

/* The same; where it is that of a sample before, nothing about it has to be found out. */
static inline const char *skip_name_of_label(const char *at, const char *lines_end,
                                             struct plain_names *labels, size_t number)
{
    struct str *name = &labels->names[number];
    if (number >= labels->known || (size_t)(lines_end - at) < name->length + 2 ||
        skip_equals(at + name->length) == NULL || !span_equals(at, name->data, name->length))
        return skip_new_name(at, lines_end, labels, number);
    name->data = at;
    return at + name->length + 2;
}

/* From behind the opening brace to behind the closing one. */
static inline const char *skip_labels(struct plain_sample *sample, struct plain_names *labels,
                                      const char *lines_end, bool strict)
{
    const char *at = sample->rest;
    size_t count = 0;
    char end = 0;
    do {
        at = skip_name_of_label(at, lines_end, labels, count);
        if (at == NULL)
            return NULL;
        at = span_skip(at, lines_end, BYTE_QUOTED);
        if (*at != '"')
            return NULL;
        count++;
        end = at[1];
        at += 2;
        if (end == ',' && *at == ' ' && !strict) {
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
    at = plain_sample_skip_number(at + 1, lines_end);
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

static inline const char *skip_tail(const char *at, const char *lines_end,
                                    const struct plain_hints *hints)
{
    bool may_be_usual = *at == ' ' && (size_t)(lines_end - at) > USUAL_VALUE_MOST;
    const char *end = may_be_usual ? plain_sample_skip_usual_value(at + 1) : NULL;
    return end ? end : plain_sample_skip_tail(at, lines_end, hints);
}

static const char *skip_name(struct str lines)
{
    if (!(byte_classes[(unsigned char)*lines.data] & (BYTE_NAME_FIRST | BYTE_COLON)))
        return NULL;
    return span_skip(lines.data, lines.data + lines.length, BYTE_NAME | BYTE_COLON);
}

bool plain_sample_parse(struct plain_sample *sample, struct plain_names *labels, struct str lines,
                        size_t name_length, const struct plain_hints *hints)
{
    const char *lines_end = lines.data + lines.length;
    const char *at = name_length > 0 ? lines.data + name_length : skip_name(lines);
    if (at == NULL)
        return false;
    sample->name = (struct str){.data = lines.data, .length = (size_t)(at - lines.data)};
    sample->has_labels = *at == '{';
    sample->blanks = 0;
    sample->label_count = 0;
    sample->rest = sample->has_labels ? at + 1 : at;
    if (sample->has_labels)
        at = skip_labels(sample, labels, lines_end, hints->strict);
    if (at == NULL)
        return false;
    sample->value = at + 1;
    sample->end = skip_tail(at, lines_end, hints);
    return sample->end != NULL;
}

static inline char *put(char *at, const char *from, const char *to, bool can_step)
{
    size_t length = (size_t)(to - from);
    return can_step ? span_put(at, from, length) : mempcpy(at, from, length);
}

/* Each with its comma, and the last one with all that follows. */
static inline char *put_labels(char *at, const struct str *labels, size_t count, const char *end,
                               bool can_step)
{
    const char *from = labels[0].data;
    for (size_t i = 1; i < count; i++) {
        const char *next = labels[i].data;
        at = put(at, from, next[-1] == ' ' ? next - 1 : next, can_step);
        from = next;
    }
    return put(at, from, end, can_step);
}

/* For themselves: what has calls in it is not to slow down what has none. */
__attribute__((noinline)) char *plain_sample_put_labels(char *at, const struct str *labels,
                                                        size_t count, const char *end)
{
    return put_labels(at, labels, count, end, false);
}

__attribute__((noinline)) static char *step_labels(char *at, const struct str *labels, size_t count,
                                                   const char *end)
{
    return put_labels(at, labels, count, end, true);
}

/* name {prefix , rest | name {prefix } rest | name { rest | name rest */
static inline char *write_line(const struct plain_sample *sample, const struct plain_names *labels,
                               struct str prefix, char *at, bool can_step)
{
    const char *name = sample->name.data;
    at = put(at, name, name + sample->name.length, can_step);
    at = plain_sample_put_prefix(at, prefix, sample->has_labels);
    if (sample->blanks == 0)
        return put(at, sample->rest, sample->end, can_step);
    return (can_step ? step_labels : plain_sample_put_labels)(at, labels->names,
                                                              sample->label_count, sample->end);
}

__attribute__((noinline)) static char *write_last(const struct plain_sample *sample,
                                                  const struct plain_names *labels,
                                                  struct str prefix, char *at)
{
    return write_line(sample, labels, prefix, at, false);
}

char *plain_sample_write(const struct plain_sample *sample, const struct plain_names *labels,
                         struct str prefix, bool can_step, char *at)
{
    if (can_step)
        return write_line(sample, labels, prefix, at, true);
    const struct plain_sample last = *sample; /* elsewhere: the other one is in registers */
    return write_last(&last, labels, prefix, at);
}
