#include "random_wire.h"

#include "wire_notation.h"

#define PICK(random, texts) ((texts)[random_below(random, sizeof(texts) / sizeof((texts)[0]))])

/* Sixty-four bytes and more are compared in steps. */
static const char long_value[] =
    "a value that is so long that its length and that of its label need not be a single byte each, "
    "as those of nearly all others are, so that nobody takes it for a plain one";
static const char *const label_values[] = {"", "1", "200", "\xc3\xbc", long_value};

/* Some are in the way where a source is given a label more, or a metric has parts. */
static const char *const label_names[] = {"x", "code", "method", "extra", "quantile", "le"};

/* Those that stand in the way of others: ours, those of parts of a metric, and illegal ones. */
static const char *const odd_names[] = {"pod", "extra", "le", "quantile", "y.z", "x", "__name__"};

/* x="1", in more bytes than it need have, and twice. */
static const char *const odd_labels[] = {"#8a00060a0178120131 ", "#0a86000a0178120131 ",
                                         "#0a078a000178120131 ",
                                         "1:{1:'x' 2:'1'} 1:{1:'x' 2:'1'} "};

static const char *const numbers[] = {"1:d1",   "1:d-1",  "1:d0",
                                      "1:dinf", "1:dnan", "#090909090909090909"};
static const char *const odd_numbers[] = {"",
                                          "1:d1 1:d2",
                                          "1:7",
                                          "7:'unknown' 1:d1",
                                          "#098000",
                                          "1:d1 2:{1:{1:'t' 2:'1'} 2:d1}",
                                          "1:d1 2:{2:d1}"};
static const char *const odd_parts[] = {" 5:0 6:d0 7:1", " 5:1 12:{1:z0 2:1} 13:z3",
                                        " 4:d3",         " 3:{1:1 2:d9 3:{2:d1}}",
                                        " 3:{1:1}",      " 3:{2:d1 1:1}",
                                        " 1:4"};

static void append_own_labels(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                              size_t index, bool is_odd)
{
    if (plan->labels > 0)
        buffer_append_format(out, "1:{1:'%s' 2:'v%zu'} ", plan->label, index);
    if (plan->labels > 1)
        buffer_append_format(out, "1:{1:'other' 2:'%s'} ",
                             label_values[(plan->number + index) % 5]);
    if (is_odd && random_is_one_in(random, 3))
        buffer_append_format(out, "1:{1:'%s' 2:'%s'} ", PICK(random, odd_names),
                             PICK(random, label_values));
    if (is_odd && random_is_one_in(random, 6))
        buffer_append(out, str_from(PICK(random, odd_labels)));
}

static void append_start(uint64_t *random, struct buffer *out, unsigned field)
{
    static const char *const starts[] = {"1:1700000000 2:5", "1:1700000001", "2:300", "",
                                         "#088100",          "1:1 3:'q'"};
    buffer_append_format(out, " %u:{%s}", field, PICK(random, starts));
}

static void append_number(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                          unsigned field, bool is_odd)
{
    const char *number =
        is_odd && random_is_one_in(random, 3) ? PICK(random, odd_numbers) : PICK(random, numbers);
    buffer_append_format(out, "%u:{%s", field, number);
    if (plan->has_start && plan->type == 0)
        append_start(random, out, 3);
    buffer_append(out, STR("} "));
}

static void append_summary(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                           size_t parts)
{
    buffer_append_format(out, "4:{1:%zu 2:d1", random_below(random, 1000));
    for (size_t i = 0; i < parts; i++)
        buffer_append_format(out, " 3:{1:d.%zu 2:d1}", i + 1);
    if (plan->has_start)
        append_start(random, out, 4);
    buffer_append(out, STR("} "));
}

static void append_histogram(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                             size_t parts, bool is_odd)
{
    buffer_append_format(out, "7:{1:3 2:d1");
    for (size_t i = 0; i < parts; i++)
        buffer_append_format(out, " 3:{1:%zu 2:d%zu}", random_below(random, 300), i);
    if (plan->number % 3 == 0)
        buffer_append(out, STR(" 3:{1:3 2:dinf}"));
    if (plan->has_start)
        append_start(random, out, 15);
    if (is_odd && random_is_one_in(random, 2))
        buffer_append(out, str_from(PICK(random, odd_parts)));
    buffer_append(out, STR("} "));
}

/* Of another type than its family's, if it is odd. */
static void append_value(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                         bool is_odd)
{
    static const unsigned fields[] = {3, 2, 4, 5, 7, 7};
    unsigned field =
        is_odd && random_is_one_in(random, 10) ? PICK(random, fields) : fields[plan->type];
    size_t parts = random_is_one_in(random, 10) ? random_below(random, 6) : plan->parts;
    if (field == 4)
        append_summary(random, out, plan, parts);
    else if (field == 7)
        append_histogram(random, out, plan, parts, is_odd);
    else
        append_number(random, out, plan, field, is_odd);
}

static void append_fields(struct buffer *out, struct buffer *notation)
{
    buffer_append_byte(notation, '\0');
    wire_notation_append_message(out, notation->data);
    buffer_done(notation);
}

/* In so many bytes more than it takes. */
static void append_varint(struct buffer *out, uint64_t number, size_t too_many)
{
    for (; number >= 0x80; number >>= 7)
        buffer_append_byte(out, (char)((number & 0x7f) | 0x80));
    buffer_append_byte(out, (char)(number | (too_many > 0 ? 0x80 : 0)));
    for (; too_many > 0; too_many--)
        buffer_append_byte(out, (char)(too_many > 1 ? 0x80 : 0));
}

/* The value may come first, and behind a label: fields may be in any order. */
static void append_metric(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                          size_t index, bool is_odd)
{
    struct buffer notation;
    struct buffer message;
    buffer_init(&notation, SIZE_MAX);
    buffer_init(&message, SIZE_MAX);
    bool has_value_first = is_odd && random_is_one_in(random, 10);
    if (has_value_first)
        append_value(random, &notation, plan, is_odd);
    append_own_labels(random, &notation, plan, index, is_odd);
    if (!has_value_first)
        append_value(random, &notation, plan, is_odd);
    if (is_odd && random_is_one_in(random, 5))
        buffer_append_format(&notation, "6:%zu ", random_below(random, 3));
    if (is_odd && random_is_one_in(random, 10))
        buffer_append(&notation, STR("9:'unknown' "));
    append_fields(&message, &notation);
    append_varint(out, 0x22, is_odd && random_is_one_in(random, 20) ? 1 : 0);
    append_varint(out, message.length,
                  is_odd && random_is_one_in(random, 20) ? 1 + random_below(random, 2) : 0);
    buffer_append(out, buffer_view(&message));
    buffer_done(&message);
}

/* An odd source has one metric less here and there, or another one, or an odd one. */
static void append_metrics(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                           bool is_odd)
{
    for (size_t i = 0; i < plan->metrics; i++)
        if (!is_odd || !random_is_one_in(random, 12))
            append_metric(random, out, plan, is_odd && random_is_one_in(random, 12) ? i + 1 : i,
                          is_odd && random_is_one_in(random, 8));
}

static void append_name(uint64_t *random, struct buffer *notation, const struct family_plan *plan,
                        bool is_odd)
{
    if (plan->number % 11 == 10)
        buffer_append(notation, STR("1:'up' "));
    else if (plan->number % 7 == 6 || (is_odd && random_is_one_in(random, 30)))
        buffer_append_format(notation, "1:'f.%zu' ", plan->number / 2);
    else
        buffer_append_format(notation, "1:'f_%zu_seconds' ", plan->number / 2);
}

static void append_head(uint64_t *random, struct buffer *out, const struct family_plan *plan,
                        bool is_odd)
{
    struct buffer notation;
    buffer_init(&notation, SIZE_MAX);
    append_name(random, &notation, plan, is_odd);
    if (plan->has_help)
        buffer_append_format(&notation, "2:'A help%s of a family.' ",
                             is_odd && random_is_one_in(random, 10) ? " that is another one" : "");
    buffer_append_format(&notation, "3:%zu ",
                         is_odd && random_is_one_in(random, 20) ? random_below(random, 6)
                                                                : (size_t)plan->type);
    if (plan->has_unit || (is_odd && random_is_one_in(random, 30)))
        buffer_append(&notation, STR("5:'seconds' "));
    append_fields(out, &notation);
}

void family_plan_append(const struct family_plan *plan, uint64_t *random, bool is_odd,
                        struct buffer *out)
{
    struct buffer message;
    buffer_init(&message, SIZE_MAX);
    append_head(random, &message, plan, is_odd);
    append_metrics(random, &message, plan, is_odd);
    if (is_odd && random_is_one_in(random, 30))
        wire_notation_append_message(&message, "2:'A help that is late.'");
    append_varint(out, message.length,
                  is_odd && random_is_one_in(random, 20) ? 1 + random_below(random, 6) : 0);
    buffer_append(out, buffer_view(&message));
    buffer_done(&message);
}

struct family_plan family_plan_make(uint64_t *random, size_t number)
{
    return (struct family_plan){.number = number,
                                .type = (unsigned)random_below(random, 6),
                                .metrics = random_is_one_in(random, 8)
                                               ? random_below(random, 40)
                                               : 1 + random_below(random, 5),
                                .label = PICK(random, label_names),
                                .labels = random_below(random, 3),
                                .parts = random_below(random, 6),
                                .has_start = random_is_one_in(random, 2),
                                .has_help = !random_is_one_in(random, 3),
                                .has_unit = random_is_one_in(random, 12)};
}
