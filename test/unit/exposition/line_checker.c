#include "line_checker.h"

#include <ctype.h>
#include <string.h>

static size_t legal_length(struct str text, const char *extra)
{
    size_t length = 0;
    while (length < text.length && text.data[length] != '\0' &&
           (isalpha((unsigned char)text.data[length]) || strchr(extra, text.data[length]) ||
            (length > 0 && isdigit((unsigned char)text.data[length]))))
        length++;
    return length;
}

/* The length of a quoted value at the start, its quotes included; 0 where there is none. */
static size_t quoted_length(struct str text)
{
    for (size_t i = 1; i < text.length && text.data[0] == '"'; i++) {
        if (text.data[i] == '"')
            return i + 1;
        if (text.data[i] != '\\')
            continue;
        i++;
        if (i == text.length || text.data[i] == '\0' || strchr("\\\"n", text.data[i]) == NULL)
            return 0;
    }
    return 0;
}

/* What is legal is never in quotes. */
static bool take_quoted_name(struct str *text, bool is_label, struct str *ret_name)
{
    size_t length = quoted_length(*text);
    if (length < 3)
        return false;
    *ret_name = str_slice(*text, 1, length - 2);
    *text = str_skip(*text, length);
    return legal_length(*ret_name, is_label ? "_" : "_:") < ret_name->length;
}

bool take_checked_name(struct str *text, bool is_label, const struct page_rules *rules,
                       struct str *ret_name)
{
    if (rules->utf8 && text->length > 0 && text->data[0] == '"')
        return take_quoted_name(text, is_label, ret_name);
    size_t length = legal_length(*text, is_label ? "_" : "_:");
    *ret_name = str_slice(*text, 0, length);
    *text = str_skip(*text, length);
    return length > 0;
}

static bool take_byte(struct str *text, char byte)
{
    if (text->length == 0 || text->data[0] != byte)
        return false;
    *text = str_skip(*text, 1);
    return true;
}

static bool has_label(const struct checked_line *line, struct str name)
{
    for (size_t i = 0; i < line->label_count; i++)
        if (str_equal(line->labels[i], name))
            return true;
    return false;
}

static bool take_label(struct str *text, const struct page_rules *rules, struct checked_line *line)
{
    struct str name;
    if (!take_checked_name(text, true, rules, &name) || !take_byte(text, '='))
        return false;
    size_t value = quoted_length(*text);
    *text = str_skip(*text, value);
    if (value == 0 || str_equal(name, STR("__name__")) || has_label(line, name) ||
        line->label_count == CHECKED_LABELS_MOST)
        return false;
    line->labels[line->label_count++] = name;
    return true;
}

/* After an opening brace. */
static bool take_labels(struct str *text, const struct page_rules *rules, struct checked_line *line)
{
    do {
        if (!take_label(text, rules, line))
            return false;
    } while (take_byte(text, ','));
    return take_byte(text, '}');
}

static bool is_value(struct str value)
{
    static const char *const words[] = {"nan",      "inf",       "+inf",     "-inf",
                                        "infinity", "+infinity", "-infinity"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_equal_ignore_case(value, str_from(words[i])))
            return true;
    size_t digits = 0;
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] == '\0' || strchr("0123456789.eE+-", value.data[i]) == NULL)
            return false;
        digits += isdigit((unsigned char)value.data[i]) != 0;
    }
    return digits > 0 && value.data[0] != '+';
}

static bool is_time(struct str time, bool openmetrics)
{
    uint64_t number = 0;
    if (!openmetrics)
        return str_to_uint(time, INT64_MAX, &number);
    return is_value(time) && time.data[time.length - 1] != 'f' && str_find(time, 'n') == STR_NONE &&
           str_find(time, 'N') == STR_NONE;
}

static bool is_exemplar(struct str text, const struct page_rules *rules)
{
    struct checked_line exemplar = {.label_count = 0};
    struct str part;
    if (!take_byte(&text, '{'))
        return false;
    if (!take_byte(&text, '}') && !take_labels(&text, rules, &exemplar))
        return false;
    if (!take_byte(&text, ' ') || !str_next(&text, ' ', &part) || !is_value(part))
        return false;
    return text.length == 0 || is_time(text, true);
}

static bool is_tail(struct str text, const struct page_rules *rules, struct checked_line *line)
{
    struct str part;
    if (!take_byte(&text, ' ') || !str_next(&text, ' ', &part) || !is_value(part))
        return false;
    if (text.length > 0 && text.data[0] != '#') {
        if (!str_next(&text, ' ', &part) || !is_time(part, rules->openmetrics))
            return false;
    }
    if (text.length == 0)
        return true;
    line->has_exemplar = true;
    return rules->openmetrics && take_byte(&text, '#') && take_byte(&text, ' ') &&
           is_exemplar(text, rules);
}

const char *line_problem(struct str text, const struct page_rules *rules,
                         struct checked_line *ret_line)
{
    ret_line->label_count = 0;
    ret_line->has_exemplar = false;
    bool is_quoted = take_byte(&text, '{');
    if (is_quoted && (text.length == 0 || text.data[0] != '"'))
        return "a brace without a quoted name";
    if (!take_checked_name(&text, false, rules, &ret_line->name))
        return "no legal name";
    bool has_labels = is_quoted ? !take_byte(&text, '}') : take_byte(&text, '{');
    if (has_labels && is_quoted && !take_byte(&text, ','))
        return "no comma behind the name";
    if (has_labels && !take_labels(&text, rules, ret_line))
        return "illegal labels";
    return is_tail(text, rules, ret_line) ? NULL : "illegal value, timestamp or exemplar";
}
