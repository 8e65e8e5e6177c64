#include "local_change.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct str take_line(struct str *rest)
{
    size_t end = str_find(*rest, '\n');
    struct str line = str_slice(*rest, 0, end == STR_NONE ? end : end + 1);
    *rest = str_skip(*rest, line.length);
    return line;
}

/* The first name of a line, of a body or of a page; of what is no such line, anything. */
static struct str name_in(struct str line)
{
    struct str word;
    line = str_trim(line);
    if (str_starts(line, STR("#")))
        for (int i = 0; i < 2; i++)
            str_next(&line, ' ', &word);
    line = str_trim(line);
    line = str_skip(line, str_starts(line, STR("{")) ? 1 : 0);
    if (str_starts(line, STR("\""))) {
        line = str_skip(line, 1);
        return str_slice(line, 0, str_find(line, '"'));
    }
    line = str_slice(line, 0, str_find(line, ' '));
    return str_slice(line, 0, str_find(line, '{'));
}

static struct str without_endings(struct str name)
{
    static const char *const endings[] = {"_bucket", "_gcount", "_gsum",    "_count", "_sum",
                                          "_total",  "_info",   "_created", NULL};
    for (const char *const *ending = endings; *ending; ending++)
        if (str_ends(name, str_from(*ending)))
            return without_endings(str_slice(name, 0, name.length - strlen(*ending)));
    return name;
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == ':';
}

/* An LF, the name without its endings as the plainest page has it, an LF. */
static void append_stem(struct buffer *stems, struct str name)
{
    name = without_endings(name);
    buffer_append_byte(stems, '\n');
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.data[i];
        bool is_digit = byte >= '0' && byte <= '9' && i > 0;
        if (is_letter(byte) || is_digit)
            buffer_append_byte(stems, byte);
        else
            buffer_append_byte(stems, '_');
    }
    buffer_append_byte(stems, '\n');
}

static void append_stems(struct buffer *stems, struct str lines)
{
    while (lines.length > 0)
        append_stem(stems, name_in(take_line(&lines)));
}

static bool has_stem(const struct buffer *stems, struct str name)
{
    struct buffer stem;
    buffer_init(&stem, SIZE_MAX);
    append_stem(&stem, name);
    bool has = stems->length > 0 && memmem(stems->data, stems->length, stem.data, stem.length);
    buffer_done(&stem);
    return has;
}

static bool is_up(const struct change *change, int side)
{
    char line[80];
    int length = snprintf(line, sizeof line, "\nup{k8s_pod_name=\"p%zu\",k8s_namespace=\"n\"} 1\n",
                          change->pod);
    struct str page = change->pages[side];
    return memmem(page.data, page.length, line, (size_t)length) != NULL;
}

/* Whole lines that both begin with, or both end with, are left away. */
static void cut_common_lines(struct str *one, struct str *other)
{
    struct str rests[] = {*one, *other};
    while (rests[0].length > 0 && str_equal(take_line(&rests[0]), take_line(&rests[1]))) {
        *one = rests[0];
        *other = rests[1];
    }
    for (;;) {
        size_t lines[2];
        struct str *const sides[] = {one, other};
        for (int i = 0; i < 2; i++) {
            size_t end = sides[i]->length;
            lines[i] = end > 0 ? end - 1 : 0;
            while (lines[i] > 0 && sides[i]->data[lines[i] - 1] != '\n')
                lines[i]--;
        }
        if (one->length == 0 || other->length == 0 ||
            !str_equal(str_skip(*one, lines[0]), str_skip(*other, lines[1])))
            return;
        one->length = lines[0];
        other->length = lines[1];
    }
}

/* Where the pod came or went, all that it says has changed. */
static void collect_stems(const struct change *change, struct buffer *ret_stems)
{
    struct str bodies[] = {change->bodies[0], change->bodies[1]};
    bool up[] = {is_up(change, 0), is_up(change, 1)};
    if (up[0] && up[1])
        cut_common_lines(&bodies[0], &bodies[1]);
    buffer_init(ret_stems, SIZE_MAX);
    for (int side = 0; side < 2; side++)
        if (up[0] || up[1])
            append_stems(ret_stems, bodies[side]);
}

/* A family on a page, our `up` too: its TYPE line, and everything up to the next. */
struct block {
    struct str type;
    struct str text;
};

static bool next_block(struct str *page, struct block *ret_block)
{
    struct str rest = *page;
    ret_block->type = take_line(&rest);
    while (rest.length > 0 && !str_starts(rest, STR("# TYPE ")) && !str_starts(rest, STR("# EOF")))
        take_line(&rest);
    ret_block->text = str_slice(*page, 0, page->length - rest.length);
    *page = rest;
    return str_starts(ret_block->type, STR("# TYPE "));
}

static bool is_of_pod(const struct change *change, struct str line)
{
    char label[40];
    int length = snprintf(label, sizeof label, "k8s_pod_name=\"p%zu\",", change->pod);
    return memmem(line.data, line.length, label, (size_t)length) != NULL;
}

static void append_others(const struct change *change, struct str text, struct buffer *out)
{
    while (text.length > 0) {
        struct str line = take_line(&text);
        if (line.data[0] != '#' && !is_of_pod(change, line))
            buffer_append(out, line);
    }
}

static bool have_same_others(const struct change *change, struct str one, struct str other)
{
    struct buffer lines[2];
    buffer_init(&lines[0], SIZE_MAX);
    buffer_init(&lines[1], SIZE_MAX);
    append_others(change, one, &lines[0]);
    append_others(change, other, &lines[1]);
    bool same = str_equal(buffer_view(&lines[0]), buffer_view(&lines[1]));
    buffer_done(&lines[0]);
    buffer_done(&lines[1]);
    return same;
}

/* The next family that may not have changed; empty at the end. `up` is told of by itself. */
static struct str next_other_block(struct str *page, const struct buffer *stems)
{
    struct block block;
    while (next_block(page, &block))
        if (!str_equal(block.type, STR("# TYPE up gauge\n")) &&
            !has_stem(stems, name_in(block.type)))
            return block.text;
    return (struct str){0};
}

static bool have_same_other_blocks(const struct change *change, const struct buffer *stems)
{
    struct str pages[] = {change->pages[0], change->pages[1]};
    struct str block;
    bool same = true;
    do {
        block = next_other_block(&pages[0], stems);
        same = str_equal(block, next_other_block(&pages[1], stems));
    } while (same && block.length > 0);
    return same;
}

static struct str find_block(struct str page, struct str type)
{
    struct block block;
    while (next_block(&page, &block))
        if (str_equal(block.type, type))
            return block.text;
    return (struct str){0};
}

static bool is_unknown(struct str type)
{
    return str_ends(type, STR(" untyped\n")) || str_ends(type, STR(" unknown\n"));
}

/* Families of a name and a type that both pages have; `up` is one of them. */
static bool have_same_others_where_typed(const struct change *change)
{
    struct str page = change->pages[0];
    struct block block;
    while (next_block(&page, &block)) {
        struct str after = find_block(change->pages[1], block.type);
        if (after.length > 0 && !is_unknown(block.type) &&
            !have_same_others(change, block.text, after))
            return false;
    }
    return true;
}

void change_append_others(const struct change *change, int side, struct buffer *out)
{
    append_others(change, change->pages[side], out);
}

const char *change_is_local(const struct change *change)
{
    struct buffer stems;
    collect_stems(change, &stems);
    const char *fault = NULL;
    if (!have_same_other_blocks(change, &stems))
        fault = "a family that the pod's change has nothing to do with";
    else if (!have_same_others_where_typed(change))
        fault = "lines of other pods in a family that kept its type";
    buffer_done(&stems);
    return fault;
}
