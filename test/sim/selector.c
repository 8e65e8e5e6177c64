/*
 * Label and field selectors, read on their own terms: this is what judges whether the program
 * under test sent what was meant.
 */
#include "sim/selector.h"

#include <string.h>

static const char *const FIELD_NAMES[] = {"metadata.name", "metadata.namespace", "status.phase",
                                          "spec.nodeName", "status.podIP"};

static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
}

static struct str take_word(struct str *rest)
{
    *rest = str_trim(*rest);
    size_t length = 0;
    while (length < rest->length && is_key_byte(rest->data[length]))
        length++;
    struct str word = str_slice(*rest, 0, length);
    *rest = str_trim(str_skip(*rest, length));
    return word;
}

static bool take(struct str *rest, struct str token)
{
    if (!str_starts(*rest, token))
        return false;
    *rest = str_trim(str_skip(*rest, token.length));
    return true;
}

static bool fail(struct error *error, struct str text)
{
    error_set(error, "unable to parse requirement: found '%.*s', expected: a requirement",
              STR_ARG(str_slice(text, 0, 200)));
    return false;
}

static bool add_value(struct requirement *requirement, struct str value)
{
    if (requirement->value_count == REQUIREMENT_VALUES)
        return false;
    requirement->values[requirement->value_count++] = value;
    return true;
}

static bool parse_set(struct str *rest, struct requirement *requirement)
{
    if (!take(rest, STR("(")))
        return false;
    do {
        if (!add_value(requirement, take_word(rest)))
            return false;
    } while (take(rest, STR(",")));
    return take(rest, STR(")"));
}

static bool parse_operation(struct str *rest, struct requirement *requirement)
{
    if (rest->length == 0 || rest->data[0] == ',') {
        requirement->operation = OPERATION_EXISTS;
        return true;
    }
    if (take(rest, STR("!="))) {
        requirement->operation = OPERATION_NOT_IN;
        return add_value(requirement, take_word(rest));
    }
    if (take(rest, STR("==")) || take(rest, STR("="))) {
        requirement->operation = OPERATION_IN;
        return add_value(requirement, take_word(rest));
    }
    struct str word = take_word(rest);
    requirement->operation = str_equal(word, STR("in")) ? OPERATION_IN : OPERATION_NOT_IN;
    return (str_equal(word, STR("in")) || str_equal(word, STR("notin"))) &&
           parse_set(rest, requirement);
}

static bool parse_requirement(struct str *rest, struct requirement *requirement)
{
    *requirement = (struct requirement){.operation = OPERATION_NOT_EXISTS};
    bool is_negated = take(rest, STR("!"));
    requirement->key = take_word(rest);
    if (requirement->key.length == 0)
        return false;
    return is_negated || parse_operation(rest, requirement);
}

bool selector_parse(struct str text, struct selector *ret_selector, struct error *error)
{
    struct str rest = str_trim(text);
    ret_selector->count = 0;
    while (rest.length > 0) {
        if (ret_selector->count == REQUIREMENTS)
            return fail(error, rest);
        struct str before = rest;
        if (!parse_requirement(&rest, &ret_selector->requirements[ret_selector->count++]))
            return fail(error, before);
        if (rest.length > 0 && (!take(&rest, STR(",")) || rest.length == 0))
            return fail(error, rest);
    }
    return true;
}

static bool is_known_field(struct str name)
{
    for (size_t i = 0; i < sizeof(FIELD_NAMES) / sizeof(FIELD_NAMES[0]); i++)
        if (str_equal(name, str_from(FIELD_NAMES[i])))
            return true;
    return false;
}

bool field_selector_parse(struct str text, struct selector *ret_selector, struct error *error)
{
    struct selector *selector = ret_selector;
    if (!selector_parse(text, selector, error))
        return false;
    for (size_t i = 0; i < selector->count; i++) {
        const struct requirement *requirement = &selector->requirements[i];
        if (requirement->value_count == 1 && is_known_field(requirement->key))
            continue;
        error_set(error, "field label not supported: %.*s", STR_ARG(requirement->key));
        return false;
    }
    return true;
}

static const char *value_of(const struct label *labels, size_t count, struct str key)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(str_from(labels[i].key), key))
            return labels[i].value;
    return NULL;
}

static bool has_value(const struct requirement *requirement, const char *value)
{
    for (size_t i = 0; i < requirement->value_count; i++)
        if (str_equal(requirement->values[i], str_from(value)))
            return true;
    return false;
}

static bool requirement_holds(const struct requirement *requirement, const char *value)
{
    switch (requirement->operation) {
    case OPERATION_IN:
        return value != NULL && has_value(requirement, value);
    case OPERATION_NOT_IN:
        return value == NULL || !has_value(requirement, value);
    case OPERATION_EXISTS:
        return value != NULL;
    case OPERATION_NOT_EXISTS:
        return value == NULL;
    }
    return false;
}

bool selector_matches(const struct selector *selector, const struct label *labels, size_t count)
{
    for (size_t i = 0; i < selector->count; i++) {
        const struct requirement *requirement = &selector->requirements[i];
        if (!requirement_holds(requirement, value_of(labels, count, requirement->key)))
            return false;
    }
    return true;
}
