#include "exposition/scanner.h"

#include "base/utf8.h"
#include "exposition/byte_class.h"

#include <string.h>

void scanner_init(struct scanner *scanner, struct str line, bool strict)
{
    *scanner = (struct scanner){
        .start = line.data,
        .at = line.data,
        .end = line.data + line.length,
        .strict = strict,
        .is_ascii = text_is_ascii(line),
        .has_backslash = memchr(line.data, '\\', line.length) != NULL,
    };
}

bool scanner_fail_at(struct scanner *scanner, const char *at, const char *reason)
{
    if (scanner->reason == NULL) {
        scanner->reason = reason;
        scanner->fault = at;
    }
    return false;
}

bool scanner_fail(struct scanner *scanner, const char *reason)
{
    return scanner_fail_at(scanner, scanner->at, reason);
}

void scanner_blanks(struct scanner *scanner)
{
    if (scanner->strict)
        return;
    while (scanner->at < scanner->end && (*scanner->at == ' ' || *scanner->at == '\t'))
        scanner->at++;
}

bool scanner_take(struct scanner *scanner, char byte, const char *reason)
{
    if (!scanner_sees(scanner, byte))
        return scanner_fail(scanner, reason);
    scanner->at++;
    return true;
}

bool scanner_name(struct scanner *scanner, bool is_label, struct str *ret_name)
{
    const char *at = scanner->at;
    unsigned colon = is_label ? 0 : BYTE_COLON;
    if (at == scanner->end || !(byte_classes[(unsigned char)*at] & (BYTE_NAME_FIRST | colon)))
        return scanner_fail(scanner, is_label ? "a label's name is expected"
                                              : "a metric's name is expected");
    while (at < scanner->end && (byte_classes[(unsigned char)*at] & (BYTE_NAME | colon)))
        at++;
    *ret_name = (struct str){.data = scanner->at, .length = (size_t)(at - scanner->at)};
    scanner->at = at;
    return true;
}

/* The quote that is not escaped; what is behind a backslash does not matter here. */
static const char *find_end_of_escaped(const char *at, const char *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' ? 2 : 1;
    return at < end ? at : NULL;
}

bool scanner_quoted(struct scanner *scanner, struct str *ret_text)
{
    const char *first = scanner->at + 1;
    const char *quote = scanner->has_backslash ? find_end_of_escaped(first, scanner->end)
                                               : memchr(first, '"', (size_t)(scanner->end - first));
    if (quote == NULL)
        return scanner_fail(scanner, "these quotes are not closed on their line");
    struct str text = {.data = first, .length = (size_t)(quote - first)};
    if (!scanner->is_ascii) {
        size_t fault = utf8_find_fault(text);
        if (fault != STR_NONE)
            return scanner_fail_at(scanner, first + fault, "what is in quotes is not UTF-8");
    }
    scanner->at = quote + 1;
    *ret_text = text;
    return true;
}

struct str scanner_token(struct scanner *scanner)
{
    const char *first = scanner->at;
    while (scanner->at < scanner->end && *scanner->at != ' ' && *scanner->at != '\t')
        scanner->at++;
    return (struct str){.data = first, .length = (size_t)(scanner->at - first)};
}
