#include "kube/json_stream.h"

#include <string.h>

/*
 * A scanner that knows of JSON only what tells where a value ends: strings with their escapes, and
 * how many brackets are open. That is enough to cut, and everything that is handed out goes through
 * a real parser afterwards. What is not checked by anybody is the inside of an array that is left
 * out, beyond its brackets.
 *
 *      depth      0      1         2    3      4            5
 *      event      {"type":..,"object":{"metadata":{"managedFields":[  ...
 *      list       {"metadata":{},"items":[{"metadata":{"managedFields":[  ...
 *                 \_____ rest ________/  \__ object _____
 *
 * A realistic pod has 14 KB, of which the program wants less than one; leaving out arrays by name,
 * two levels into a pod, makes what a parser has to build about a tenth of it. Keys are compared as
 * they are written: one that is spelled with escapes is merely not left out.
 */

static const size_t REST_LIMIT = (size_t)1024 * 1024;
static const size_t KEPT_CAPACITY = (size_t)256 * 1024;
enum { DEPTH_LIMIT = 500, CONTAINERS = 2 };

/* The first CONTAINERS may be wanted. */
static const char *const unwanted[] = {
    "\"containers\"",
    "\"initContainers\"",
    "\"managedFields\"",
    "\"ephemeralContainers\"",
    "\"volumes\"",
    "\"tolerations\"",
    "\"conditions\"",
    "\"containerStatuses\"",
    "\"initContainerStatuses\"",
    "\"ephemeralContainerStatuses\"",
};

static const size_t UNWANTED = sizeof unwanted / sizeof unwanted[0];

void json_stream_init(struct json_stream *stream, enum json_stream_shape shape, size_t object_limit)
{
    *stream = (struct json_stream){.shape = shape};
    buffer_init(&stream->object, object_limit);
    buffer_init(&stream->rest, REST_LIMIT);
}

void json_stream_done(struct json_stream *stream)
{
    buffer_done(&stream->object);
    buffer_done(&stream->rest);
}

const char *json_stream_fault(const struct json_stream *stream)
{
    return stream->fault;
}

static bool is_invalid(struct json_stream *stream, const char *fault)
{
    if (stream->fault == NULL)
        stream->fault = fault;
    return true;
}

/* Directly in the array of items, where only objects and commas may stand. */
static bool is_between_items(const struct json_stream *stream)
{
    return stream->in_items && stream->depth == 2;
}

static struct buffer *collector(struct json_stream *stream)
{
    bool in_rest = stream->shape == JSON_STREAM_LIST && !(stream->in_items && stream->depth > 2);
    return in_rest ? &stream->rest : &stream->object;
}

static void collect(struct json_stream *stream, struct str bytes)
{
    if (stream->skip_depth == 0)
        buffer_append(collector(stream), bytes);
}

static struct str latest_key(struct json_stream *stream)
{
    if (!stream->has_key)
        return (struct str){0};
    return str_slice(buffer_view(collector(stream)), stream->string_start,
                     stream->string_end - stream->string_start);
}

static size_t unwanted_level(const struct json_stream *stream)
{
    return stream->shape == JSON_STREAM_EVENTS ? 3 : 4;
}

static bool is_unwanted(struct json_stream *stream)
{
    if (stream->depth != unwanted_level(stream) || !stream->has_key)
        return false;
    struct str key = latest_key(stream);
    for (size_t i = stream->has_containers ? CONTAINERS : 0; i < UNWANTED; i++) {
        if (str_equal(key, str_from(unwanted[i])))
            return true;
    }
    return false;
}

static bool is_list_of_items(struct json_stream *stream)
{
    return stream->shape == JSON_STREAM_LIST && stream->depth == 1 &&
           str_equal(latest_key(stream), STR("\"items\""));
}

static bool open_item(struct json_stream *stream, struct str bracket)
{
    if (bracket.data[0] != '{' || stream->had_item)
        return !is_invalid(stream, "an item of the list is not an object");
    stream->depth++;
    stream->had_item = true;
    stream->wants_item = false;
    collect(stream, bracket);
    return true;
}

static void open_array(struct json_stream *stream, struct str bracket)
{
    if (is_list_of_items(stream)) {
        collect(stream, bracket);
        stream->in_items = true;
        stream->had_item = false;
    } else if (stream->skip_depth == 0 && is_unwanted(stream)) {
        collect(stream, STR("[]"));
        stream->skip_depth = stream->depth;
    } else {
        collect(stream, bracket);
    }
    stream->depth++;
}

static bool open_bracket(struct json_stream *stream, struct str bracket)
{
    if (stream->depth == 0 && bracket.data[0] != '{')
        return !is_invalid(stream, "something that is not an object");
    if (stream->depth == DEPTH_LIMIT)
        return !is_invalid(stream, "brackets too deep");
    if (is_between_items(stream))
        return open_item(stream, bracket);
    if (bracket.data[0] == '[') {
        open_array(stream, bracket);
    } else {
        collect(stream, bracket);
        stream->depth++;
    }
    stream->has_key = false;
    return true;
}

static bool close_items(struct json_stream *stream, struct str bracket)
{
    if (bracket.data[0] != ']' || stream->wants_item)
        return !is_invalid(stream, "the items of the list end badly");
    stream->depth--;
    stream->in_items = false;
    collect(stream, bracket);
    return true;
}

static bool close_bracket(struct json_stream *stream, struct str bracket)
{
    if (stream->depth == 0)
        return !is_invalid(stream, "a bracket that closes nothing");
    if (is_between_items(stream))
        return close_items(stream, bracket);
    collect(stream, bracket);
    stream->has_key = false;
    stream->depth--;
    if (stream->skip_depth > 0 && stream->depth == stream->skip_depth)
        stream->skip_depth = 0;
    return true;
}

/* Between items. */
static bool take_comma(struct json_stream *stream)
{
    if (!stream->had_item)
        return !is_invalid(stream, "a comma without an item before it");
    stream->had_item = false;
    stream->wants_item = true;
    return true;
}

static bool is_mark(char byte)
{
    static const bool marks[256] = {
        ['"'] = true, ['{'] = true, ['}'] = true, ['['] = true,
        [']'] = true, [','] = true, [':'] = true,
    };
    return marks[(unsigned char)byte];
}

/* Strings and colons never get here: they stand inside objects only, and are passed there. */
static bool take_mark(struct json_stream *stream, struct str mark)
{
    switch (mark.data[0]) {
    case '{':
    case '[':
        return open_bracket(stream, mark);
    case '}':
    case ']':
        return close_bracket(stream, mark);
    default:
        return take_comma(stream);
    }
}

/* Outside of objects and between items, only brackets and commas may stand, and blanks. */
static bool is_bare(const struct json_stream *stream)
{
    return stream->depth == 0 || is_between_items(stream);
}

static bool is_misplaced(const struct json_stream *stream, char mark)
{
    if (mark == ',')
        return stream->depth == 0;
    return mark == '"' || mark == ':';
}

/* the fast way: inside an object, as long as nothing happens that matters */

static bool is_boundary(const struct json_stream *stream)
{
    size_t outside = stream->depth - 1;
    return outside == 0 || (stream->in_items && outside == 2) ||
           (stream->skip_depth > 0 && outside == stream->skip_depth);
}

/* An array of which its key says whether it is one of those. */
static bool may_be_special(const struct json_stream *stream)
{
    bool is_items_level = stream->shape == JSON_STREAM_LIST && stream->depth == 1;
    bool is_member = stream->has_key && stream->skip_depth == 0;
    return is_member && (is_items_level || stream->depth == unwanted_level(stream));
}

/* False where the mark needs a closer look. `place` is where it will be in the collector. */
static bool pass_mark(struct json_stream *stream, char mark, size_t place)
{
    switch (mark) {
    case '"':
        stream->in_string = true;
        stream->string_start = place;
        return true;
    case ':':
        stream->has_key = true;
        return true;
    case ',':
        stream->has_key = false;
        return true;
    case '[':
    case '{':
        if (stream->depth == DEPTH_LIMIT || (mark == '[' && may_be_special(stream)))
            return false;
        stream->has_key = false;
        stream->depth++;
        return true;
    default:
        if (is_boundary(stream))
            return false;
        stream->has_key = false;
        stream->depth--;
        return true;
    }
}

/* The index after the string's end, or of the input's. */
static size_t pass_string(struct json_stream *stream, struct str input, size_t from)
{
    const char *data = input.data;
    bool escaped = stream->escaped;
    size_t i = from;
    while (i < input.length && (escaped || data[i] != '"')) {
        escaped = !escaped && data[i] == '\\';
        i++;
    }
    stream->escaped = escaped;
    if (i < input.length) {
        stream->in_string = false;
        i++;
    }
    return i;
}

static size_t pass_plain(struct str input, size_t from)
{
    size_t i = from;
    while (i < input.length && !is_mark(input.data[i]))
        i++;
    return i;
}

static void take_run(struct json_stream *stream, struct str *input)
{
    size_t base = collector(stream)->length;
    size_t i = 0;
    while (i < input->length) {
        if (stream->in_string) {
            i = pass_string(stream, *input, i);
            stream->string_end = base + i;
        } else {
            i = pass_plain(*input, i);
            if (i == input->length || !pass_mark(stream, input->data[i], base + i))
                break;
            i++;
        }
    }
    collect(stream, str_slice(*input, 0, i));
    *input = str_skip(*input, i);
}

/* the slow way: one mark, and the blanks before it where nothing else may stand */

static bool take_one(struct json_stream *stream, struct str *input)
{
    size_t i = pass_plain(*input, 0);
    struct str plain = str_slice(*input, 0, i);
    struct str mark = str_slice(*input, i, 1);
    *input = str_skip(*input, i + mark.length);
    bool is_out_of_place =
        mark.length > 0 && (stream->is_over || is_misplaced(stream, mark.data[0]));
    if (str_trim(plain).length > 0 || is_out_of_place)
        return !is_invalid(stream, "something that is not an object");
    return mark.length == 0 || take_mark(stream, mark);
}

static bool take(struct json_stream *stream, struct str *input)
{
    bool ok = true;
    if (!is_bare(stream))
        take_run(stream, input);
    if (input->length > 0)
        ok = take_one(stream, input);
    if (!buffer_ok(&stream->object) || !buffer_ok(&stream->rest))
        return !is_invalid(stream, "an object larger than the limit");
    return ok;
}

/*
 * A NUL byte, or an escape that stands for one, would end the C strings that the parser makes, and
 * what follows it would go unseen: "true\u0000x" would be "true". The first is no JSON at all; the
 * second becomes another control byte, which every rule refuses that would have refused this one.
 */
static bool disarm_nul(struct buffer *object)
{
    static const char escape[] = "\\u0000";
    struct str rest = buffer_view(object);
    char *found;
    while ((found = memmem(rest.data, rest.length, escape, sizeof escape - 1)) != NULL) {
        found[sizeof escape - 2] = '1';
        rest = str_skip(rest, (size_t)(found - rest.data) + 1);
    }
    return str_find(buffer_view(object), '\0') == STR_NONE;
}

static enum json_stream_result give(struct json_stream *stream, struct buffer *collected,
                                    struct str *ret_object)
{
    bool is_rest = collected == &stream->rest;
    if (!disarm_nul(collected)) {
        is_invalid(stream, "a NUL byte");
        return JSON_STREAM_INVALID;
    }
    stream->is_given = !is_rest;
    stream->is_over = is_rest;
    *ret_object = buffer_view(collected);
    return is_rest ? JSON_STREAM_REST : JSON_STREAM_OBJECT;
}

/* What is complete now that the latest bytes were taken. */
static enum json_stream_result completed(struct json_stream *stream, struct str *ret_object)
{
    bool is_list = stream->shape == JSON_STREAM_LIST;
    bool is_at_end = is_list ? is_between_items(stream) : stream->depth == 0;
    if (is_at_end && stream->object.length > 0)
        return give(stream, &stream->object, ret_object);
    if (is_list && stream->depth == 0 && stream->rest.length > 0 && !stream->is_over)
        return give(stream, &stream->rest, ret_object);
    return JSON_STREAM_HUNGRY;
}

static void forget_given(struct json_stream *stream)
{
    if (stream->object.capacity > KEPT_CAPACITY)
        buffer_done(&stream->object);
    buffer_clear(&stream->object);
    stream->is_given = false;
}

enum json_stream_result json_stream_next(struct json_stream *stream, struct str *input,
                                         struct str *ret_object)
{
    if (stream->is_given)
        forget_given(stream);
    while (input->length > 0 && stream->fault == NULL) {
        if (!take(stream, input))
            break;
        enum json_stream_result result = completed(stream, ret_object);
        if (result != JSON_STREAM_HUNGRY)
            return result;
    }
    return stream->fault ? JSON_STREAM_INVALID : JSON_STREAM_HUNGRY;
}
