/*
 * Several bodies, separated by 0xfe bytes: the page is legal, and the same when they arrive in the
 * opposite order, interleaved; so are the conflicts told of, each with who is in it. First byte:
 * the page (form.h); of each body, bit 0: its format.
 */
#include "exposition/merge.h"
#include "base/buffer.h"
#include "exposition/merge_cache.h"
#include "exposition/page.h"
#include "exposition/reader.h"
#include "exposition/type_conflict.h"
#include "form.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SOURCES_MOST 8
#define SEPARATOR ((char)0xfe)

struct source_input {
    struct str body;
    bool openmetrics;
    struct reader *reader;
};

#define CACHE_BYTES ((size_t)128 * 1024) /* lines, but no block */

static const struct merge_limits limits = {.body_bytes = 1 << 16,
                                           .total_bytes = 1 << 24,
                                           .line_bytes = 8192,
                                           .labels = 20,
                                           .samples = 10000};

static void begin(struct merge *merge, struct source_input *input, const char *name)
{
    struct label labels[] = {{.name = STR("k8s_pod_name"), .value = str_from(name)},
                             {.name = STR("pod"), .value = STR("x")}};
    input->reader = merge_add(merge, labels, 2);
    struct str type = input->openmetrics ? STR("application/openmetrics-text") : STR("");
    reader_set_content_type(input->reader, type);
}

/* Some bytes more, or the end; false where there is nothing to do any more. */
static bool feed_some(struct source_input *input, struct str *rest, size_t piece)
{
    if (input->reader == NULL)
        return false;
    if (rest->length == 0) {
        reader_finish(input->reader, NULL);
        input->reader = NULL;
        return true;
    }
    if (!reader_feed(input->reader, str_slice(*rest, 0, piece), NULL))
        input->reader = NULL;
    *rest = str_skip(*rest, piece);
    return true;
}

static void read_all(struct source_input *inputs, size_t count, bool backwards)
{
    struct str rest[SOURCES_MOST];
    bool more = true;
    for (size_t i = 0; i < count; i++)
        rest[i] = inputs[i].body;
    while (more) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            size_t next = backwards ? count - 1 - i : i;
            more = feed_some(&inputs[next], &rest[next], backwards ? 7 : 1 << 16) || more;
        }
    }
}

struct input {
    struct merge_options options;
    struct source_input sources[SOURCES_MOST];
    size_t count;
};

/* It takes two to disagree, but where the other one is us. */
static void check_sides(const struct type_conflict *conflict)
{
    size_t sides = str_equal(conflict->family, STR("up"));
    for (size_t i = 0; i < SIDE_COUNT; i++)
        sides += conflict->sides[i].count > 0;
    if (sides < 2) {
        fprintf(stderr, "%zu sides of %.*s\n", sides, STR_ARG(conflict->family));
        abort();
    }
}

/* Behind the page, so that they are compared with it. */
static void append_conflicts(const struct page *page, struct buffer *out)
{
    size_t count = 0;
    const struct type_conflict *conflicts = page_conflicts(page, &count);
    buffer_append_uint(out, page_facts(page).conflicts);
    for (size_t i = 0; i < count; i++) {
        check_sides(&conflicts[i]);
        buffer_append_uint(out, conflicts[i].fingerprint);
        buffer_append(out, conflicts[i].part);
    }
}

static void make_page(struct input *input, bool backwards, struct buffer *out,
                      struct buffer *conflicts)
{
    struct merge *merge = merge_new(&input->options);
    char name[] = "a";
    for (size_t i = 0; i < input->count; i++, name[0]++)
        begin(merge, &input->sources[i], name);
    read_all(input->sources, input->count, backwards);
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    buffer_init(out, SIZE_MAX);
    buffer_init(conflicts, SIZE_MAX);
    append_conflicts(page, conflicts);
    while (page_next(cursor, out))
        ;
    page_release(page);
    page_cursor_free(cursor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {.options = form_of(size > 0 ? data[0] : 0, &limits)};
    struct page_rules rules = rules_of(&input.options);
    /* What the first page leaves in the cache, the second is made with. */
    input.options.cache = merge_cache_new(CACHE_BYTES);
    struct str rest = str_skip((struct str){.data = (const char *)data, .length = size}, 1);
    struct str body;
    struct buffer page;
    struct buffer again;
    struct buffer conflicts[2];
    struct page_problem problem;
    while (input.count < SOURCES_MOST && str_next(&rest, SEPARATOR, &body)) {
        struct source_input *source = &input.sources[input.count++];
        source->openmetrics = body.length > 0 && (body.data[0] & 1);
        source->body = str_skip(body, 1);
    }
    make_page(&input, false, &page, &conflicts[0]);
    make_page(&input, true, &again, &conflicts[1]);
    bool fine = page_is_fine(buffer_view(&page), &rules, &problem);
    if (!fine)
        fprintf(stderr, "line %zu: %s\n%.*s", problem.line, problem.what,
                STR_ARG(buffer_view(&page)));
    if (!fine || !str_equal(buffer_view(&page), buffer_view(&again)) ||
        !str_equal(buffer_view(&conflicts[0]), buffer_view(&conflicts[1])))
        abort();
    buffer_done(&page);
    buffer_done(&again);
    buffer_done(&conflicts[0]);
    buffer_done(&conflicts[1]);
    merge_cache_free(input.options.cache);
    return 0;
}
