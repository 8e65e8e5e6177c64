#include "numbered_lines.h"

#include "random_bodies.h"

#include <string.h>

void lines_init(struct lines *lines, size_t count)
{
    lines->count = count;
    for (size_t i = 0; i < count; i++)
        lines->numbers[i] = (unsigned)i;
    buffer_init(&lines->text, SIZE_MAX);
}

void lines_done(struct lines *lines)
{
    buffer_done(&lines->text);
}

static void remove_lines(struct lines *lines, size_t at, size_t count)
{
    if (count > lines->count - 1 - at)
        count = lines->count - 1 - at;
    memmove(lines->numbers + at, lines->numbers + at + count,
            (lines->count - at - count) * sizeof *lines->numbers);
    lines->count -= count;
}

void lines_insert(struct lines *lines, size_t at, unsigned number)
{
    if (lines->count == LINES_MOST)
        return;
    memmove(lines->numbers + at + 1, lines->numbers + at,
            (lines->count - at) * sizeof *lines->numbers);
    lines->numbers[at] = number;
    lines->count++;
}

void lines_renumber(struct lines *lines, size_t at, unsigned by)
{
    for (size_t i = at; i < lines->count; i++)
        lines->numbers[i] += by;
}

void lines_copy(struct lines *lines, const struct lines *those)
{
    memcpy(lines->numbers, those->numbers, those->count * sizeof *those->numbers);
    lines->count = those->count;
}

void lines_change(struct lines *lines, uint64_t *random)
{
    size_t at = lines->count > 0 ? (size_t)(next_random(random) % lines->count) : 0;
    unsigned number = (unsigned)(next_random(random) % 2000);
    switch (next_random(random) % 8) {
    case 0:
        remove_lines(lines, at, 1);
        break;
    case 1:
        remove_lines(lines, at, 1 + (size_t)(next_random(random) % 40));
        break;
    case 2:
    case 3:
        lines_insert(lines, at, number);
        break;
    case 4:
        for (size_t i = 0; i < 30; i++)
            lines_insert(lines, at, number + (unsigned)i);
        break;
    case 5:
        lines->count = at + 1;
        break;
    default:
        if (lines->count > 0)
            lines->numbers[at] = number;
        break;
    }
}

/* What depends on chance in a line is what changes from scrape to scrape: this seldom, as bodies
 * that are alike are to stay so for a while. */
static void append_help(struct buffer *text, unsigned family, bool is_strict, uint64_t *random)
{
    bool is_other = random_is_one_in(random, 300);
    if (family % 5 == 1 && !is_other) /* OpenMetrics has to have the blank */
        buffer_append_format(text, "# HELP m%u%s\n", family, is_strict || family % 2 ? " " : "");
    else
        buffer_append_format(text, "# HELP m%u of %u\n", family, is_other ? 0 : family);
}

static void append_statements(struct buffer *text, unsigned family, bool is_strict,
                              uint64_t *random)
{
    static const char *const types[] = {"gauge", "counter", "histogram", "summary"};
    unsigned type = random_is_one_in(random, 300) ? 0 : family;
    append_help(text, family, is_strict, random);
    if (!random_is_one_in(random, 300))
        buffer_append_format(text, "# TYPE m%u %s\n", family, types[type % 4]);
}

static void append_compound(struct buffer *text, unsigned family, unsigned value)
{
    buffer_append_format(text, "m%u_bucket{le=\"0.5\"} %u\n", family, value);
    buffer_append_format(text, "m%u_bucket{le=\"+Inf\"} %u\n", family, value);
    buffer_append_format(text, "m%u_sum %u.5\nm%u_count %u\n", family, value, family, value);
}

/* What is not there in most scrapes. */
static void append_seldom(struct buffer *text, unsigned family, uint64_t *random)
{
    static const char *const lines[] = {"up 1\n", "up{pod=\"x\"} 1\n", "# a comment\n",
                                        "# HELP m1_count of its own\n", "# TYPE m2_sum gauge\n"};
    if (random_is_one_in(random, 300))
        buffer_append(text, str_from(lines[random_below(random, 5)]));
    else if (random_is_one_in(random, 300))
        buffer_append_format(text, "m%u{bad 1\n", family);
}

/* The type that was stated last, mostly that of the family before, is not said to be theirs; and of
 * the last one there is mostly something wrong with the value, or nothing. */
static void append_untyped(struct buffer *text, unsigned number, uint64_t *random)
{
    unsigned family = number / 10;
    unsigned typed = random_is_one_in(random, 8) ? family : family - 1;
    if (number % 3 == 0)
        buffer_append_format(text, "# TYPE m%u summary\nm%u_sum 1\n", typed, typed);
    buffer_append_format(text, "# HELP m%u of %u\nm%u_count 1\n", family, family, family);
    buffer_append_format(text, "z%u 1%s\n", number, random_is_one_in(random, 60) ? "x" : "");
    if (random_is_one_in(random, 8))
        buffer_append_format(text, "m%u_count{new=\"%u\"} 1\n", family, number);
}

static void append_long(struct buffer *text, unsigned number, size_t length)
{
    buffer_append_format(text, "m%u{long=\"", number / 10);
    for (size_t i = 0; i < length * (number % 7); i++)
        buffer_append_byte(text, (char)('a' + (number + i) % 26));
    buffer_append_format(text, "\",n=\"%u\"} 1\n", number);
}

/* Labels that stand in the way of those that are put in. */
static void append_labelled_alike(struct buffer *text, unsigned number)
{
    const char *name = number % 20 < 10 ? "node" : "pod";
    buffer_append_format(text, "m%u{n=\"%u\",%s=\"x\"} 1\n", number / 10, number,
                         number % 9 == 0 ? name : "other");
}

/* Ten numbers are a family. */
static void append_line(struct buffer *text, unsigned number, const struct line_writing *writing,
                        uint64_t *random)
{
    static const char *const values[] = {"NaN", "+Inf", "1", "1 5", "-1.5e-07", "1 5"};
    unsigned family = number / 10;
    unsigned value = (unsigned)random_below(random, 100000);
    switch (number % 10) {
    case 0:
        append_statements(text, family, writing->is_strict, random);
        break;
    case 1:
        append_compound(text, family, value);
        break;
    case 2:
        append_seldom(text, family, random);
        break;
    case 3:
        append_long(text, number, writing->long_label);
        break;
    case 4:
        append_labelled_alike(text, number);
        break;
    case 8:
        if (family % 5 == 4)
            append_untyped(text, number, random);
        else
            buffer_append_format(text, "m%u{n=\"%u\"} %u\n", family, number, value);
        break;
    case 5:
        buffer_append_format(text, "m%u{n=\"%u\"} %s\n", family, number,
                             values[random_below(random, 6)]);
        break;
    case 6:
        buffer_append_format(text, "m%u_total{n=\"%u\"} %u%s\n", family, number, value,
                             writing->is_strict && random_is_one_in(random, 8) ? " # {x=\"y\"} 1"
                                                                               : "");
        break;
    case 7:
        buffer_append_format(text, "m%u{n=\"%u\",%sb=\"\\n\"} %u\n", family, number,
                             writing->is_strict || number % 3 > 0 ? "" : " ", value);
        break;
    default:
        buffer_append_format(text, "m%u{n=\"%u\"} %u\n", family, number, value);
        break;
    }
}

void lines_write(const struct lines *lines, const struct line_writing *writing, uint64_t *random,
                 struct buffer *text)
{
    for (size_t i = 0; i < lines->count; i++)
        append_line(text, lines->numbers[i], writing, random);
}
