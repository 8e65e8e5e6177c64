/*
 * A thin shell around libyaml's document, which is an array of nodes that name each other by
 * number. libyaml bounds the depth of what it reads; the text's length, which the caller bounds,
 * bounds the number of nodes. Only two walks go down: merge keys and the way to JSON; both count
 * their depth, and the latter is bounded by the size of its output, whatever aliases repeat.
 */
#include "kube/yaml_tree.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MERGE_DEPTH = 2, JSON_DEPTH = 32 };

struct yaml_tree {
    yaml_document_t document;
};

static void wipe(unsigned char *start, const unsigned char *end)
{
    if (start && end > start)
        explicit_bzero(start, (size_t)(end - start));
}

/* libyaml holds parts of the text in buffers of its own. */
static void delete_parser(yaml_parser_t *parser)
{
    wipe(parser->raw_buffer.start, parser->raw_buffer.end);
    wipe(parser->buffer.start, parser->buffer.end);
    yaml_parser_delete(parser);
}

static void set_error(const yaml_parser_t *parser, struct error *error)
{
    const char *problem = parser->problem ? parser->problem : "cannot be read";
    size_t line = parser->error == YAML_READER_ERROR ? 0 : parser->problem_mark.line + 1;
    if (line > 0)
        error_set(error, "invalid YAML at line %zu: %s", line, problem);
    else
        error_set(error, "invalid YAML: %s", problem);
}

struct yaml_tree *yaml_tree_new(struct str text, struct error *error)
{
    yaml_parser_t parser;
    struct yaml_tree *tree = memory_new(1, sizeof *tree);
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.data ? text.data : ""),
                                 text.length);
    bool ok = yaml_parser_load(&parser, &tree->document) != 0;
    if (!ok) {
        set_error(&parser, error);
        free(tree);
    }
    delete_parser(&parser);
    return ok ? tree : NULL;
}

void yaml_tree_free(struct yaml_tree *tree)
{
    if (tree == NULL)
        return;
    for (yaml_node_t *node = tree->document.nodes.start; node < tree->document.nodes.top; node++)
        if (node->type == YAML_SCALAR_NODE)
            explicit_bzero(node->data.scalar.value, node->data.scalar.length);
    yaml_document_delete(&tree->document);
    free(tree);
}

static struct yaml_value value_of(const struct yaml_tree *tree, int node)
{
    return (struct yaml_value){.tree = tree, .node = node};
}

/* libyaml asks for a document that it may change, but does not change it here. */
static const yaml_node_t *node_of(struct yaml_value value)
{
    if (value.node == 0)
        return NULL;
    const yaml_node_t *first = value.tree->document.nodes.start;
    assert(first + value.node - 1 < value.tree->document.nodes.top);
    return first + value.node - 1;
}

struct yaml_value yaml_root(const struct yaml_tree *tree)
{
    bool empty = tree->document.nodes.top == tree->document.nodes.start;
    return value_of(tree, empty ? 0 : 1);
}

static struct str scalar_text(const yaml_node_t *node)
{
    return (struct str){.data = (const char *)node->data.scalar.value,
                        .length = node->data.scalar.length};
}

static bool is_plain(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE &&
           node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool is_one_of(struct str text, const char *const *words)
{
    for (; *words; words++)
        if (str_equal(text, str_from(*words)))
            return true;
    return false;
}

static bool is_null(const yaml_node_t *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return is_plain(node) && is_one_of(scalar_text(node), words);
}

enum yaml_kind yaml_kind(struct yaml_value value)
{
    const yaml_node_t *node = node_of(value);
    if (node == NULL || is_null(node))
        return YAML_KIND_NONE;
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return YAML_KIND_TEXT;
    case YAML_SEQUENCE_NODE:
        return YAML_KIND_LIST;
    case YAML_MAPPING_NODE:
        return YAML_KIND_MAP;
    case YAML_NO_NODE:
        break;
    }
    return YAML_KIND_NONE;
}

static struct yaml_value own_member(struct yaml_value map, struct str key)
{
    const yaml_node_t *node = node_of(map);
    if (node == NULL || node->type != YAML_MAPPING_NODE)
        return (struct yaml_value){0};
    const yaml_node_pair_t *pair = node->data.mapping.pairs.top;
    while (pair > node->data.mapping.pairs.start) {
        pair--;
        const yaml_node_t *name = node_of(value_of(map.tree, pair->key));
        if (name->type == YAML_SCALAR_NODE && str_equal(scalar_text(name), key))
            return value_of(map.tree, pair->value);
    }
    return (struct yaml_value){0};
}

static struct yaml_value member(struct yaml_value map, struct str key, int depth);

/* A list of maps to merge: the first that has the key wins. */
static struct yaml_value merged_member(struct yaml_value map, struct str key, int depth)
{
    struct yaml_value merged = own_member(map, STR("<<"));
    if (merged.node == 0 || depth >= MERGE_DEPTH)
        return (struct yaml_value){0};
    if (yaml_kind(merged) == YAML_KIND_MAP)
        return member(merged, key, depth + 1);
    size_t count = yaml_length(merged);
    for (size_t i = 0; i < count && i < 16; i++) {
        struct yaml_value found = member(yaml_element(merged, i), key, depth + 1);
        if (found.node != 0)
            return found;
    }
    return (struct yaml_value){0};
}

static struct yaml_value member(struct yaml_value map, struct str key, int depth)
{
    struct yaml_value own = own_member(map, key);
    return own.node != 0 ? own : merged_member(map, key, depth);
}

struct yaml_value yaml_member(struct yaml_value map, const char *key)
{
    return member(map, str_from(key), 0);
}

bool yaml_pair(struct yaml_value map, size_t index, struct str *ret_key,
               struct yaml_value *ret_value)
{
    const yaml_node_t *node = node_of(map);
    if (node == NULL || node->type != YAML_MAPPING_NODE)
        return false;
    const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
    if (index >= (size_t)(node->data.mapping.pairs.top - pairs))
        return false;
    *ret_key = yaml_text(value_of(map.tree, pairs[index].key));
    *ret_value = value_of(map.tree, pairs[index].value);
    return true;
}

size_t yaml_length(struct yaml_value list)
{
    const yaml_node_t *node = node_of(list);
    if (node == NULL || node->type != YAML_SEQUENCE_NODE)
        return 0;
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

struct yaml_value yaml_element(struct yaml_value list, size_t index)
{
    if (index >= yaml_length(list))
        return (struct yaml_value){0};
    return value_of(list.tree, node_of(list)->data.sequence.items.start[index]);
}

struct str yaml_text(struct yaml_value value)
{
    return yaml_kind(value) == YAML_KIND_TEXT ? scalar_text(node_of(value)) : (struct str){0};
}

bool yaml_to_bool(struct yaml_value value, bool *ret_bool)
{
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                      "on",   "On",   "ON",   "y",   "Y",   NULL};
    static const char *const no[] = {"false", "False", "FALSE", "no", "No", "NO",
                                     "off",   "Off",   "OFF",   "n",  "N",  NULL};
    const yaml_node_t *node = node_of(value);
    if (!is_plain(node))
        return false;
    bool is_yes = is_one_of(scalar_text(node), yes);
    if (!is_yes && !is_one_of(scalar_text(node), no))
        return false;
    *ret_bool = is_yes;
    return true;
}

/* To JSON */

static void append_quoted(struct buffer *out, struct str text)
{
    buffer_append_byte(out, '"');
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        if (byte == '"' || byte == '\\')
            buffer_append_byte(out, '\\');
        if ((unsigned char)byte < 0x20)
            buffer_append_format(out, "\\u%04x", (unsigned)(unsigned char)byte);
        else
            buffer_append_byte(out, byte);
    }
    buffer_append_byte(out, '"');
}

/* Takes digits off the text; gives back how many. */
static size_t take_digits(struct str *text)
{
    size_t count = 0;
    while (count < text->length && text->data[count] >= '0' && text->data[count] <= '9')
        count++;
    *text = str_skip(*text, count);
    return count;
}

static bool take_either(struct str *text, char a, char b)
{
    if (text->length == 0 || (text->data[0] != a && text->data[0] != b))
        return false;
    *text = str_skip(*text, 1);
    return true;
}

/* The numbers that JSON and YAML write alike; others stay text. */
static bool is_number(struct str text)
{
    take_either(&text, '-', '-');
    bool starts_with_zero = str_starts(text, STR("0"));
    size_t digits = take_digits(&text);
    if (digits == 0 || (digits > 1 && starts_with_zero))
        return false;
    if (take_either(&text, '.', '.') && take_digits(&text) == 0)
        return false;
    if (!take_either(&text, 'e', 'E'))
        return text.length == 0;
    take_either(&text, '+', '-');
    return take_digits(&text) > 0 && text.length == 0;
}

static void append_scalar(struct yaml_value value, struct buffer *out)
{
    const yaml_node_t *node = node_of(value);
    bool truth;
    if (node == NULL || is_null(node))
        buffer_append(out, STR("null"));
    else if (yaml_to_bool(value, &truth))
        buffer_append(out, truth ? STR("true") : STR("false"));
    else if (is_plain(node) && is_number(scalar_text(node)))
        buffer_append(out, scalar_text(node));
    else
        append_quoted(out, scalar_text(node));
}

static bool append_json(struct yaml_value value, struct buffer *out, int depth);

static bool append_list(struct yaml_value list, struct buffer *out, int depth)
{
    size_t length = yaml_length(list);
    buffer_append_byte(out, '[');
    for (size_t i = 0; i < length; i++) {
        if (i > 0)
            buffer_append_byte(out, ',');
        if (!append_json(yaml_element(list, i), out, depth + 1))
            return false;
    }
    buffer_append_byte(out, ']');
    return true;
}

static bool append_map(struct yaml_value map, struct buffer *out, int depth)
{
    const yaml_node_t *node = node_of(map);
    const yaml_node_pair_t *first = node->data.mapping.pairs.start;
    buffer_append_byte(out, '{');
    for (const yaml_node_pair_t *pair = first; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_of(value_of(map.tree, pair->key));
        if (key->type != YAML_SCALAR_NODE)
            return false;
        if (pair > first)
            buffer_append_byte(out, ',');
        append_quoted(out, scalar_text(key));
        buffer_append_byte(out, ':');
        if (!append_json(value_of(map.tree, pair->value), out, depth + 1))
            return false;
    }
    buffer_append_byte(out, '}');
    return true;
}

static bool append_json(struct yaml_value value, struct buffer *out, int depth)
{
    if (depth > JSON_DEPTH || !buffer_ok(out)) /* an overflow ends the walk, however aliases fan */
        return false;
    if (yaml_kind(value) == YAML_KIND_LIST)
        return append_list(value, out, depth);
    if (yaml_kind(value) == YAML_KIND_MAP)
        return append_map(value, out, depth);
    append_scalar(value, out);
    return true;
}

bool yaml_append_json(struct yaml_value value, struct buffer *out)
{
    return append_json(value, out, 0) && buffer_ok(out);
}
