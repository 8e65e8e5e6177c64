#include "kube/impersonation.h"

#include "base/memory.h"
#include "kube/kubeconfig_files.h"
#include "kube/secret.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_LIMIT = 256, LINE_LIMIT = 4096 };

struct lines {
    char **lines; /* owned, ended by NULL */
    size_t count;
};

static bool is_header_value(struct str text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    return text.length > 0;
}

static bool add_line(struct lines *lines, struct str header, struct yaml_value value,
                     struct error *error)
{
    struct buffer line = {.limit = LINE_LIMIT};
    struct str text = yaml_text(value);
    buffer_append(&line, header);
    buffer_append(&line, STR(": "));
    buffer_append(&line, text);
    bool ok = is_header_value(text) && buffer_ok(&line) && lines->count < LINES_LIMIT;
    if (ok)
        lines->lines[lines->count++] = str_copy(buffer_view(&line));
    else
        error_set(error, "%.*s cannot be a header: it is no text, or too long, or one too many",
                  STR_ARG(header));
    buffer_done(&line);
    return ok;
}

static bool add_field(struct lines *lines, const struct kubeconfig_entry *user, const char *field,
                      const char *header, struct error *error)
{
    struct yaml_value value = yaml_member(user->value, field);
    if (yaml_kind(value) == YAML_KIND_NONE ||
        (yaml_kind(value) == YAML_KIND_TEXT && yaml_text(value).length == 0))
        return true;
    return add_line(lines, str_from(header), value, error);
}

static bool add_list(struct lines *lines, struct yaml_value list, struct str header,
                     struct error *error)
{
    size_t length = yaml_length(list);
    if (yaml_kind(list) != YAML_KIND_LIST && yaml_kind(list) != YAML_KIND_NONE) {
        error_set(error, "%.*s: a list is expected", STR_ARG(header));
        return false;
    }
    for (size_t i = 0; i < length; i++)
        if (!add_line(lines, header, yaml_element(list, i), error))
            return false;
    return true;
}

/* A header name holds token bytes only; "%" itself is escaped as well. */
static void append_escaped(struct buffer *out, struct str key)
{
    for (size_t i = 0; i < key.length; i++) {
        char byte = key.data[i];
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= '0' && byte <= '9') ||
                     (byte != '\0' && strchr("!#$&'*+-.^_`|~", byte) != NULL);
        if (plain)
            buffer_append_byte(out, byte);
        else
            buffer_append_format(out, "%%%02X", (unsigned)(unsigned char)byte);
    }
}

static bool add_extra(struct lines *lines, struct yaml_value map, struct error *error)
{
    struct yaml_value key;
    struct yaml_value list;
    if (yaml_kind(map) != YAML_KIND_MAP && yaml_kind(map) != YAML_KIND_NONE) {
        error_set(error, "as-user-extra is no map");
        return false;
    }
    for (size_t i = 0; yaml_pair(map, i, &key, &list); i++) {
        struct buffer header = {.limit = LINE_LIMIT};
        buffer_append(&header, STR("Impersonate-Extra-"));
        append_escaped(&header, yaml_text(key));
        bool ok = add_list(lines, list, buffer_view(&header), error);
        buffer_done(&header);
        if (!ok)
            return false;
    }
    return true;
}

static bool add_all(struct lines *lines, const struct kubeconfig_entry *user, struct error *error)
{
    if (!add_field(lines, user, "as", "Impersonate-User", error))
        return false;
    bool has_user = lines->count > 0;
    if (!add_field(lines, user, "as-uid", "Impersonate-Uid", error) ||
        !add_list(lines, yaml_member(user->value, "as-groups"), STR("Impersonate-Group"), error) ||
        !add_extra(lines, yaml_member(user->value, "as-user-extra"), error))
        return false;
    if (lines->count > 0 && !has_user)
        error_set(error, "as-uid, as-groups and as-user-extra need as: whom to impersonate");
    return lines->count == 0 || has_user;
}

bool impersonation_load(const struct kubeconfig_entry *user, char ***ret_lines, struct error *error)
{
    struct lines lines = {.lines = memory_new(LINES_LIMIT + 1, sizeof *lines.lines)};
    bool ok = add_all(&lines, user, error);
    bool keep = ok && lines.count > 0;
    if (keep)
        *ret_lines = lines.lines;
    else
        secret_list_free(lines.lines);
    return ok;
}
