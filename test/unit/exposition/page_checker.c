#include "page_checker.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct seen_family {
    struct str name;
    struct str type;
    bool has_help;
    size_t samples;
};

struct checker {
    struct seen_family *families;
    size_t count;
    const char *problem;
};

static bool fail(struct checker *checker, const char *problem)
{
    checker->problem = problem;
    return false;
}

static size_t name_length(struct str text, const char *extra)
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

static bool skip_label(struct str *rest)
{
    size_t name = name_length(*rest, "_");
    if (name == 0 || name + 1 >= rest->length || rest->data[name] != '=')
        return false;
    if (str_equal(str_slice(*rest, 0, name), STR("__name__")))
        return false;
    *rest = str_skip(*rest, name + 1);
    size_t value = quoted_length(*rest);
    *rest = str_skip(*rest, value);
    return value > 0;
}

static bool skip_labels(struct str *rest)
{
    do {
        *rest = str_skip(*rest, 1);
        if (!skip_label(rest) || rest->length == 0)
            return false;
    } while (rest->data[0] == ',');
    if (rest->data[0] != '}')
        return false;
    *rest = str_skip(*rest, 1);
    return true;
}

static bool names_differ(struct str labels)
{
    struct str names[512];
    size_t count = 0;
    while (labels.length > 0 && labels.data[0] != '}' && count < 512) {
        labels = str_skip(labels, 1);
        size_t name = name_length(labels, "_");
        names[count++] = str_slice(labels, 0, name);
        labels = str_skip(labels, name + 1);
        labels = str_skip(labels, quoted_length(labels));
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (str_equal(names[i], names[j]))
                return false;
    return true;
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

static bool is_tail(struct str tail)
{
    struct str part;
    uint64_t time = 0;
    if (tail.length == 0 || tail.data[0] != ' ')
        return false;
    tail = str_skip(tail, 1);
    if (!str_next(&tail, ' ', &part) || !is_value(part))
        return false;
    return tail.length == 0 || str_to_uint(tail, INT64_MAX, &time);
}

static bool has_part(const struct seen_family *family, struct str name)
{
    static const char *const suffixes[] = {"_count", "_sum", "_bucket"};
    bool histogram = str_equal(family->type, STR("histogram"));
    bool summary = str_equal(family->type, STR("summary"));
    size_t count = histogram ? 3 : (summary ? 2 : 0);
    for (size_t i = 0; i < count; i++)
        if (str_starts(name, family->name) &&
            str_equal(str_skip(name, family->name.length), str_from(suffixes[i])))
            return true;
    return false;
}

static bool check_sample(struct checker *checker, struct str line)
{
    struct str name = str_slice(line, 0, name_length(line, "_:"));
    struct str rest = str_skip(line, name.length);
    struct str labels = rest;
    if (name.length == 0 || checker->count == 0)
        return fail(checker, "neither a name nor a family");
    struct seen_family *family = &checker->families[checker->count - 1];
    if (!str_equal(family->name, name) && !has_part(family, name))
        return fail(checker, "a sample that is not of the family above it");
    family->samples++;
    if (rest.length > 0 && rest.data[0] == '{' && !skip_labels(&rest))
        return fail(checker, "illegal labels");
    if (labels.data[0] == '{' && !names_differ(labels))
        return fail(checker, "a label twice");
    return is_tail(rest) || fail(checker, "illegal value or timestamp");
}

static bool check_type(struct checker *checker, struct str name, struct str type)
{
    static const char *const types[] = {"counter", "gauge", "histogram", "summary", "untyped"};
    bool known = false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        known = known || str_equal(type, str_from(types[i]));
    if (!known || name.length == 0 || name_length(name, "_:") != name.length)
        return fail(checker, "an illegal TYPE");
    checker->families =
        memory_resize(checker->families, checker->count + 1, sizeof *checker->families);
    checker->families[checker->count++] = (struct seen_family){.name = name, .type = type};
    return true;
}

static bool check_help(struct checker *checker, struct str name, struct str help)
{
    struct seen_family *family = checker->count > 0 ? &checker->families[checker->count - 1] : NULL;
    if (family == NULL || !str_equal(family->name, name) || family->has_help || family->samples > 0)
        return fail(checker, "a HELP that does not follow its TYPE");
    family->has_help = true;
    for (size_t i = 0; i < help.length; i++)
        if (help.data[i] == '\\' &&
            (++i == help.length || (help.data[i] != '\\' && help.data[i] != 'n')))
            return fail(checker, "an illegal escape in a HELP");
    return help.length > 0 || fail(checker, "an empty HELP");
}

static bool check_line(struct checker *checker, struct str line)
{
    if (line.length == 0 || line.data[0] != '#')
        return check_sample(checker, line);
    struct str word = str_slice(line, 0, 7);
    struct str rest = str_skip(line, 7);
    struct str name;
    if (!str_next(&rest, ' ', &name))
        return fail(checker, "a comment");
    if (str_equal(word, STR("# TYPE ")))
        return check_type(checker, name, rest);
    return str_equal(word, STR("# HELP ")) ? check_help(checker, name, rest)
                                           : fail(checker, "a comment");
}

static bool check_families(struct checker *checker)
{
    for (size_t i = 0; i < checker->count; i++) {
        const struct seen_family *one = &checker->families[i];
        if (one->samples == 0 && i > 0)
            return fail(checker, "a family without samples");
        for (size_t j = 0; j < checker->count; j++)
            if (j != i && (str_equal(one->name, checker->families[j].name) ||
                           has_part(one, checker->families[j].name)))
                return fail(checker, "a name in two families");
    }
    return true;
}

bool page_is_fine(struct str page, struct page_problem *ret_problem)
{
    struct checker checker = {0};
    size_t number = 0;
    bool fine = page.length == 0 || page.data[page.length - 1] == '\n' ||
                fail(&checker, "no LF at the end");
    struct str line;
    while (fine && str_next(&page, '\n', &line)) {
        number++;
        fine = check_line(&checker, line);
    }
    fine = fine && check_families(&checker);
    *ret_problem = (struct page_problem){.line = number, .what = checker.problem};
    free(checker.families);
    return fine;
}
