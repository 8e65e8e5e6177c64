#ifndef KUBE_YAML_TREE_H
#define KUBE_YAML_TREE_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * The first document of a YAML (or JSON) text, as a tree to ask. Aliases lead to the node they
 * name and are never copied, so that a small text cannot become a large tree; a tree may even hold
 * itself, so whoever walks down bounds his depth. Text is wiped when the tree is freed.
 */
struct yaml_tree;

struct yaml_tree *yaml_tree_new(struct str text, struct error *error); /* NULL: no valid YAML */
void yaml_tree_free(struct yaml_tree *tree);                           /* NULL is fine */

enum yaml_kind { YAML_KIND_NONE, YAML_KIND_TEXT, YAML_KIND_LIST, YAML_KIND_MAP };

/* A node, as a value to pass on. A zeroed one is no node at all, which may be asked like any. */
struct yaml_value {
    const struct yaml_tree *tree; /* borrowed */
    int node;                     /* 0: none */
};

struct yaml_value yaml_root(const struct yaml_tree *tree); /* none for an empty document */
enum yaml_kind yaml_kind(struct yaml_value value);         /* a null is none, too */

/* A member of a map, also by way of a merge key ("<<"); of equal keys the last. None where there
 * is no such member, or the value is no map. */
struct yaml_value yaml_member(struct yaml_value map, const char *key);

/* The index-th key and value of a map as written; false behind the last. */
bool yaml_pair(struct yaml_value map, size_t index, struct yaml_value *ret_key,
               struct yaml_value *ret_value);

size_t yaml_length(struct yaml_value list); /* 0 where it is no list */
struct yaml_value yaml_element(struct yaml_value list, size_t index);

struct str yaml_text(struct yaml_value value); /* as written; empty where it is no text */

bool yaml_is_plain(struct yaml_value value); /* text without quotes: perhaps a number */

/* A plain true or false, in any of the spellings of YAML 1.1; false where it is neither. */
bool yaml_to_bool(struct yaml_value value, bool *ret_bool);

/* Appends the value as JSON. False where it is too deep, does not fit, or a key is no text. Numbers
 * that JSON does not know are text. */
bool yaml_append_json(struct yaml_value value, struct buffer *out);

#endif
