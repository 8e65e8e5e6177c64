/*
 * Label selectors, by the rules and with the messages of Kubernetes' labels.Parse, so that what is
 * accepted here is accepted by every API server, and a person finds the message in Kubernetes'
 * own documentation.
 *
 *      selector     nothing | requirement *( "," requirement )        every requirement must hold
 *      requirement  [ "!" ] key
 *                   key ( "=" | "==" | "!=" | ">" | "<" ) [ value ]
 *                   key ( "in" | "notin" ) "(" [ value ] *( "," [ value ] ) ")"
 *
 * A word ends at a blank or at one of = ! ( ) , > <. "in" and "notin" are operators only where one
 * is expected. There is no quoting. A NUL byte, at which labels.Parse would silently stop reading,
 * is refused: a selector is never widened.
 */
#include "kube/selector.h"

#include "base/memory.h"
#include "kube/label.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 16384 }; /* and so of the number of requirements and values */

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_IN,
    TOKEN_NOT_IN,
    TOKEN_EQUALS,
    TOKEN_DOUBLE_EQUALS,
    TOKEN_NOT_EQUALS,
    TOKEN_GREATER,
    TOKEN_LESS,
    TOKEN_NOT,
    TOKEN_COMMA,
    TOKEN_OPEN,
    TOKEN_CLOSE
};

struct token {
    enum token_kind kind;
    struct str text;
};

enum operator_kind {
    OPERATOR_EXISTS,
    OPERATOR_NOT_EXISTS,
    OPERATOR_EQUALS,
    OPERATOR_DOUBLE_EQUALS,
    OPERATOR_NOT_EQUALS,
    OPERATOR_GREATER,
    OPERATOR_LESS,
    OPERATOR_IN,
    OPERATOR_NOT_IN
};

struct requirement {
    struct str key;
    enum operator_kind operator_kind;
    struct str *values; /* owned; sorted, each once */
    size_t value_count;
    size_t place; /* in the text, so that equal keys keep their order */
};

struct parser {
    struct str rest;
    struct token token; /* the one that is looked at */
    struct requirement *requirements;
    size_t count;
    struct error *error;
};

/* Tokens */

static const char SYMBOLS[] = "=!(),><";

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_symbol(char byte)
{
    return byte != '\0' && strchr(SYMBOLS, byte) != NULL;
}

static enum token_kind symbol_kind(char byte)
{
    static const enum token_kind kinds[] = {TOKEN_EQUALS, TOKEN_NOT,     TOKEN_OPEN, TOKEN_CLOSE,
                                            TOKEN_COMMA,  TOKEN_GREATER, TOKEN_LESS};
    return kinds[strchr(SYMBOLS, byte) - SYMBOLS];
}

static struct token read_symbol(struct str text)
{
    if (str_starts(text, STR("==")))
        return (struct token){TOKEN_DOUBLE_EQUALS, str_slice(text, 0, 2)};
    if (str_starts(text, STR("!=")))
        return (struct token){TOKEN_NOT_EQUALS, str_slice(text, 0, 2)};
    return (struct token){symbol_kind(text.data[0]), str_slice(text, 0, 1)};
}

static struct token read_word(struct str text)
{
    size_t length = 0;
    while (length < text.length && !is_blank(text.data[length]) && !is_symbol(text.data[length]))
        length++;
    struct str word = str_slice(text, 0, length);
    if (str_equal(word, STR("in")))
        return (struct token){TOKEN_IN, word};
    if (str_equal(word, STR("notin")))
        return (struct token){TOKEN_NOT_IN, word};
    return (struct token){TOKEN_WORD, word};
}

static void next_token(struct parser *parser)
{
    struct str text = parser->rest;
    while (text.length > 0 && is_blank(text.data[0]))
        text = str_skip(text, 1);
    if (text.length == 0)
        parser->token = (struct token){.kind = TOKEN_END};
    else
        parser->token = is_symbol(text.data[0]) ? read_symbol(text) : read_word(text);
    parser->rest = str_skip(text, parser->token.text.length);
}

static bool at_word(const struct parser *parser)
{
    enum token_kind kind = parser->token.kind;
    return kind == TOKEN_WORD || kind == TOKEN_IN || kind == TOKEN_NOT_IN;
}

static bool expected(struct parser *parser, const char *what)
{
    error_set(parser->error, "found '%.*s'%s", STR_ARG(parser->token.text), what);
    return false;
}

static bool key_is_valid(struct parser *parser, struct str key)
{
    struct label_refusal refusal;
    label_refusal_init(&refusal);
    label_check_key(&refusal, key);
    return label_refusal_end(&refusal, parser->error);
}

static bool values_are_valid(struct parser *parser, const struct requirement *requirement)
{
    struct label_refusal refusal;
    label_refusal_init(&refusal);
    enum operator_kind kind = requirement->operator_kind;
    if (kind == OPERATOR_GREATER || kind == OPERATOR_LESS)
        label_check_integer(&refusal, requirement->values[0]);
    for (size_t i = 0; i < requirement->value_count; i++)
        label_check_value(&refusal, requirement->key, i, requirement->values[i]);
    return label_refusal_end(&refusal, parser->error);
}

/* Requirements */

static void add_value(struct requirement *requirement, struct str value)
{
    size_t count = requirement->value_count;
    if ((count & (count - 1)) == 0) /* room doubles at each power of two */
        requirement->values = memory_resize(requirement->values, count > 0 ? count * 2 : 1,
                                            sizeof *requirement->values);
    requirement->values[requirement->value_count++] = value;
}

static int compare_values(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void sort_values(struct requirement *requirement)
{
    struct str *values = requirement->values;
    if (requirement->value_count == 0)
        return;
    qsort(values, requirement->value_count, sizeof *values, compare_values);
    size_t kept = 1;
    for (size_t i = 1; i < requirement->value_count; i++)
        if (!str_equal(values[i], values[kept - 1]))
            values[kept++] = values[i];
    requirement->value_count = kept;
}

/* After "(" when a word or a comma follows: up to the ")", which stays. An empty place is "". */
static bool parse_value_list(struct parser *parser, struct requirement *requirement)
{
    for (;;) {
        struct str value = {0};
        if (at_word(parser)) {
            value = parser->token.text;
            next_token(parser);
            if (parser->token.kind != TOKEN_COMMA && parser->token.kind != TOKEN_CLOSE)
                return expected(parser, ", expected: ',' or ')'");
        } else if (parser->token.kind != TOKEN_COMMA && parser->token.kind != TOKEN_CLOSE) {
            return expected(parser, ", expected: ',', or identifier");
        }
        add_value(requirement, value);
        if (parser->token.kind == TOKEN_CLOSE)
            return true;
        next_token(parser);
    }
}

static bool parse_set(struct parser *parser, struct requirement *requirement)
{
    if (parser->token.kind != TOKEN_OPEN)
        return expected(parser, " expected: '('");
    next_token(parser);
    bool is_list = at_word(parser) || parser->token.kind == TOKEN_COMMA;
    if (!is_list && parser->token.kind != TOKEN_CLOSE)
        return expected(parser, ", expected: ',', ')' or identifier");
    if (!parse_value_list(parser, requirement))
        return false;
    next_token(parser);
    return true;
}

static bool parse_exact_value(struct parser *parser, struct requirement *requirement)
{
    if (parser->token.kind == TOKEN_END || parser->token.kind == TOKEN_COMMA) {
        add_value(requirement, (struct str){0});
        return true;
    }
    if (!at_word(parser))
        return expected(parser, ", expected: identifier");
    add_value(requirement, parser->token.text);
    next_token(parser);
    return true;
}

static bool parse_operator(struct parser *parser, enum operator_kind *ret_kind)
{
    static const struct {
        enum token_kind token;
        enum operator_kind kind;
    } operators[] = {
        {TOKEN_IN, OPERATOR_IN},
        {TOKEN_NOT_IN, OPERATOR_NOT_IN},
        {TOKEN_EQUALS, OPERATOR_EQUALS},
        {TOKEN_DOUBLE_EQUALS, OPERATOR_DOUBLE_EQUALS},
        {TOKEN_NOT_EQUALS, OPERATOR_NOT_EQUALS},
        {TOKEN_GREATER, OPERATOR_GREATER},
        {TOKEN_LESS, OPERATOR_LESS},
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (operators[i].token == parser->token.kind) {
            *ret_kind = operators[i].kind;
            next_token(parser);
            return true;
        }
    }
    return expected(parser, ", expected: in, notin, =, ==, !=, gt, lt");
}

static bool parse_restriction(struct parser *parser, struct requirement *requirement)
{
    if (!parse_operator(parser, &requirement->operator_kind))
        return false;
    bool is_set =
        requirement->operator_kind == OPERATOR_IN || requirement->operator_kind == OPERATOR_NOT_IN;
    bool parsed = is_set ? parse_set(parser, requirement) : parse_exact_value(parser, requirement);
    if (!parsed)
        return false;
    sort_values(requirement);
    return values_are_valid(parser, requirement);
}

static bool parse_requirement(struct parser *parser, struct requirement *requirement)
{
    bool negated = parser->token.kind == TOKEN_NOT;
    if (negated)
        next_token(parser);
    if (!at_word(parser))
        return expected(parser, ", expected: identifier");
    requirement->key = parser->token.text;
    if (!key_is_valid(parser, requirement->key))
        return false;
    next_token(parser);
    requirement->operator_kind = negated ? OPERATOR_NOT_EXISTS : OPERATOR_EXISTS;
    if (negated || parser->token.kind == TOKEN_END || parser->token.kind == TOKEN_COMMA)
        return true;
    return parse_restriction(parser, requirement);
}

static struct requirement *add_requirement(struct parser *parser)
{
    size_t count = parser->count;
    if ((count & (count - 1)) == 0)
        parser->requirements = memory_resize(parser->requirements, count > 0 ? count * 2 : 1,
                                             sizeof *parser->requirements);
    parser->requirements[count] = (struct requirement){.place = count};
    parser->count++;
    return &parser->requirements[count];
}

static bool parse_selector(struct parser *parser)
{
    if (parser->token.kind == TOKEN_END)
        return true;
    if (!at_word(parser) && parser->token.kind != TOKEN_NOT)
        return expected(parser, ", expected: !, identifier, or 'end of string'");
    for (;;) {
        if (!parse_requirement(parser, add_requirement(parser))) {
            error_prefix(parser->error, "unable to parse requirement: ");
            return false;
        }
        if (parser->token.kind == TOKEN_END)
            return true;
        if (parser->token.kind != TOKEN_COMMA)
            return expected(parser, ", expected: ',' or 'end of string'");
        next_token(parser);
        if (!at_word(parser) && parser->token.kind != TOKEN_NOT)
            return expected(parser, ", expected: identifier after ','");
    }
}

/* The canonical form */

static int compare_requirements(const void *a, const void *b)
{
    const struct requirement *first = a;
    const struct requirement *second = b;
    int order = str_compare(first->key, second->key);
    return order != 0 ? order : (first->place > second->place) - (first->place < second->place);
}

static void append_requirement(const struct requirement *requirement, struct buffer *out)
{
    static const char *const operators[] = {
        [OPERATOR_EXISTS] = "",         [OPERATOR_NOT_EXISTS] = "",
        [OPERATOR_EQUALS] = "=",        [OPERATOR_DOUBLE_EQUALS] = "==",
        [OPERATOR_NOT_EQUALS] = "!=",   [OPERATOR_GREATER] = ">",
        [OPERATOR_LESS] = "<",          [OPERATOR_IN] = " in (",
        [OPERATOR_NOT_IN] = " notin (",
    };
    enum operator_kind kind = requirement->operator_kind;
    if (kind == OPERATOR_NOT_EXISTS)
        buffer_append_byte(out, '!');
    buffer_append(out, requirement->key);
    buffer_append(out, str_from(operators[kind]));
    for (size_t i = 0; i < requirement->value_count; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        buffer_append(out, requirement->values[i]);
    }
    if (kind == OPERATOR_IN || kind == OPERATOR_NOT_IN)
        buffer_append_byte(out, ')');
}

static void append_canonical(struct parser *parser, struct buffer *out)
{
    if (parser->count > 0)
        qsort(parser->requirements, parser->count, sizeof *parser->requirements,
              compare_requirements);
    for (size_t i = 0; i < parser->count; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        append_requirement(&parser->requirements[i], out);
    }
}

static void parser_done(struct parser *parser)
{
    for (size_t i = 0; i < parser->count; i++)
        free(parser->requirements[i].values);
    free(parser->requirements);
}

bool selector_canonical(struct str text, struct buffer *out, struct error *error)
{
    if (text.length > TEXT_LIMIT) {
        error_set(error, "a label selector of %zu bytes is longer than the %d allowed", text.length,
                  (int)TEXT_LIMIT);
        return false;
    }
    if (str_find(text, '\0') != STR_NONE) {
        error_set(error, "a label selector may not hold a NUL byte");
        return false;
    }
    struct parser parser = {.rest = text, .error = error};
    size_t before = out->length;
    next_token(&parser);
    bool ok = parse_selector(&parser);
    if (ok)
        append_canonical(&parser, out);
    parser_done(&parser);
    if (!buffer_ok(out)) {
        out->length = before;
        error_set(error, "the label selector is too long");
        return false;
    }
    return ok;
}
