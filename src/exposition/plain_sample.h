#ifndef EXPOSITION_PLAIN_SAMPLE_H
#define EXPOSITION_PLAIN_SAMPLE_H

#include "exposition/byte_span.h"
#include "exposition/text_sample.h"

/*
 * A sample line that is already in the one form we write, as nearly all are, but perhaps for a
 * blank behind each comma: what comes behind its name can be copied as it is.
 */
struct plain_sample {
    struct str name;
    bool has_labels;
    const char *rest; /* behind the name and an opening brace */
    const char *value;
    const char *end; /* behind its LF */
    size_t blanks;   /* that are left out */
    size_t label_count;
};

/* The names of its labels; those of the sample before are mostly the same. */
struct plain_names {
    const struct injection *injection; /* borrowed; whose names they may not have */
    struct str *names;                 /* borrowed room for the most */
    size_t most;     /* with more it is not plain: PLAIN_SAMPLE_LABELS, or the limit */
    size_t known;    /* so many were looked at: no two are equal, and none is in the way */
    unsigned bounds; /* a bit for each of them that may be that of a bound */
};

/* Each is compared with those before it. */
#define PLAIN_SAMPLE_LABELS ((size_t)16)

/* Which timestamps can be copied: with another one a line is not plain. */
enum plain_timestamp { PLAIN_NO_TIMESTAMP, PLAIN_MILLISECONDS, PLAIN_SECONDS };

struct plain_hints {
    enum plain_timestamp timestamp;
    bool strict; /* no blanks behind commas */
};

/* Do some lines begin with a sample of this name? No name is none. */
static inline bool plain_sample_has_name(struct str lines, struct str name)
{
    return name.length - 1 < SPAN_EXPECTED && lines.length > name.length &&
           (lines.data[name.length] == '{' || lines.data[name.length] == ' ') &&
           span_equals(lines.data, name.data, name.length);
}

/* Has it a label that may be a bound? */
static inline bool plain_sample_has_bound(const struct plain_sample *sample,
                                          const struct plain_names *labels)
{
    return labels->bounds != 0 && (labels->bounds & ((1U << sample->label_count) - 1)) != 0;
}

/*
 * Recognises the first of some lines, all of which end with an LF, and which begins with a name of
 * this length, where that is known; else it is 0. False for everything that sample_parse() has to
 * look at: blanks, escapes, anything but ASCII, odd numbers, faults, names of labels over
 * SPAN_EXPECTED bytes, labels that are in the way of the injected ones. Behind one that was
 * recognised the next one is read with the same labels.
 */
bool plain_sample_parse(struct plain_sample *sample, struct plain_names *labels, struct str lines,
                        size_t name_length, const struct plain_hints *hints);

/* From the start of a number to behind it: NULL where it is none that is plain. */
const char *plain_sample_skip_number(const char *at, const char *lines_end);

/* From the blank behind a name and its labels to behind the LF; NULL where what stands there is not
 * plain. */
const char *plain_sample_skip_tail(const char *at, const char *lines_end,
                                   const struct plain_hints *hints);

/* How long a usual value is at most, with its LF; as many bytes are looked at. */
#define USUAL_VALUE_MOST ((size_t)16)

/* From the start of a usual value to behind its LF: digits, perhaps a point among them, perhaps an
 * exponent of two digits. NULL for all others. */
static inline const char *plain_sample_skip_usual_value(const char *at)
{
#if defined(__SSE2__)
    unsigned ends = (unsigned)_mm_movemask_epi8(span_equal(span_load(at), '\n'));
    unsigned others = span_others(at, BYTE_DIGIT);
    if (ends == 0 || (others & 1))
        return NULL;
    unsigned length = (unsigned)__builtin_ctz(ends);
    unsigned odd = others & ((1U << length) - 1);
    const char *end = at + length;
    if (odd != 0 && at[__builtin_ctz(odd)] == '.')
        odd &= odd - 1;
    if (odd == 0)
        return end + 1;
    bool has_exponent = length > 4 && odd == 3U << (length - 4) && end[-4] == 'e' &&
                        (end[-3] == '+' || end[-3] == '-');
    return has_exponent ? end + 1 : NULL;
#else
    (void)at;
    return NULL;
#endif
}

/* Writes its line, which is at most so much longer than it was read, and gives the end; over
 * PLAIN_SLACK bytes more, which then hold anything. In steps where SPAN_STEP bytes more can be
 * read.
 */
#define PLAIN_SLACK SPAN_STEP
static inline size_t plain_sample_growth(struct str prefix)
{
    return prefix.length + 1;
}
char *plain_sample_write(const struct plain_sample *sample, const struct plain_names *labels,
                         struct str prefix, bool can_step, char *at);

/* So many labels without the blanks that are left out, up to the value or the end of the line;
 * gives the end. */
char *plain_sample_put_labels(char *at, const struct str *labels, size_t count, const char *end);

/* Writes what is behind the name, {prefix, and {prefix} and { or nothing; gives the end. */
static inline char *plain_sample_put_prefix(char *at, struct str prefix, bool has_labels)
{
    at = span_put(at, prefix.data, prefix.length);
    if (prefix.length > 0)
        *at++ = has_labels ? ',' : '}';
    else if (has_labels)
        *at++ = '{';
    return at;
}

#endif
