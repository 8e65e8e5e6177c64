#include "base/log.h"

#include "base/buffer.h"
#include "base/utf8.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

static const size_t TEXT_LIMIT = 4096;                /* of one field; what is longer is cut */
static const size_t LINE_LIMIT = (size_t)1024 * 1024; /* far more than a row of fields can need */

static struct {
    enum log_level least;
    enum log_format format;
} sink = {.least = LOG_INFO, .format = LOG_LOGFMT};

void log_setup(enum log_level least, enum log_format format)
{
    sink.least = least;
    sink.format = format;
}

bool log_is_on(enum log_level level)
{
    return level >= sink.least;
}

struct log_field log_str(const char *key, struct str text)
{
    return (struct log_field){.key = key, .text = text};
}

struct log_field log_text(const char *key, const char *text)
{
    return log_str(key, str_from(text));
}

struct log_field log_number(const char *key, int64_t number)
{
    return (struct log_field){.key = key, .number = number, .is_number = true};
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    return names[level];
}

/* One character, escaped where it would end the text or the line. Both formats understand JSON's
 * escapes. Returns how many bytes it took. */
static size_t append_character(struct buffer *out, struct str text)
{
    char byte = text.data[0];
    size_t length = utf8_sequence(text);
    if (length == 0)
        buffer_append(out, STR("\\ufffd"));
    else if (byte == '"' || byte == '\\')
        buffer_append_format(out, "\\%c", byte);
    else if (byte == '\n')
        buffer_append(out, STR("\\n"));
    else if ((unsigned char)byte < 0x20 || byte == 0x7f)
        buffer_append_format(out, "\\u%04x", (unsigned)(unsigned char)byte);
    else
        buffer_append(out, str_slice(text, 0, length));
    return length > 0 ? length : 1;
}

static void append_quoted(struct buffer *out, struct str text)
{
    size_t taken = 0;
    buffer_append_byte(out, '"');
    while (taken < text.length && taken < TEXT_LIMIT)
        taken += append_character(out, str_skip(text, taken));
    buffer_append(out, taken < text.length ? STR("...\"") : STR("\""));
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '=' || byte == '\\')
            return false;
    }
    return text.length > 0 && text.length <= TEXT_LIMIT;
}

static void append_key(struct buffer *out, enum log_format format, const char *key)
{
    if (format == LOG_JSON)
        buffer_append_format(out, "%s\"%s\":", out->length > 1 ? "," : "", key);
    else
        buffer_append_format(out, "%s%s=", out->length > 0 ? " " : "", key);
}

static void append_text(struct buffer *out, enum log_format format, const char *key,
                        struct str text)
{
    append_key(out, format, key);
    if (format == LOG_LOGFMT && is_plain(text))
        buffer_append(out, text);
    else
        append_quoted(out, text);
}

static struct str time_now(char *room, size_t size)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    struct buffer text;
    size_t length = strftime(room, size, "%Y-%m-%dT%H:%M:%S", &utc);
    buffer_init(&text, 16);
    buffer_append_format(&text, ".%03ldZ", now.tv_nsec / 1000000);
    for (size_t i = 0; i < text.length && length + 1 < size; i++)
        room[length++] = text.data[i];
    buffer_done(&text);
    return (struct str){.data = room, .length = length};
}

void log_render(struct buffer *out, enum log_format format, enum log_level level,
                const char *message, const struct log_field *fields)
{
    char room[40];
    if (format == LOG_JSON)
        buffer_append_byte(out, '{');
    append_text(out, format, "time", time_now(room, sizeof room));
    append_text(out, format, "level", str_from(level_name(level)));
    append_text(out, format, "msg", str_from(message));
    for (const struct log_field *field = fields; field && field->key; field++) {
        if (field->is_number) {
            append_key(out, format, field->key);
            buffer_append_format(out, "%lld", (long long)field->number);
        } else {
            append_text(out, format, field->key, field->text);
        }
    }
    buffer_append(out, format == LOG_JSON ? STR("}\n") : STR("\n"));
}

void log_event(enum log_level level, const char *message, const struct log_field *fields)
{
    if (!log_is_on(level))
        return;
    struct buffer line;
    buffer_init(&line, LINE_LIMIT);
    log_render(&line, sink.format, level, message, fields);
    assert(buffer_ok(&line));
    /* One call: lines of two programs never mix. */
    ssize_t written = write(STDERR_FILENO, line.data, line.length);
    (void)written;
    buffer_done(&line);
}
