#include "exposition/exemplar_message.h"

#include "base/utf8.h"
#include "exposition/double_text.h"
#include "exposition/names.h"
#include "exposition/quoted_text.h"
#include "exposition/sample.h"

#include <math.h>

#define CHARACTERS_MOST 128 /* of names and values together: OpenMetrics */
#define LABELS_MOST 64
#define SECONDS_MOST INT64_C(253402300799) /* the end of the year 9999: protobuf */
#define NANOS 1000000000

struct time_message {
    int64_t seconds;
    int64_t nanos;
};

static struct time_message read_time(struct str message)
{
    struct time_message time = {0};
    struct wire_field field;
    while (wire_next(&message, &field) == WIRE_FIELD) {
        if (field.tag == TAG_VARINT(TIME_SECONDS))
            time.seconds = (int64_t)field.number;
        else if (field.tag == TAG_VARINT(TIME_NANOS))
            time.nanos = (int64_t)field.number;
    }
    return time;
}

bool time_is_writable(struct str message)
{
    struct time_message time = read_time(message);
    return time.seconds >= 0 && time.seconds <= SECONDS_MOST && time.nanos >= 0 &&
           time.nanos < NANOS;
}

void time_append_text(struct buffer *out, struct str message)
{
    struct time_message time = read_time(message);
    buffer_append_uint(out, (uint64_t)time.seconds);
    if (time.nanos == 0)
        return;
    buffer_append_byte(out, '.');
    for (int64_t unit = NANOS / 10; unit > 0 && time.nanos > 0; unit /= 10) {
        buffer_append_byte(out, (char)('0' + time.nanos / unit));
        time.nanos %= unit;
    }
}

void label_append_text(struct buffer *out, struct str name, struct str value)
{
    bool is_legal = name_is_legal(name, true);
    if (!is_legal)
        buffer_append_byte(out, '"');
    quoted_text_append(out, name);
    if (!is_legal)
        buffer_append_byte(out, '"');
    buffer_append(out, STR("=\""));
    quoted_text_append(out, value);
    buffer_append_byte(out, '"');
}

static size_t count_characters(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

struct exemplar_labels {
    struct sample_label labels[LABELS_MOST];
    size_t count;
    size_t characters;
};

static bool take_label(struct exemplar_labels *taken, struct str pair)
{
    struct sample_label label = {0};
    label_pair_read(pair, &label.name, &label.value);
    if (label.name.length == 0 || taken->count == LABELS_MOST)
        return false;
    for (size_t i = 0; i < taken->count; i++)
        if (str_equal(taken->labels[i].name, label.name))
            return false;
    taken->characters += count_characters(label.name) + count_characters(label.value);
    taken->labels[taken->count++] = label;
    return taken->characters <= CHARACTERS_MOST;
}

static void append_exemplar(struct buffer *out, const struct exemplar_labels *taken, double value,
                            struct str time)
{
    char number[DOUBLE_TEXT_MOST];
    buffer_append(out, STR(" # {"));
    for (size_t i = 0; i < taken->count; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        label_append_text(out, taken->labels[i].name, taken->labels[i].value);
    }
    buffer_append(out, STR("} "));
    buffer_append(out, (struct str){.data = number, .length = double_write(value, number)});
    if (time.length == 0 || !time_is_writable(time))
        return;
    buffer_append_byte(out, ' ');
    time_append_text(out, time);
}

void exemplar_append_text(struct buffer *out, struct str exemplar)
{
    struct exemplar_labels taken = {.count = 0};
    struct wire_field field;
    struct str time = {0};
    double value = 0;
    while (wire_next(&exemplar, &field) == WIRE_FIELD) {
        if (field.tag == TAG_BYTES(EXEMPLAR_LABEL) && !take_label(&taken, field.bytes))
            return;
        if (field.tag == TAG_DOUBLE(EXEMPLAR_VALUE))
            value = wire_double(&field);
        else if (field.tag == TAG_BYTES(EXEMPLAR_TIME))
            time = field.bytes;
    }
    if (taken.count > 0)
        append_exemplar(out, &taken, value, time);
}

bool time_append_message(struct buffer *out, double seconds)
{
    if (!(seconds >= 0 && seconds <= (double)SECONDS_MOST))
        return false;
    uint64_t whole = (uint64_t)seconds;
    uint64_t nanos = (uint64_t)((seconds - (double)whole) * NANOS + 0.5);
    if (nanos >= NANOS) {
        whole++;
        nanos = 0;
    }
    wire_append_varint(out, TAG_VARINT(TIME_SECONDS), whole);
    if (nanos > 0)
        wire_append_varint(out, TAG_VARINT(TIME_NANOS), nanos);
    return true;
}

static void append_pair(struct buffer *out, const struct sample_label *label)
{
    struct buffer texts;
    struct buffer pair;
    buffer_init(&texts, SIZE_MAX);
    buffer_init(&pair, SIZE_MAX);
    quoted_text_append_meaning(&texts, label->name);
    wire_append_bytes(&pair, TAG_BYTES(PAIR_NAME), buffer_view(&texts));
    buffer_clear(&texts);
    quoted_text_append_meaning(&texts, label->value);
    wire_append_bytes(&pair, TAG_BYTES(PAIR_VALUE), buffer_view(&texts));
    wire_append_bytes(out, TAG_BYTES(EXEMPLAR_LABEL), buffer_view(&pair));
    buffer_done(&texts);
    buffer_done(&pair);
}

void exemplar_append_message(struct buffer *out, const struct exemplar *exemplar)
{
    struct buffer time;
    for (size_t i = 0; i < exemplar->label_count; i++)
        append_pair(out, &exemplar->labels[i]);
    wire_append_double(out, TAG_DOUBLE(EXEMPLAR_VALUE), double_read(exemplar->value));
    buffer_init(&time, SIZE_MAX);
    if (exemplar->timestamp.length > 0 &&
        time_append_message(&time, double_read(exemplar->timestamp)))
        wire_append_bytes(out, TAG_BYTES(EXEMPLAR_TIME), buffer_view(&time));
    buffer_done(&time);
}
