#include "exposition/meta.h"
#include "exposition/names.h"
#include "exposition/reader_state.h"

/* A help that was read in the one form may be written in the other. */
static void file_help(struct reader *reader, struct family *family, struct str text)
{
    const struct line_form *form = &reader->merge->form;
    if (help_text_needs_change(text, form->is_openmetrics)) {
        struct buffer *escaped = &reader->merge->scratch.line;
        buffer_clear(escaped);
        help_text_append(escaped, text, reader->strict, form->is_openmetrics);
        text = buffer_view(escaped);
    }
    uint32_t help = family_table_help(&reader->merge->families, family, text);
    if (help != 0)
        source_state_help(reader->source, family, help);
}

/* In OpenMetrics this text format's counter may become that of the name without _total: which is
 * made now, so that while the merge is settled all families are known. */
static void know_counter(struct reader *reader, struct family *family)
{
    if (reader->merge->kind != PAGE_OPENMETRICS || family->base_is_known)
        return;
    struct str name = family->name;
    if (name_suffix_of(name) != SUFFIX_TOTAL)
        return;
    size_t length = name.length - name_suffix_length(SUFFIX_TOTAL);
    family->base = family_table_get(&reader->merge->families, str_slice(name, 0, length));
    family->suffix = SUFFIX_TOTAL;
    family->base_is_known = true;
}

static bool file_type(struct reader *reader, struct family *family, enum metric_type type)
{
    size_t limit = reader->merge->limits.families;
    if (limit > 0 && reader->types == limit)
        return false;
    reader->types++;
    if (type == TYPE_COUNTER)
        know_counter(reader, family);
    source_state_type(reader->source, family, type);
    reader->typed = family;
    reader->type = type;
    return true;
}

/* What is no ending of its name is no unit. */
static void file_unit(struct reader *reader, struct family *family, struct str unit)
{
    if (reader->merge->kind != PAGE_OPENMETRICS || !unit_fits(family->name, unit))
        return;
    uint32_t id = family_table_help(&reader->merge->families, family, unit);
    if (id != 0)
        source_state_unit(reader->source, family, id);
}

/* A counter of OpenMetrics is escaped as its samples are, with their ending. */
static void append_name(const struct reader *reader, const struct meta *meta, struct buffer *out)
{
    static const struct str total = {.data = "_total", .length = 6};
    enum escaping_scheme escaping = reader->merge->form.escaping;
    bool is_counter = reader->strict && meta->kind == META_TYPE && meta->type == TYPE_COUNTER;
    if (!is_counter || name_is_legal(meta->name, false)) {
        name_append(out, meta->name, false, escaping);
        return;
    }
    struct buffer *name = &reader->merge->scratch.line;
    buffer_clear(name);
    buffer_append(name, meta->name);
    buffer_append(name, total);
    name_append(out, buffer_view(name), false, escaping);
    out->length -= total.length;
}

static struct family *family_of_meta(struct reader *reader, const struct meta *meta)
{
    struct buffer *name = &reader->merge->scratch.names;
    if (!meta->name_is_quoted)
        return reader_find_family(reader, meta->name);
    buffer_clear(name);
    append_name(reader, meta, name);
    return reader_find_family(reader, buffer_view(name));
}

static bool file_meta(struct reader *reader, const struct meta *meta, struct line_fault *ret_fault)
{
    if (meta->kind == META_COMMENT || meta->kind == META_EOF)
        return true;
    struct family *family = family_of_meta(reader, meta);
    if (meta->kind == META_TYPE && !file_type(reader, family, meta->type)) {
        ret_fault->reason = "this is one family too many";
        reader->is_over = true;
        return false;
    }
    if (meta->kind == META_HELP && meta->text.length > 0)
        file_help(reader, family, meta->text);
    if (meta->kind == META_UNIT)
        file_unit(reader, family, meta->text);
    return true;
}

bool reader_read_meta(struct reader *reader, struct str line, struct line_fault *ret_fault)
{
    struct meta meta;
    if (!meta_parse(&meta, line, reader->strict, ret_fault))
        return false;
    reader->has_eof = meta.kind == META_EOF;
    reader->name_length = 0;
    return file_meta(reader, &meta, ret_fault);
}

/* The family of the name at the start of a text, if it is the one that was used last or the one
 * that followed in another source. */
static struct family *likely_family(const struct reader *reader, struct str text)
{
    struct family *likely[] = {reader->family, reader->family ? reader->family->follower : NULL};
    for (size_t i = 0; i < 2; i++)
        if (likely[i] && text.length > likely[i]->name.length && !likely[i]->is_quoted &&
            text.data[likely[i]->name.length] == ' ' && str_starts(text, likely[i]->name))
            return likely[i];
    return NULL;
}

/* A help that is known needs no check: it is one that was checked, and that is written as it is
 * read, unless text is read for an OpenMetrics page. */
static bool file_plain_meta(struct reader *reader, bool is_help, struct family *family,
                            struct str text)
{
    enum metric_type type = TYPE_NONE;
    if (!is_help)
        return metric_type_parse(text, true, &type) && file_type(reader, family, type);
    bool is_known = family->helps && str_equal(family->helps->text, text);
    bool changes = reader->merge->form.is_openmetrics && !reader->strict;
    if (!is_known || str_ends(text, STR("\r")) || (changes && help_text_needs_change(text, true)))
        return false;
    source_state_help(reader->source, family, family->helps->id);
    return true;
}

bool reader_read_plain_meta(struct reader *reader, struct str *lines)
{
    bool is_help = str_starts(*lines, STR("# HELP "));
    if (reader->has_eof || (!is_help && !str_starts(*lines, STR("# TYPE "))))
        return false;
    struct str rest = str_skip(*lines, 7);
    struct family *family = likely_family(reader, rest);
    if (family == NULL)
        return false;
    rest = str_skip(rest, family->name.length + 1);
    struct str text = str_slice(rest, 0, str_find(rest, '\n'));
    size_t line_length = (size_t)(text.data + text.length - lines->data) + 1;
    if (line_length - 1 > reader->merge->limits.line_bytes ||
        !file_plain_meta(reader, is_help, family, text))
        return false;
    reader->family = family;
    reader->name_length = 0;
    reader->line_number++;
    *lines = str_skip(*lines, line_length);
    return true;
}
