/*
 * What a label's key and value may be, with the words of Kubernetes' validation. Quoted text in
 * them shows all of valid UTF-8 as it is, also the few characters that Go would escape.
 */
#include "kube/label.h"

#include "base/utf8.h"

#include <string.h>

enum { NAME_LIMIT = 63, PREFIX_LIMIT = 253, REASON_LIMIT = 4096 };
static const size_t TEXT_LIMIT = (size_t)256 * 1024;

static const char NAME_RULE[] =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
static const char PREFIX_RULE[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
static const char VALUE_RULE[] =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_name(struct str text)
{
    if (text.length == 0 || !is_alphanumeric(text.data[0]) ||
        !is_alphanumeric(text.data[text.length - 1]))
        return false;
    for (size_t i = 0; i < text.length; i++)
        if (!is_alphanumeric(text.data[i]) && strchr("-_.", text.data[i]) == NULL)
            return false;
    return true;
}

static bool is_subdomain(struct str text)
{
    char before = '.';
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        bool outer = is_alphanumeric(byte) && !(byte >= 'A' && byte <= 'Z');
        if (!outer && !(byte == '-' && before != '.') && !(byte == '.' && before != '.'))
            return false;
        if (byte == '.' && before == '-')
            return false;
        before = byte;
    }
    return before != '.' && before != '-';
}

/* Complaints about one thing are joined by "; ", those about several things by ", ". */
struct complaints {
    struct buffer text;
    size_t count;
};

static void complain(struct complaints *complaints, const char *part, const char *rule)
{
    buffer_append_format(&complaints->text, "%s%s%s", complaints->count > 0 ? "; " : "", part,
                         rule);
    complaints->count++;
}

static void check_prefix(struct complaints *complaints, struct str prefix)
{
    if (prefix.length == 0) {
        complain(complaints, "prefix part ", "must be non-empty");
        return;
    }
    if (prefix.length > PREFIX_LIMIT)
        complain(complaints, "prefix part ", "must be no more than 253 characters");
    if (!is_subdomain(prefix))
        complain(complaints, "prefix part ", PREFIX_RULE);
}

static void check_name(struct complaints *complaints, struct str name)
{
    if (name.length == 0)
        complain(complaints, "name part ", "must be non-empty");
    else if (name.length > NAME_LIMIT)
        complain(complaints, "name part ", "must be no more than 63 characters");
    if (!is_name(name))
        complain(complaints, "name part ", NAME_RULE);
}

static void check_key(struct complaints *complaints, struct str key)
{
    struct str name = key;
    size_t slash = str_find(key, '/');
    if (slash != STR_NONE) {
        name = str_skip(key, slash + 1);
        if (str_find(name, '/') != STR_NONE) {
            complain(complaints, "a qualified name ", NAME_RULE);
            buffer_append(&complaints->text, STR(" with an optional DNS subdomain prefix and '/' "
                                                 "(e.g. 'example.com/MyName')"));
            return;
        }
        check_prefix(complaints, str_slice(key, 0, slash));
    }
    check_name(complaints, name);
}

static void check_value(struct complaints *complaints, struct str value)
{
    if (value.length > NAME_LIMIT)
        complain(complaints, "", "must be no more than 63 characters");
    if (value.length > 0 && !is_name(value))
        complain(complaints, "", VALUE_RULE);
}

static void append_quoted_byte(struct buffer *out, char byte)
{
    static const char escaped[] = "\"\\\a\b\f\v";
    static const char letters[] = "\"\\abfv";
    const char *found = byte != '\0' ? strchr(escaped, byte) : NULL;
    if (found)
        buffer_append_format(out, "\\%c", letters[found - escaped]);
    else if (byte >= 0x20 && byte < 0x7f)
        buffer_append_byte(out, byte);
    else
        buffer_append_format(out, "\\x%02x", (unsigned)(unsigned char)byte);
}

static void append_quoted(struct buffer *out, struct str text)
{
    buffer_append_byte(out, '"');
    while (text.length > 0) {
        size_t length = (unsigned char)text.data[0] >= 0x80 ? utf8_sequence(text) : 0;
        if (length > 0)
            buffer_append(out, str_slice(text, 0, length));
        else
            append_quoted_byte(out, text.data[0]);
        text = str_skip(text, length > 0 ? length : 1);
    }
    buffer_append_byte(out, '"');
}

/* The refusal: one complaint as it is, several as "[a, b]". */

static void refuse(struct label_refusal *refusal, const char *field, struct str text,
                   const char *why)
{
    if (refusal->text.length > sizeof((struct error *)0)->text)
        return; /* nobody would see it */
    if (refusal->count++ > 0)
        buffer_append(&refusal->text, STR(", "));
    buffer_append_format(&refusal->text, "%s: Invalid value: ", field);
    append_quoted(&refusal->text, text);
    buffer_append_format(&refusal->text, ": %s", why);
}

static void refuse_for(struct label_refusal *refusal, const char *field, struct str text,
                       struct complaints *complaints)
{
    buffer_append_byte(&complaints->text, '\0');
    if (complaints->count > 0)
        refuse(refusal, field, text, complaints->text.data);
    buffer_done(&complaints->text);
}

void label_refusal_init(struct label_refusal *refusal)
{
    *refusal = (struct label_refusal){.text = {.limit = TEXT_LIMIT}};
}

void label_check_key(struct label_refusal *refusal, struct str key)
{
    struct complaints complaints = {.text = {.limit = REASON_LIMIT}};
    check_key(&complaints, key);
    refuse_for(refusal, "<nil>", key, &complaints);
}

void label_check_value(struct label_refusal *refusal, struct str key, size_t index,
                       struct str value)
{
    struct complaints complaints = {.text = {.limit = REASON_LIMIT}};
    struct buffer field = {.limit = TEXT_LIMIT};
    check_value(&complaints, value);
    buffer_append_format(&field, "values[%zu][%.*s]", index, STR_ARG(key));
    buffer_append_byte(&field, '\0');
    refuse_for(refusal, field.data, value, &complaints);
    buffer_done(&field);
}

/* As strconv.ParseInt(text, 10, 64). */
static bool is_int64(struct str text)
{
    bool negative = str_starts(text, STR("-"));
    uint64_t number;
    if (negative || str_starts(text, STR("+")))
        text = str_skip(text, 1);
    return str_to_uint(text, negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX, &number);
}

void label_check_integer(struct label_refusal *refusal, struct str value)
{
    if (!is_int64(value))
        refuse(refusal, "values[0]", value,
               "for 'Gt', 'Lt' operators, the value must be an integer");
}

bool label_refusal_end(struct label_refusal *refusal, struct error *error)
{
    bool fine = refusal->count == 0;
    const char *open = refusal->count > 1 ? "[" : "";
    const char *close = refusal->count > 1 ? "]" : "";
    if (!fine)
        error_set(error, "%s%.*s%s", open, STR_ARG(buffer_view(&refusal->text)), close);
    buffer_done(&refusal->text);
    return fine;
}
