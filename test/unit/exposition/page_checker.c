#include "page_checker.h"

#include "base/memory.h"
#include "line_checker.h"

#include <stdlib.h>
#include <string.h>

struct seen_family {
    struct str name;
    struct str type;
    bool has_help;
    bool has_unit;
    size_t samples;
};

struct checker {
    const struct page_rules *rules;
    struct seen_family *families;
    size_t count;
    bool has_eof;
    const char *problem;
    struct checked_line line;
};

static bool fail(struct checker *checker, const char *problem)
{
    checker->problem = problem;
    return false;
}

struct type_rules {
    const char *type;
    const char *suffixes[5];
    bool has_bare;
    bool has_exemplars; /* on its first suffix */
    const char *label;  /* of the bare name; "" the family's own */
};

static const struct type_rules text_types[] = {
    {"counter", {NULL}, true, false, NULL},
    {"gauge", {NULL}, true, false, NULL},
    {"histogram", {"_bucket", "_count", "_sum", NULL}, true, false, NULL},
    {"summary", {"_count", "_sum", NULL}, true, false, NULL},
    {"untyped", {NULL}, true, false, NULL},
    {NULL, {NULL}, false, false, NULL},
};

static const struct type_rules openmetrics_types[] = {
    {"counter", {"_total", "_created", NULL}, false, true, NULL},
    {"gauge", {NULL}, true, false, NULL},
    {"histogram", {"_bucket", "_count", "_sum", "_created", NULL}, false, true, NULL},
    {"gaugehistogram", {"_bucket", "_gcount", "_gsum", NULL}, false, true, NULL},
    {"summary", {"_count", "_sum", "_created", NULL}, true, false, "quantile"},
    {"info", {"_info", NULL}, false, false, NULL},
    {"stateset", {NULL}, true, false, ""},
    {"unknown", {NULL}, true, false, NULL},
    {NULL, {NULL}, false, false, NULL},
};

static const struct type_rules *type_rules(const struct checker *checker, struct str type)
{
    const struct type_rules *rules = checker->rules->openmetrics ? openmetrics_types : text_types;
    while (rules->type && !str_equal(str_from(rules->type), type))
        rules++;
    return rules->type ? rules : NULL;
}

/* The index of the ending that makes this name of the family's; -1 where none does. */
static int suffix_index(const struct type_rules *rules, const struct seen_family *family,
                        struct str name)
{
    for (int i = 0; rules->suffixes[i]; i++)
        if (str_starts(name, family->name) &&
            str_equal(str_skip(name, family->name.length), str_from(rules->suffixes[i])))
            return i;
    return -1;
}

static bool has_label(const struct checked_line *line, struct str name)
{
    for (size_t i = 0; i < line->label_count; i++)
        if (str_equal(line->labels[i], name))
            return true;
    return false;
}

static bool check_fit(struct checker *checker, const struct seen_family *family)
{
    const struct checked_line *line = &checker->line;
    const struct type_rules *rules = type_rules(checker, family->type);
    int suffix = suffix_index(rules, family, line->name);
    bool is_bare = str_equal(line->name, family->name);
    if (suffix < 0 && !(is_bare && rules->has_bare))
        return fail(checker, "a sample that is not of the family above it");
    if (line->has_exemplar && !(rules->has_exemplars && suffix == 0))
        return fail(checker, "an exemplar where none may be");
    if (!checker->rules->openmetrics)
        return true;
    if (is_bare && rules->label &&
        !has_label(line, rules->label[0] ? str_from(rules->label) : family->name))
        return fail(checker, "a sample without the label of its type");
    bool is_bucket = suffix == 0 && str_equal(str_from(rules->suffixes[0]), STR("_bucket"));
    return !is_bucket || has_label(line, STR("le")) || fail(checker, "a bucket without le");
}

static bool check_sample(struct checker *checker, struct str line)
{
    const char *problem = line_problem(line, checker->rules, &checker->line);
    if (problem)
        return fail(checker, problem);
    if (checker->count == 0)
        return fail(checker, "a sample before any family");
    struct seen_family *family = &checker->families[checker->count - 1];
    family->samples++;
    return check_fit(checker, family);
}

static bool check_type(struct checker *checker, struct str name, struct str type)
{
    if (type_rules(checker, type) == NULL)
        return fail(checker, "an illegal TYPE");
    checker->families =
        memory_resize(checker->families, checker->count + 1, sizeof *checker->families);
    checker->families[checker->count++] = (struct seen_family){.name = name, .type = type};
    return true;
}

static bool check_escapes(struct checker *checker, struct str help)
{
    bool quotes = checker->rules->openmetrics;
    for (size_t i = 0; i < help.length; i++) {
        if (help.data[i] == '"' && quotes)
            return fail(checker, "a quote in a HELP");
        if (help.data[i] != '\\')
            continue;
        if (++i == help.length)
            return fail(checker, "a backslash at the end of a HELP");
        char escaped = help.data[i];
        if (escaped != '\\' && escaped != 'n' && !(escaped == '"' && quotes))
            return fail(checker, "an illegal escape in a HELP");
    }
    return help.length > 0 || fail(checker, "an empty HELP");
}

static struct seen_family *head_of(const struct checker *checker, struct str name)
{
    struct seen_family *family = checker->count > 0 ? &checker->families[checker->count - 1] : NULL;
    bool is_head =
        family && str_equal(family->name, name) && !family->has_help && family->samples == 0;
    return is_head ? family : NULL;
}

static bool check_help(struct checker *checker, struct str name, struct str help)
{
    struct seen_family *family = head_of(checker, name);
    if (family == NULL)
        return fail(checker, "a HELP that does not follow its TYPE");
    family->has_help = true;
    return check_escapes(checker, help);
}

static bool check_unit(struct checker *checker, struct str name, struct str unit)
{
    struct seen_family *family = head_of(checker, name);
    if (family == NULL || family->has_unit || !checker->rules->openmetrics)
        return fail(checker, "a UNIT that does not follow its TYPE");
    family->has_unit = true;
    bool fits = unit.length > 0 && name.length > unit.length && str_ends(name, unit) &&
                name.data[name.length - unit.length - 1] == '_';
    bool can_have =
        !str_equal(family->type, STR("info")) && !str_equal(family->type, STR("stateset"));
    return (fits && can_have) || fail(checker, "a UNIT that does not fit");
}

static bool check_line(struct checker *checker, struct str line)
{
    if (checker->has_eof)
        return fail(checker, "something after # EOF");
    if (line.length == 0 || line.data[0] != '#')
        return check_sample(checker, line);
    checker->has_eof = str_equal(line, STR("# EOF"));
    if (checker->has_eof)
        return checker->rules->openmetrics || fail(checker, "a comment");
    struct str word = str_slice(line, 0, 7);
    struct str rest = str_skip(line, 7);
    struct str name;
    if (!take_checked_name(&rest, false, checker->rules, &name) || !str_starts(rest, STR(" ")))
        return fail(checker, "a comment");
    rest = str_skip(rest, 1);
    if (str_equal(word, STR("# TYPE ")))
        return check_type(checker, name, rest);
    if (str_equal(word, STR("# UNIT ")))
        return check_unit(checker, name, rest);
    return str_equal(word, STR("# HELP ")) ? check_help(checker, name, rest)
                                           : fail(checker, "a comment");
}

static bool check_families(struct checker *checker)
{
    for (size_t i = 0; i < checker->count; i++) {
        const struct seen_family *one = &checker->families[i];
        const struct type_rules *rules = type_rules(checker, one->type);
        if (one->samples == 0 && i > 0)
            return fail(checker, "a family without samples");
        for (size_t j = 0; j < checker->count; j++)
            if (j != i && (str_equal(one->name, checker->families[j].name) ||
                           suffix_index(rules, one, checker->families[j].name) >= 0))
                return fail(checker, "a name in two families");
    }
    return true;
}

bool page_is_fine(struct str page, const struct page_rules *rules, struct page_problem *ret_problem)
{
    struct checker checker = {.rules = rules};
    size_t number = 0;
    bool fine = page.length == 0 || page.data[page.length - 1] == '\n' ||
                fail(&checker, "no LF at the end");
    struct str line;
    while (fine && str_next(&page, '\n', &line)) {
        number++;
        fine = check_line(&checker, line);
    }
    fine = fine && check_families(&checker);
    if (fine && rules->openmetrics && !checker.has_eof)
        fine = fail(&checker, "no # EOF");
    *ret_problem = (struct page_problem){.line = number, .what = checker.problem};
    free(checker.families);
    return fine;
}
