#include "exposition/meta.h"

#include "base/utf8.h"
#include "exposition/scanner.h"

static struct str rest_of(const struct scanner *scanner)
{
    return (struct str){.data = scanner->at, .length = (size_t)(scanner->end - scanner->at)};
}

/* At least one blank, in a strict line exactly one. */
static bool take_blanks(struct scanner *scanner)
{
    if (scanner->strict)
        return scanner_take(scanner, ' ', "one blank is expected here");
    const char *before = scanner->at;
    scanner_blanks(scanner);
    return scanner->at != before;
}

static bool parse_help(struct scanner *scanner, struct meta *meta)
{
    if (scanner->at == scanner->end && !scanner->strict)
        return true;
    if (!scanner_sees(scanner, ' ') && (scanner->strict || !scanner_sees(scanner, '\t')))
        return scanner_fail(scanner, "a blank is expected after the name");
    scanner->at++;
    struct str text = rest_of(scanner);
    size_t fault = scanner->is_ascii ? STR_NONE : utf8_find_fault(text);
    if (fault != STR_NONE)
        return scanner_fail_at(scanner, text.data + fault, "this help is not UTF-8");
    while (str_ends(text, STR("\r"))) /* of a line's end: never meant */
        text.length--;
    meta->text = str_trim(text).length > 0 ? text : (struct str){0};
    return true;
}

static bool parse_type(struct scanner *scanner, struct meta *meta)
{
    if (!take_blanks(scanner))
        return scanner_fail(scanner, "a type is expected after the name");
    struct str word = rest_of(scanner);
    if (!metric_type_parse(scanner->strict ? word : str_trim(word), scanner->strict, &meta->type))
        return scanner_fail_at(scanner, word.data, "this is not a type");
    return true;
}

/* A unit has to be the last part of its family's name; where text has another one it is left out.
 */
static bool parse_unit(struct scanner *scanner, struct meta *meta)
{
    if (!take_blanks(scanner))
        return false;
    meta->text = scanner->strict ? rest_of(scanner) : str_trim(rest_of(scanner));
    return meta->text.length == 0 || !scanner->strict || unit_fits(meta->name, meta->text) ||
           scanner_fail_at(scanner, meta->text.data, "the name does not end in this unit");
}

static bool parse_name(struct scanner *scanner, struct meta *meta)
{
    meta->name_is_quoted = scanner_sees(scanner, '"');
    if (!meta->name_is_quoted)
        return scanner_name(scanner, false, &meta->name);
    if (!scanner_quoted(scanner, &meta->name))
        return false;
    return meta->name.length > 0 || scanner_fail(scanner, "the name is empty");
}

static enum meta_kind kind_of(struct str word, bool strict)
{
    if (str_equal(word, STR("HELP")))
        return META_HELP;
    if (str_equal(word, STR("TYPE")))
        return META_TYPE;
    if (str_equal(word, STR("UNIT")))
        return META_UNIT;
    return strict && str_equal(word, STR("EOF")) ? META_EOF : META_COMMENT;
}

static bool parse_content(struct scanner *scanner, struct meta *meta)
{
    switch (meta->kind) {
    case META_HELP:
        return parse_help(scanner, meta);
    case META_TYPE:
        return parse_type(scanner, meta);
    case META_UNIT:
        return parse_unit(scanner, meta);
    case META_EOF:
    case META_COMMENT:
        break;
    }
    return true;
}

/* After the word: a name and what the line says of it. What is no metadata is a comment. */
static bool parse_statement(struct scanner *scanner, struct meta *meta)
{
    if (meta->kind == META_COMMENT)
        return !scanner->strict || scanner_fail(scanner, "OpenMetrics has no comments");
    if (meta->kind == META_EOF)
        return scanner->at == scanner->end ||
               scanner_fail(scanner, "nothing can follow after # EOF");
    bool blanks = take_blanks(scanner);
    if (meta->kind == META_UNIT && !scanner->strict) {
        if (!blanks || !parse_name(scanner, meta) || !parse_unit(scanner, meta))
            meta->kind = META_COMMENT;
        return true;
    }
    if (!scanner->strict && scanner->at == scanner->end) {
        meta->kind = META_COMMENT;
        return true;
    }
    return blanks && parse_name(scanner, meta) && parse_content(scanner, meta);
}

bool meta_parse(struct meta *ret_meta, struct str line, bool strict, struct line_fault *ret_fault)
{
    struct scanner scanner;
    scanner_init(&scanner, line, strict);
    scanner_blanks(&scanner);
    scanner.at++;
    struct meta meta = {.kind = META_COMMENT};
    bool parsed = true;
    if (take_blanks(&scanner)) {
        meta.kind = kind_of(scanner_token(&scanner), strict);
        parsed = parse_statement(&scanner, &meta);
    } else {
        parsed = !strict;
    }
    if (parsed)
        *ret_meta = meta;
    else
        *ret_fault = (struct line_fault){.at = (size_t)(scanner.fault - scanner.start),
                                         .reason = scanner.reason};
    return parsed;
}

bool unit_fits(struct str name, struct str unit)
{
    return unit.length > 0 && name.length > unit.length && str_ends(name, unit) &&
           name.data[name.length - unit.length - 1] == '_';
}

bool help_text_needs_change(struct str help, bool to_openmetrics)
{
    return str_find(help, '\\') != STR_NONE || (to_openmetrics && str_find(help, '"') != STR_NONE);
}

static void append_byte(struct buffer *out, char byte, bool to_openmetrics)
{
    if (byte == '\n') {
        buffer_append(out, STR("\\n"));
        return;
    }
    if (byte == '\\' || (byte == '"' && to_openmetrics))
        buffer_append_byte(out, '\\');
    buffer_append_byte(out, byte);
}

/* The byte that an escape stands for; a backslash, where it is none. */
static char unescape(char escaped, bool from_openmetrics)
{
    if (escaped == 'n')
        return '\n';
    return escaped == '"' && from_openmetrics ? '"' : '\\';
}

void help_text_append(struct buffer *out, struct str help, bool from_openmetrics,
                      bool to_openmetrics)
{
    for (size_t i = 0; i < help.length; i++) {
        char byte = help.data[i];
        if (byte == '\\' && i + 1 < help.length) {
            char escaped = help.data[i + 1];
            byte = unescape(escaped, from_openmetrics);
            i += byte != '\\' || escaped == '\\' ? 1 : 0;
        }
        append_byte(out, byte, to_openmetrics);
    }
}
