/*
 * As strict as Go's parser, which for Prometheus 3 decides whether a Content-Type says anything:
 * blanks may stand around a parameter's parts, one semicolon may stand last, and everything else
 * has to be in its place. There a parameter may be repeated with the same value since of late; what
 * reads it may be older, so here it may not.
 */
#include "exposition/media_type.h"

#include "base/token.h"

/* Where the quotes close that a text opens, or STR_NONE. */
static size_t find_closing_quote(struct str text)
{
    size_t at = 1;
    while (at < text.length && text.data[at] != '"')
        at += text.data[at] == '\\' ? 2 : 1;
    return at < text.length ? at : STR_NONE;
}

/* A value in quotes, and the semicolon behind it. */
static bool take_quoted(struct str *rest, struct str *ret_value)
{
    size_t end = find_closing_quote(*rest);
    struct str between;
    if (end == STR_NONE)
        return false;
    *ret_value = str_slice(*rest, 1, end - 1);
    *rest = str_skip(*rest, end + 1);
    return !str_next(rest, ';', &between) || str_trim(between).length == 0;
}

static bool take_token(struct str *rest, struct str *ret_value)
{
    struct str value = {0};
    str_next(rest, ';', &value);
    *ret_value = str_trim(value);
    return text_is_token(*ret_value);
}

static bool take_parameter(struct str *rest, struct media_parameter *ret_parameter)
{
    size_t equals = str_find(*rest, '=');
    struct media_parameter parameter = {.name = str_trim(str_slice(*rest, 0, equals))};
    if (equals == STR_NONE || !text_is_token(parameter.name))
        return false;
    *rest = str_trim(str_skip(*rest, equals + 1));
    bool is_quoted = str_starts(*rest, STR("\""));
    if (!(is_quoted ? take_quoted : take_token)(rest, &parameter.value))
        return false;
    *ret_parameter = parameter;
    return true;
}

static const struct media_parameter *find_parameter(const struct media_type *type, struct str name)
{
    for (size_t i = 0; i < type->parameter_count; i++)
        if (str_equal_ignore_case(type->parameters[i].name, name))
            return &type->parameters[i];
    return NULL;
}

bool media_type_parse(struct str text, struct media_type *ret_type)
{
    struct media_type type = {.parameter_count = 0};
    str_next(&text, ';', &type.name);
    type.name = str_trim(type.name);
    while (str_trim(text).length > 0) {
        struct media_parameter parameter;
        if (type.parameter_count == MEDIA_PARAMETERS_MOST || !take_parameter(&text, &parameter) ||
            find_parameter(&type, parameter.name))
            return false;
        type.parameters[type.parameter_count++] = parameter;
    }
    *ret_type = type;
    return true;
}

struct str media_type_parameter(const struct media_type *type, struct str name)
{
    const struct media_parameter *parameter = find_parameter(type, name);
    return parameter ? parameter->value : (struct str){0};
}
