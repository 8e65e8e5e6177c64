/*
 * One grammar for two readers. Tolerant and strict differ only in blanks, which the scanner knows
 * about, in what has to stand between the parts, and in timestamps. Every line can be read here;
 * most never are, because plain_sample.c recognises them.
 */
#include "exposition/sample.h"

#include "exposition/number.h"
#include "exposition/scanner.h"

struct label_list {
    struct sample_label *labels;
    size_t count;
    size_t limit;
    struct str bare; /* the quoted metric name among the labels */
    bool has_bare;
    bool bare_is_allowed;
};

static bool add_label(struct scanner *scanner, struct label_list *list, struct sample_label label)
{
    if (list->count == list->limit)
        return scanner_fail_at(scanner, label.name.data, "this is one label too many");
    list->labels[list->count++] = label;
    return true;
}

static bool parse_bare_name(struct scanner *scanner, struct label_list *list, struct str name)
{
    if (!list->bare_is_allowed || list->has_bare)
        return scanner_fail_at(scanner, name.data - 1, "a metric's name does not belong here");
    list->bare = name;
    list->has_bare = true;
    return true;
}

/* name="value", or the quoted name of the metric. */
static bool parse_item(struct scanner *scanner, struct label_list *list)
{
    struct sample_label label = {.name_is_quoted = scanner_sees(scanner, '"')};
    bool named = label.name_is_quoted ? scanner_quoted(scanner, &label.name)
                                      : scanner_name(scanner, true, &label.name);
    if (!named)
        return false;
    scanner_blanks(scanner);
    if (label.name_is_quoted && !scanner_sees(scanner, '='))
        return parse_bare_name(scanner, list, label.name);
    if (!scanner_take(scanner, '=', "= is expected after a label's name"))
        return false;
    scanner_blanks(scanner);
    if (!scanner_sees(scanner, '"'))
        return scanner_fail(scanner, "a label's value starts with a quote");
    return scanner_quoted(scanner, &label.value) && add_label(scanner, list, label);
}

/* After the opening brace, up to and with the closing one. */
static bool parse_labels(struct scanner *scanner, struct label_list *list)
{
    scanner_blanks(scanner);
    while (!scanner_sees(scanner, '}')) {
        if (!parse_item(scanner, list))
            return false;
        scanner_blanks(scanner);
        if (!scanner_sees(scanner, ','))
            break;
        scanner->at++;
        scanner_blanks(scanner);
    }
    return scanner_take(scanner, '}', "a comma or } is expected after a label");
}

/* The name and the labels, in either of their two forms. */
static bool parse_series(struct scanner *scanner, struct label_list *list, struct sample *sample)
{
    list->bare_is_allowed = scanner_sees(scanner, '{');
    if (!list->bare_is_allowed && !scanner_name(scanner, false, &sample->name))
        return false;
    const char *after_name = scanner->at;
    scanner_blanks(scanner);
    if (!scanner_sees(scanner, '{')) {
        scanner->at = after_name;
        return true;
    }
    scanner->at++;
    if (!parse_labels(scanner, list))
        return false;
    if (list->bare_is_allowed && !list->has_bare)
        return scanner_fail_at(scanner, scanner->start, "the metric has no name");
    if (list->has_bare)
        sample->name = list->bare;
    sample->name_is_quoted = list->has_bare;
    return true;
}

static bool check_number(struct scanner *scanner, struct str text)
{
    enum number_kind kind = number_kind_of(text);
    if (kind == NUMBER_TOO_LARGE)
        return scanner_fail_at(scanner, text.data, "this value is too large for a double");
    if (kind == NUMBER_BAD)
        return scanner_fail_at(scanner, text.data, "this is not a number");
    return true;
}

/* The blank before a value and the value. Text allows none after a brace, and several. */
static bool parse_value(struct scanner *scanner, struct str *ret_value)
{
    const char *before = scanner->at;
    bool after_brace = before > scanner->start && before[-1] == '}';
    if (scanner_sees(scanner, ' '))
        scanner->at++;
    else if (scanner->strict)
        return scanner_fail(scanner, "one blank is expected before the value");
    scanner_blanks(scanner);
    if (scanner->at == scanner->end)
        return scanner_fail(scanner, "the value is missing");
    if (scanner->at == before && !after_brace)
        return scanner_fail(scanner, "this byte cannot be in a metric's name");
    *ret_value = scanner_token(scanner);
    return check_number(scanner, *ret_value);
}

static bool parse_timestamp(struct scanner *scanner, struct str *ret_timestamp)
{
    struct str timestamp = scanner_token(scanner);
    *ret_timestamp = timestamp;
    if (!scanner->strict)
        return number_is_milliseconds(timestamp) ||
               scanner_fail_at(scanner, timestamp.data,
                               "a timestamp is a whole number of milliseconds");
    if (number_kind_of(timestamp) != NUMBER_FINITE)
        return scanner_fail_at(scanner, timestamp.data, "a timestamp is a number of seconds");
    return true;
}

/* Goes to what follows after a value or a timestamp; false at the end of the line. */
static bool go_to_next_part(struct scanner *scanner)
{
    if (scanner->at == scanner->end)
        return false;
    if (scanner_sees(scanner, ' '))
        scanner->at++;
    scanner_blanks(scanner);
    return scanner->strict || scanner->at < scanner->end;
}

static bool parse_exemplar_time(struct scanner *scanner, struct exemplar *exemplar)
{
    if (!go_to_next_part(scanner))
        return true;
    exemplar->timestamp = scanner_token(scanner);
    if (number_kind_of(exemplar->timestamp) != NUMBER_FINITE)
        return scanner_fail_at(scanner, exemplar->timestamp.data,
                               "an exemplar's timestamp is a number");
    return !go_to_next_part(scanner) || scanner_fail(scanner, "nothing follows after an exemplar");
}

/* From its # on. */
static bool parse_exemplar(struct scanner *scanner, const struct label_list *room,
                           struct exemplar *exemplar)
{
    struct label_list list = {.labels = room->labels + room->limit, .limit = room->limit};
    scanner->at++;
    if (scanner_sees(scanner, ' '))
        scanner->at++;
    else if (scanner->strict)
        return scanner_fail(scanner, "one blank is expected after #");
    scanner_blanks(scanner);
    bool parsed = scanner_take(scanner, '{', "an exemplar's labels are expected after #") &&
                  parse_labels(scanner, &list) && parse_value(scanner, &exemplar->value) &&
                  parse_exemplar_time(scanner, exemplar);
    exemplar->is_there = parsed;
    exemplar->labels = list.labels;
    exemplar->label_count = list.count;
    return parsed;
}

/* Timestamp and exemplar, each of which may be missing. */
static bool parse_tail(struct scanner *scanner, const struct label_list *list,
                       struct sample *sample)
{
    bool more = go_to_next_part(scanner);
    if (more && !scanner_sees(scanner, '#')) {
        if (!parse_timestamp(scanner, &sample->timestamp))
            return false;
        more = go_to_next_part(scanner);
    }
    if (!more)
        return true;
    if (!scanner_sees(scanner, '#'))
        return scanner_fail(scanner, "nothing but an exemplar can follow here");
    return parse_exemplar(scanner, list, &sample->exemplar);
}

bool sample_parse(struct sample *sample, struct str line, const struct sample_rules *rules,
                  struct line_fault *ret_fault)
{
    struct scanner scanner;
    scanner_init(&scanner, line, rules->strict);
    struct label_list list = {.labels = sample->labels, .limit = rules->label_limit};
    *sample = (struct sample){.labels = sample->labels, .timestamp_is_seconds = rules->strict};
    scanner_blanks(&scanner);
    bool parsed = parse_series(&scanner, &list, sample) && parse_value(&scanner, &sample->value) &&
                  parse_tail(&scanner, &list, sample);
    if (!parsed) {
        *ret_fault = (struct line_fault){.at = (size_t)(scanner.fault - scanner.start),
                                         .reason = scanner.reason};
        return false;
    }
    sample->label_count = list.count;
    return true;
}
