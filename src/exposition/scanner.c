#include "exposition/scanner.h"

#include "exposition/utf8.h"

#include <string.h>

enum byte_class { NAME_FIRST = 1, NAME_LATER = 2, COLON = 4 };

#define LETTER (NAME_FIRST | NAME_LATER)
static const unsigned char byte_classes[256] = {
    ['a'] = LETTER,     ['b'] = LETTER,     ['c'] = LETTER,     ['d'] = LETTER,
    ['e'] = LETTER,     ['f'] = LETTER,     ['g'] = LETTER,     ['h'] = LETTER,
    ['i'] = LETTER,     ['j'] = LETTER,     ['k'] = LETTER,     ['l'] = LETTER,
    ['m'] = LETTER,     ['n'] = LETTER,     ['o'] = LETTER,     ['p'] = LETTER,
    ['q'] = LETTER,     ['r'] = LETTER,     ['s'] = LETTER,     ['t'] = LETTER,
    ['u'] = LETTER,     ['v'] = LETTER,     ['w'] = LETTER,     ['x'] = LETTER,
    ['y'] = LETTER,     ['z'] = LETTER,     ['A'] = LETTER,     ['B'] = LETTER,
    ['C'] = LETTER,     ['D'] = LETTER,     ['E'] = LETTER,     ['F'] = LETTER,
    ['G'] = LETTER,     ['H'] = LETTER,     ['I'] = LETTER,     ['J'] = LETTER,
    ['K'] = LETTER,     ['L'] = LETTER,     ['M'] = LETTER,     ['N'] = LETTER,
    ['O'] = LETTER,     ['P'] = LETTER,     ['Q'] = LETTER,     ['R'] = LETTER,
    ['S'] = LETTER,     ['T'] = LETTER,     ['U'] = LETTER,     ['V'] = LETTER,
    ['W'] = LETTER,     ['X'] = LETTER,     ['Y'] = LETTER,     ['Z'] = LETTER,
    ['_'] = LETTER,     [':'] = COLON,      ['0'] = NAME_LATER, ['1'] = NAME_LATER,
    ['2'] = NAME_LATER, ['3'] = NAME_LATER, ['4'] = NAME_LATER, ['5'] = NAME_LATER,
    ['6'] = NAME_LATER, ['7'] = NAME_LATER, ['8'] = NAME_LATER, ['9'] = NAME_LATER,
};

void scanner_init(struct scanner *scanner, struct str line, bool strict)
{
    *scanner = (struct scanner){
        .start = line.data,
        .at = line.data,
        .end = line.data + line.length,
        .strict = strict,
        .is_ascii = text_is_ascii(line),
        .has_backslash = memchr(line.data, '\\', line.length) != NULL,
        .is_plain = true,
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

bool scanner_blanks(struct scanner *scanner)
{
    const char *before = scanner->at;
    if (scanner->strict)
        return false;
    while (scanner->at < scanner->end && (*scanner->at == ' ' || *scanner->at == '\t'))
        scanner->at++;
    return scanner->at != before;
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
    unsigned colon = is_label ? 0 : COLON;
    if (at == scanner->end || !(byte_classes[(unsigned char)*at] & (NAME_FIRST | colon)))
        return scanner_fail(scanner, is_label ? "a label's name is expected"
                                              : "a metric's name is expected");
    while (at < scanner->end && (byte_classes[(unsigned char)*at] & (NAME_LATER | colon)))
        at++;
    *ret_name = (struct str){.data = scanner->at, .length = (size_t)(at - scanner->at)};
    scanner->at = at;
    return true;
}

/* The quote that ends a text, escapes seen; undefined ones (all but \\ \" \n) are not plain. */
static const char *find_end_of_escaped(struct scanner *scanner, const char *at)
{
    while (at < scanner->end && *at != '"') {
        if (*at != '\\') {
            at++;
            continue;
        }
        at++;
        if (at == scanner->end)
            return NULL;
        if (*at != '\\' && *at != '"' && *at != 'n')
            scanner->is_plain = false;
        at++;
    }
    return at < scanner->end ? at : NULL;
}

bool scanner_quoted(struct scanner *scanner, struct str *ret_text)
{
    const char *first = scanner->at + 1;
    const char *quote = scanner->has_backslash ? find_end_of_escaped(scanner, first)
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
