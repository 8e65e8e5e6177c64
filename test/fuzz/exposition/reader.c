/*
 * One body, as text or as OpenMetrics. It gives the same page however it is cut; the page is legal;
 * and read again as the body of a source without labels, the page gives itself once more, but for
 * our `up`. First byte: the page (form.h); second: bit 0 chooses the body's format, the rest how it
 * is cut.
 */
#include "exposition/reader.h"
#include "base/buffer.h"
#include "exposition/merge.h"
#include "exposition/merge_cache.h"
#include "exposition/page.h"
#include "form.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CACHE_BYTES ((size_t)128 * 1024) /* lines, but no block */

static const struct merge_limits limits = {.body_bytes = 1 << 16,
                                           .total_bytes = 1 << 22,
                                           .line_bytes = 8192,
                                           .labels = 20,
                                           .samples = 10000};

static bool feed(struct reader *reader, struct str body, size_t piece)
{
    while (body.length > 0) {
        if (!reader_feed(reader, str_slice(body, 0, piece), NULL))
            return false;
        body = str_skip(body, piece);
    }
    return reader_finish(reader, NULL);
}

static void pull(struct merge *merge, struct buffer *out)
{
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    while (page_next(cursor, out))
        ;
    page_cursor_free(cursor);
}

struct input {
    struct merge_options options;
    struct str body;
    bool openmetrics;
};

/* True where the body was read. */
static bool make_page(const struct input *input, size_t piece, bool labelled, struct buffer *out)
{
    struct label label = {.name = STR("pod"), .value = STR("p")};
    struct merge *merge = merge_new(&input->options);
    struct reader *reader = merge_add(merge, &label, labelled ? 1 : 0);
    struct str type = input->openmetrics ? STR("application/openmetrics-text") : STR("text/plain");
    reader_set_content_type(reader, type);
    bool up = feed(reader, input->body, piece);
    buffer_init(out, SIZE_MAX);
    pull(merge, out);
    return up;
}

static void check(bool fine, const char *what, struct str page)
{
    if (fine)
        return;
    fprintf(stderr, "%s\n%.*s", what, STR_ARG(page));
    abort();
}

static struct str without_first_lines(struct str page)
{
    struct str line;
    for (int i = 0; i < 3; i++)
        str_next(&page, '\n', &line);
    return page;
}

static void check_again(const struct input *input, struct str page)
{
    struct buffer again;
    struct str rest = without_first_lines(page);
    struct input second = *input;
    second.body = rest;
    second.openmetrics = format_is_openmetrics(input->options.format.format);
    if (str_starts(rest, STR("up{")))
        return; /* would be read without its TYPE and renamed or joined anew */
    check(make_page(&second, 64, false, &again), "the page cannot be read", page);
    check(str_equal(without_first_lines(buffer_view(&again)), rest), "the page is no fixed point",
          page);
    buffer_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole;
    struct buffer cut;
    struct page_problem problem;
    if (size < 2)
        return 0;
    /* What the first page leaves in the cache, the second is made with. */
    struct merge_cache *cache = merge_cache_new(CACHE_BYTES);
    struct input input = {.options = form_of(data[0], &limits),
                          .body = {.data = (const char *)data + 2, .length = size - 2},
                          .openmetrics = data[1] & 1};
    input.options.cache = cache;
    struct page_rules rules = rules_of(&input.options);
    bool up = make_page(&input, size, true, &whole);
    bool cut_up = make_page(&input, 1 + (size_t)(data[1] >> 1), true, &cut);
    struct str page = buffer_view(&whole);
    check(up == cut_up && str_equal(page, buffer_view(&cut)), "cutting matters", page);
    if (!page_is_fine(page, &rules, &problem))
        check(false, problem.what, page);
    if (up)
        check_again(&input, page);
    buffer_done(&whole);
    buffer_done(&cut);
    merge_cache_free(cache);
    return 0;
}
