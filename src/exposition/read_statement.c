/*
 * What nearly all sources state of a family, a HELP and a TYPE of a legal name: read here, or what
 * was read before is said again. Everything else that begins with a # is for read_meta.c.
 */
#include "exposition/byte_span.h"
#include "exposition/meta.h"
#include "exposition/reader_state.h"

/* A HELP or a TYPE of a legal name in the form that nearly all have: # HELP name text, or without a
 * text. */
struct plain_statement {
    bool is_help;
    struct str name;
    struct str text;
    struct family *family;   /* of this name, where that comes as it did before; or NULL */
    const struct help *help; /* with this text, the same */
    size_t length;           /* of the line, with its LF */
};

/* Do some bytes begin with a text, and is this behind it? */
static bool begins_with(struct str bytes, struct str text, char end)
{
    return text.length <= SPAN_EXPECTED && bytes.length > text.length &&
           bytes.data[text.length] == end && span_equals(bytes.data, text.data, text.length);
}

static bool has_name(struct str bytes, const struct family *family)
{
    return family && !family->is_quoted && begins_with(bytes, family->name, ' ');
}

/* Behind # HELP or # TYPE: the family used last is stated once more, or its follower comes. */
static struct family *find_expected(const struct reader *reader, struct str bytes)
{
    struct family *last = reader->family;
    if (has_name(bytes, last))
        return last;
    return last && has_name(bytes, last->follower) ? last->follower : NULL;
}

static const char *skip_name(const struct plain_statement *found, struct str bytes)
{
    if (found->family)
        return bytes.data + found->family->name.length;
    if (!(byte_classes[(unsigned char)*bytes.data] & (BYTE_NAME_FIRST | BYTE_COLON)))
        return bytes.data;
    return span_skip(bytes.data, bytes.data + bytes.length, BYTE_NAME | BYTE_COLON);
}

/* From here to its LF; of a type that cannot be read, to something else. */
static const char *skip_text(struct plain_statement *found, struct str bytes)
{
    if (!found->is_help)
        return span_skip(bytes.data, bytes.data + bytes.length, BYTE_NAME);
    const struct help *help = found->family ? found->family->helps : NULL;
    if (help == NULL || !begins_with(bytes, help->text, '\n'))
        return bytes.data + str_find(bytes, '\n');
    found->help = help;
    return bytes.data + help->text.length;
}

static struct str between(const char *from, const char *to)
{
    return (struct str){.data = from, .length = (size_t)(to - from)};
}

static bool find_plain_statement(const struct reader *reader, struct str lines,
                                 struct plain_statement *found)
{
    const char *lines_end = lines.data + lines.length;
    found->is_help = str_starts(lines, STR("# HELP "));
    if (!found->is_help && !str_starts(lines, STR("# TYPE ")))
        return false;
    struct str rest = between(lines.data + STR("# HELP ").length, lines_end);
    found->help = NULL;
    found->family = find_expected(reader, rest);
    const char *end = skip_name(found, rest);
    found->name = between(rest.data, end);
    bool is_bare = *end == '\n' && found->is_help && !reader->strict;
    if (found->name.length == 0 || (*end != ' ' && !is_bare))
        return false;
    rest = between(is_bare ? end : end + 1, lines_end);
    end = skip_text(found, rest);
    found->text = between(rest.data, end);
    found->length = (size_t)(end + 1 - lines.data);
    return *end == '\n';
}

/* Nothing in it has to be escaped, unescaped, checked or left out; or there is nothing. */
static bool is_plain_help(struct str text)
{
    const char *end = text.data + text.length;
    return text.length == 0 || (text.data[0] > ' ' && end[-1] != '\r' &&
                                span_skip(text.data, end + 1, BYTE_QUOTED) == end);
}

/* Is what was checked before written as it is read? */
static inline bool stays(const struct reader *reader, struct str help)
{
    bool changes = reader->merge->form.is_openmetrics && !reader->strict;
    return !str_ends(help, STR("\r")) && !(changes && help_text_needs_change(help, true));
}

static bool is_known_help(const struct reader *reader, const struct plain_statement *statement)
{
    const struct family *family = family_table_find(&reader->merge->families, statement->name);
    return family && family->helps && str_equal(family->helps->text, statement->text) &&
           stays(reader, statement->text);
}

static bool is_plain_statement(const struct reader *reader, const struct plain_statement *statement,
                               enum metric_type *ret_type)
{
    if (!statement->is_help)
        return metric_type_parse(statement->text, reader->strict, ret_type);
    if (statement->help)
        return stays(reader, statement->text);
    return is_plain_help(statement->text) || is_known_help(reader, statement);
}

static inline bool state(struct reader *reader, struct family *family, enum metric_type type,
                         uint32_t help)
{
    if (type != TYPE_NONE && !reader_take_type(reader, family, type))
        return false;
    if (type != TYPE_NONE || help != 0)
        source_state(reader->source, family, type, help);
    reader->family = family;
    reader->line_number++;
    return true;
}

/* What is said of a family: its name stands behind # HELP or # TYPE, and then the text. */
static struct str text_of(const struct shape_line *line)
{
    struct str text = {.data = line->bytes, .length = line->length - 1U};
    return str_skip(text, STR("# HELP ").length + line->name_length + 1U);
}

static struct str name_of(const struct shape_line *line)
{
    return (struct str){.data = line->bytes + STR("# HELP ").length, .length = line->name_length};
}

/* Its samples are of that family as well where its type was stated; else they are asked for theirs.
 */
static void bind_statements(const struct reader *reader, struct shape_passage *passage,
                            struct family *family)
{
    const struct family *typed = passage->is_typed ? family : NULL;
    shape_passage_bind(passage, reader->merge->number, family, NULL, typed);
}

bool reader_bind_statements(const struct reader *reader, struct shape_passage *passage)
{
    const struct shape_line *line = shape_passage_first(passage);
    struct family *family = reader_find_follower(reader, name_of(line));
    if (family == NULL)
        return false;
    if (passage->has_help && line->kind != SHAPE_HELP)
        line = shape_line_end(shape_passage_first(passage));
    uint32_t help = passage->has_text ? family_find_help(family, text_of(line)) : 0;
    if (passage->has_text && help == 0)
        return false;
    bind_statements(reader, passage, family);
    passage->help = help;
    return true;
}

bool reader_state_again(struct reader *reader, struct shape_place place)
{
    struct shape_passage *passage = place.passage;
    if (place.line->length > reader->merge->limits.line_bytes)
        return false;
    if (passage->merge != reader->merge->number)
        bind_statements(reader, passage, reader_find_family(reader, name_of(place.line)));
    if (place.line->kind == SHAPE_TYPE)
        return state(reader, passage->family, (enum metric_type)passage->type, 0);
    if (passage->has_text && passage->help == 0)
        passage->help =
            family_table_help(&reader->merge->families, passage->family, text_of(place.line));
    return state(reader, passage->family, TYPE_NONE, passage->help);
}

/* The family that is stated, and its help: 0 where that is not what is stated. */
static struct family *family_of_statement(struct reader *reader,
                                          const struct plain_statement *statement,
                                          uint32_t *ret_help)
{
    struct family_table *families = &reader->merge->families;
    struct family *family =
        statement->family ? statement->family : reader_find_family(reader, statement->name);
    *ret_help = 0;
    if (statement->help)
        *ret_help = statement->help->id;
    else if (statement->is_help && statement->text.length > 0)
        *ret_help = family_table_help(families, family, statement->text);
    return family;
}

static void remember_statement(struct reader *reader, const struct plain_statement *statement,
                               struct str lines, uint32_t help)
{
    struct shape_passage passage = reader_passage(reader, NULL);
    passage.has_help = statement->is_help;
    passage.has_text = statement->is_help && statement->text.length > 0;
    passage.has_type = !statement->is_help;
    passage.help = help;
    struct shape_line *line =
        reader_shape_add(reader, &passage, str_slice(lines, 0, statement->length), 0);
    if (line == NULL)
        return;
    line->kind = statement->is_help ? SHAPE_HELP : SHAPE_TYPE;
    line->name_length = (uint16_t)statement->name.length;
}

/* Does the text stand here, and this byte behind it? SPAN_STEP bytes more can be read of both. Goes
 * behind them. */
static inline bool take(const char **at, struct str text, char end)
{
    const char *start = *at;
    *at += text.length + 1;
    return start[text.length] == end && span_equals_quickly(start, text.data, text.length);
}

static inline bool take_word(const char **at, struct str word)
{
    const char *start = *at;
    *at += word.length;
    return span_equals(start, word.data, word.length);
}

/* Both statements of the family that follows, as another source had them; NULL where there are
 * others, or so near to the end that this cannot be told at once. */
static const char *skip_expected(const struct family *family, struct str lines)
{
    const struct str name = family->name;
    const struct str help = family->helps->text;
    const struct str type = metric_type_word(PAGE_OPENMETRICS, family->read_type);
    const char *at = lines.data;
    if (lines.length < 2 * (STR("# HELP ").length + name.length) + help.length + 2 * SPAN_STEP)
        return NULL;
    bool is_expected = take_word(&at, STR("# HELP ")) && take(&at, name, ' ') &&
                       take(&at, help, '\n') && take_word(&at, STR("# TYPE ")) &&
                       take(&at, name, ' ') && take_word(&at, type) && *at == '\n';
    return is_expected ? at + 1 : NULL;
}

/* Nearly all sources of a kind state the same of the same families in the same order. Where lines
 * are to be kept, they are read one by one. */
static bool read_expected(struct reader *reader, struct str *lines)
{
    struct family *family = reader->family ? reader->family->follower : NULL;
    if (reader->expected.is_kept || family == NULL || family->helps == NULL ||
        family->read_type == TYPE_NONE || family->is_quoted)
        return false;
    const char *end = skip_expected(family, *lines);
    if (end == NULL || (size_t)(end - lines->data) > reader->merge->limits.line_bytes ||
        !stays(reader, family->helps->text) || source_last_run(reader->source, family) ||
        !reader_take_type(reader, family, family->read_type))
        return false;
    source_state(reader->source, family, family->read_type, family->helps->id);
    reader->family = family;
    reader->line_number += 2;
    *lines = str_skip(*lines, (size_t)(end - lines->data));
    return true;
}

/* By themselves, this and what is expected: each needs registers that the other one, and the loop
 * around both, need for what comes more often. */
__attribute__((noinline)) static bool read_one(struct reader *reader, struct str *lines)
{
    struct plain_statement statement;
    enum metric_type type = TYPE_NONE;
    uint32_t help = 0;
    if (!find_plain_statement(reader, *lines, &statement) ||
        statement.length - 1 > reader->merge->limits.line_bytes ||
        !is_plain_statement(reader, &statement, &type))
        return false;
    struct family *family = family_of_statement(reader, &statement, &help);
    if (!state(reader, family, type, help))
        return false;
    if (reader->expected.is_kept)
        remember_statement(reader, &statement, *lines, help);
    *lines = str_skip(*lines, statement.length);
    return true;
}

__attribute__((noinline)) bool reader_read_plain_statement(struct reader *reader, struct str *lines)
{
    return read_expected(reader, lines) || read_one(reader, lines);
}
