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
        source_state(reader->source, family, TYPE_NONE, help);
}

/* That one is made now, so that while the merge is settled all families are known. */
void reader_know_counter(struct reader *reader, struct family *family)
{
    if (family->base_is_known)
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
    if (!reader_take_type(reader, family, type))
        return false;
    source_state(reader->source, family, type, 0);
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
static void append_name(const struct reader *reader, const struct meta *meta, bool is_counter,
                        struct buffer *out)
{
    static const struct str total = {.data = "_total", .length = 6};
    enum escaping_scheme escaping = reader->merge->form.escaping;
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

static struct family *family_of_meta(struct reader *reader, const struct meta *meta,
                                     bool is_counter)
{
    struct buffer *name = &reader->merge->scratch.names;
    if (!meta->name_is_quoted)
        return reader_find_family(reader, meta->name);
    buffer_clear(name);
    append_name(reader, meta, is_counter, name);
    return reader_find_family(reader, buffer_view(name));
}

/* The type, which may be still to come, says how a name in quotes is escaped: its help is filed
 * under either name. */
static void file_help_of(struct reader *reader, const struct meta *meta, struct family *family)
{
    file_help(reader, family, meta->text);
    if (!reader->strict || !meta->name_is_quoted)
        return;
    struct family *counter = family_of_meta(reader, meta, true);
    if (counter != family)
        file_help(reader, counter, meta->text);
}

static bool file_meta(struct reader *reader, const struct meta *meta, struct line_fault *ret_fault)
{
    if (meta->kind == META_COMMENT || meta->kind == META_EOF)
        return true;
    bool is_counter = reader->strict && meta->kind == META_TYPE && meta->type == TYPE_COUNTER;
    struct family *family = family_of_meta(reader, meta, is_counter);
    if (meta->kind == META_TYPE && !file_type(reader, family, meta->type)) {
        ret_fault->reason = "this is one family too many";
        reader->is_over = true;
        return false;
    }
    if (meta->kind == META_HELP && meta->text.length > 0)
        file_help_of(reader, meta, family);
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
    if (reader_wire_writes(reader)) {
        reader_wire_state(reader, &meta);
        return true;
    }
    return file_meta(reader, &meta, ret_fault);
}
