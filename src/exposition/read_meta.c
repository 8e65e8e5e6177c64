#include "exposition/byte_span.h"
#include "exposition/meta.h"
#include "exposition/names.h"
#include "exposition/reader_state.h"

#define STATEMENT_BYTES_MOST 4096 /* longer ones are not remembered */

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

static bool take_type(struct reader *reader, struct family *family, enum metric_type type)
{
    size_t limit = reader->merge->limits.families;
    if (limit > 0 && reader->types == limit)
        return false;
    reader->types++;
    if (type == TYPE_COUNTER)
        know_counter(reader, family);
    reader->typed = family;
    reader->type = type;
    return true;
}

static bool file_type(struct reader *reader, struct family *family, enum metric_type type)
{
    if (!take_type(reader, family, type))
        return false;
    source_state_type(reader->source, family, type);
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
    if (reader_wire_writes(reader)) {
        reader_wire_state(reader, &meta);
        return true;
    }
    return file_meta(reader, &meta, ret_fault);
}

/* A statement of a legal name in the form that nearly all have: # HELP name text. */
struct plain_statement {
    struct str name;
    struct str text;
    size_t length; /* of the line, with its LF */
};

static bool find_plain_statement(struct str lines, struct str start, struct plain_statement *found)
{
    const char *lines_end = lines.data + lines.length;
    if (!str_starts(lines, start))
        return false;
    struct str rest = str_skip(lines, start.length);
    if (!(byte_classes[(unsigned char)*rest.data] & (BYTE_NAME_FIRST | BYTE_COLON)))
        return false;
    const char *end = span_skip(rest.data, lines_end, BYTE_NAME | BYTE_COLON);
    found->name = (struct str){.data = rest.data, .length = (size_t)(end - rest.data)};
    if (*end != ' ')
        return false;
    rest = str_skip(rest, found->name.length + 1);
    found->text = str_slice(rest, 0, str_find(rest, '\n'));
    found->length = (size_t)(rest.data - lines.data) + found->text.length + 1;
    return true;
}

/* Nothing in it has to be escaped, unescaped, checked or left out. */
static bool is_plain_help(struct str text)
{
    const char *end = text.data + text.length;
    return text.length > 0 && text.data[0] > ' ' && end[-1] != '\r' &&
           span_skip(text.data, end + 1, BYTE_QUOTED) == end;
}

/* One that was checked, and that is written as it is read. */
static bool is_known_help(const struct reader *reader, const struct family *family, struct str text)
{
    bool changes = reader->merge->form.is_openmetrics && !reader->strict;
    return family->helps && str_equal(family->helps->text, text) && !str_ends(text, STR("\r")) &&
           !(changes && help_text_needs_change(text, true));
}

/* What a source says of one family: its HELP, its TYPE or both. */
static bool file_plain_help(struct reader *reader, const struct plain_statement *statement,
                            struct known_line *said)
{
    if (is_plain_help(statement->text)) {
        said->family = reader_find_family(reader, statement->name);
        said->help = family_table_help(&reader->merge->families, said->family, statement->text);
    } else {
        said->family = family_table_find(&reader->merge->families, statement->name);
        if (said->family == NULL || !is_known_help(reader, said->family, statement->text))
            return false;
        said->help = said->family->helps->id;
    }
    return true;
}

static bool state(struct reader *reader, const struct known_line *said)
{
    struct family *family = said->family;
    enum metric_type type = (enum metric_type)said->type;
    if (type != TYPE_NONE && !take_type(reader, family, type))
        return false;
    source_state(reader->source, family, type, said->help);
    reader->family = family;
    reader->name_length = 0;
    reader->line_number += said->statements;
    return true;
}

/* It said so in this merge already, or else what was said then is found anew. */
static void bind(struct reader *reader, struct known_line *line)
{
    struct family_table *families = &reader->merge->families;
    struct plain_statement help;
    if (line->merge == reader->merge->number)
        return;
    struct str text = {.data = line->bytes, .length = line->length};
    struct str name = {.data = line->bytes + STR("# TYPE ").length, .length = line->name_length};
    line->family = reader_find_family(reader, name);
    line->help = 0;
    if (find_plain_statement(text, STR("# HELP "), &help))
        line->help = family_table_help(families, line->family, help.text);
    line->merge = reader->merge->number;
    reader->lines->used++;
}

bool reader_state_again(struct reader *reader, struct known_line *line)
{
    bind(reader, line);
    return line->length <= reader->merge->limits.line_bytes && state(reader, line);
}

static void remember(struct reader *reader, struct str text, const struct known_line *said)
{
    if (reader->lines == NULL || text.length > STATEMENT_BYTES_MOST)
        return;
    struct known_line *line =
        known_lines_get(reader->lines, text, 0, merge_cache_room_for_lines(reader->merge->cache));
    if (line == NULL)
        return;
    reader->lines->used += line->merge != reader->merge->number;
    line->merge = reader->merge->number;
    line->family = said->family;
    line->help = said->help;
    line->name_length = (uint32_t)said->family->name.length;
    line->type = said->type;
    line->statements = said->statements;
    reader->known->follower = line;
    reader->known = line;
}

bool reader_read_plain_meta(struct reader *reader, struct str *lines)
{
    struct known_line said = {.type = TYPE_NONE};
    struct plain_statement help;
    struct plain_statement type;
    enum metric_type stated = TYPE_NONE;
    struct str rest = *lines;
    if (reader->has_eof)
        return false;
    if (find_plain_statement(rest, STR("# HELP "), &help) &&
        file_plain_help(reader, &help, &said)) {
        said.statements++;
        rest = str_skip(rest, help.length);
    }
    if (find_plain_statement(rest, STR("# TYPE "), &type) &&
        (said.statements == 0 || str_equal(type.name, said.family->name)) &&
        metric_type_parse(type.text, reader->strict, &stated)) {
        said.family = reader_find_family(reader, type.name);
        said.type = (uint8_t)stated;
        said.statements++;
        rest = str_skip(rest, type.length);
    }
    size_t length = lines->length - rest.length;
    if (said.statements == 0 || length > reader->merge->limits.line_bytes || !state(reader, &said))
        return false;
    remember(reader, str_slice(*lines, 0, length), &said);
    *lines = rest;
    return true;
}
