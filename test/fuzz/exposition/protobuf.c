/*
 * One body of protobuf, or of text for a page of protobuf. It gives the same page however it is
 * cut, and whether or not another source had the same before it, or all of it but one byte. A page
 * of text or OpenMetrics is legal; a page of protobuf can be read again, as the body of a source
 * without labels, and gives itself once more but for our `up`. First byte: the lowest three bits
 * choose the formats, the rest how the body is cut.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "exposition/merge.h"
#include "exposition/page.h"
#include "exposition/reader.h"
#include "unit/exposition/page_checker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROTOBUF "application/vnd.google.protobuf"

struct way {
    const char *from;
    enum exposition_format to;
    enum escaping_scheme escaping;
};

static const struct way ways[] = {
    {PROTOBUF, FORMAT_PROTOBUF, ESCAPING_UNDERSCORES},
    {PROTOBUF, FORMAT_TEXT_0_0_4, ESCAPING_UNDERSCORES},
    {PROTOBUF, FORMAT_OPENMETRICS_1_0_0, ESCAPING_ALLOW_UTF_8},
    {PROTOBUF, FORMAT_PROTOBUF, ESCAPING_ALLOW_UTF_8},
    {"text/plain", FORMAT_PROTOBUF, ESCAPING_UNDERSCORES},
    {"application/openmetrics-text", FORMAT_PROTOBUF, ESCAPING_UNDERSCORES},
    {"text/plain", FORMAT_PROTOBUF, ESCAPING_ALLOW_UTF_8},
    {PROTOBUF, FORMAT_PROTOBUF, ESCAPING_VALUES},
};

struct making {
    struct way way;
    size_t piece;
    size_t limit; /* of a line, and of samples */
    bool is_labelled;
    struct str known; /* what other sources had before */
};

static bool feed(struct reader *reader, struct str body, size_t piece)
{
    while (body.length > 0) {
        if (!reader_feed(reader, str_slice(body, 0, piece), NULL))
            return false;
        body = str_skip(body, piece);
    }
    return true;
}

static struct reader *add(struct merge *merge, const struct making *making)
{
    struct label label = {.name = STR("pod"), .value = STR("p")};
    struct reader *reader = merge_add(merge, &label, making->is_labelled ? 1 : 0);
    reader_set_content_type(reader, str_from(making->way.from));
    return reader;
}

/* A source that is refused in the end: nothing of it is on the page, but names are known, and what
 * its metrics are but for their values. */
static void add_refused(struct merge *merge, const struct making *making)
{
    struct reader *reader = add(merge, making);
    if (feed(reader, making->known, making->piece))
        reader_refuse(reader);
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

/* True where the body was read. */
static bool make_page(const struct making *making, struct str body, struct buffer *out)
{
    struct merge_options options = {
        .format = {.format = making->way.to, .escaping = making->way.escaping},
        .limits = {.body_bytes = (size_t)1 << 24,
                   .total_bytes = (size_t)1 << 26,
                   .line_bytes = making->limit,
                   .labels = making->limit / 64,
                   .samples = making->limit}};
    struct merge *merge = merge_new(&options);
    for (size_t i = 0; i < 2; i++) /* whole families are known after two */
        add_refused(merge, making);
    struct reader *reader = add(merge, making);
    bool up = feed(reader, body, making->piece) && reader_finish(reader, NULL);
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

/* Our `up` is the first family, with a length before it. */
static struct str without_first_family(struct str page)
{
    uint64_t length = 0;
    size_t at = 0;
    for (; (unsigned char)page.data[at] >= 0x80; at++)
        length |= (uint64_t)(page.data[at] & 0x7f) << (7 * at);
    length |= (uint64_t)(unsigned char)page.data[at] << (7 * at);
    return str_skip(page, at + 1 + (size_t)length);
}

static void check_again(const struct way *way, struct str page)
{
    struct making making = {
        .way = {PROTOBUF, FORMAT_PROTOBUF, way->escaping}, .piece = 100, .limit = 1 << 20};
    struct buffer again;
    check(make_page(&making, page, &again), "the page cannot be read", page);
    check(str_equal(without_first_family(buffer_view(&again)), without_first_family(page)),
          "the page is no fixed point", page);
    buffer_done(&again);
}

static void check_same(const struct making *making, struct str body, bool up, struct str page)
{
    struct buffer other;
    bool other_up = make_page(making, body, &other);
    check(up == other_up && str_equal(page, buffer_view(&other)),
          "cutting matters, or what is known", page);
    buffer_done(&other);
}

/* Another source has a bit that is another. */
static void check_beside_near_one(struct making making, struct str body, bool up, struct str page)
{
    if (body.length == 0)
        return;
    char *near = memory_new(body.length, 1);
    memcpy(near, body.data, body.length);
    char *changed = near + body.length * making.piece / 32 % body.length;
    *changed = (char)(*changed ^ (1 << body.length % 8));
    making.known = (struct str){.data = near, .length = body.length};
    making.piece = body.length;
    check_same(&making, body, up, page);
    free(near);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole;
    struct page_problem problem;
    if (size == 0)
        return 0;
    struct str body = {.data = (const char *)data + 1, .length = size - 1};
    struct making making = {
        .way = ways[data[0] & 7], .piece = size, .limit = 4096, .is_labelled = true};
    bool up = make_page(&making, body, &whole);
    making.piece = 1 + (size_t)(data[0] >> 3);
    making.known = body;
    struct str page = buffer_view(&whole);
    check_same(&making, body, up, page);
    check_beside_near_one(making, body, up, page);
    struct page_rules rules = {.openmetrics = format_is_openmetrics(making.way.to),
                               .utf8 = making.way.escaping == ESCAPING_ALLOW_UTF_8};
    if (making.way.to == FORMAT_PROTOBUF)
        check_again(&making.way, page);
    else if (!page_is_fine(page, &rules, &problem))
        check(false, problem.what, page);
    buffer_done(&whole);
    return 0;
}
