#include "fixture.h"

#include "base/memory.h"
#include "exposition/merge_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void merging_init(struct merging *merging)
{
    *merging = (struct merging){
        .options = {.limits = {.body_bytes = 1 << 26,
                               .total_bytes = 1 << 28,
                               .line_bytes = 1 << 20,
                               .labels = 64,
                               .samples = 1000000},
                    .cache = merge_cache_new(1 << 20)},
    };
    buffer_init(&merging->page, SIZE_MAX);
}

void merging_drop_cache(struct merging *merging)
{
    merge_cache_free(merging->options.cache);
    merging->options.cache = NULL;
}

void merging_done(struct merging *merging)
{
    merge_cache_free(merging->options.cache);
    buffer_done(&merging->page);
}

static struct reader *add_source(struct merge *merge, size_t index, size_t count)
{
    char name[16] = "p";
    if (count > 1)
        snprintf(name, sizeof name, "p%zu", index);
    struct label labels[] = {{.name = STR("k8s_pod_name"), .value = str_from(name)},
                             {.name = STR("k8s_namespace"), .value = STR("n")}};
    return merge_add(merge, labels, 2);
}

bool feed_copy(struct reader *reader, struct str bytes, struct error *error)
{
    char *exact = memory_new(bytes.length > 0 ? bytes.length : 1, 1);
    if (bytes.length > 0)
        memcpy(exact, bytes.data, bytes.length);
    bool fine = reader_feed(reader, (struct str){.data = exact, .length = bytes.length}, error);
    free(exact);
    return fine;
}

static void read_body(struct merging *merging, struct reader *reader, const struct body *body)
{
    reader_set_content_type(reader, str_from(body->content_type));
    struct str rest = body->text;
    size_t piece = merging->piece > 0 ? merging->piece : rest.length;
    while (rest.length > 0) {
        if (!feed_copy(reader, str_slice(rest, 0, piece), &merging->error))
            return;
        rest = str_skip(rest, piece);
    }
    reader_finish(reader, &merging->error);
}

struct reader *add_pod(struct merge *merge, int number)
{
    char name[16];
    snprintf(name, sizeof name, "p%d", number);
    struct label label = {.name = STR("pod"), .value = str_from(name)};
    return merge_add(merge, &label, 1);
}

static void pull_page(struct merging *merging, struct merge *merge)
{
    while (!merge_settle(merge))
        ;
    struct page *page = merge_take_page(merge);
    merging->facts = page_facts(page);
    if (merging->look)
        merging->look(merging, page);
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    while (page_next(cursor, &merging->page))
        ;
    while (!page_cursor_free_some(cursor))
        ;
}

void merging_run(struct merging *merging, const struct body *bodies, size_t count)
{
    struct merge *merge = merge_new(&merging->options);
    struct reader **readers = memory_new(count + 1, sizeof(struct reader *));
    buffer_clear(&merging->page);
    merging->error = (struct error){0};
    for (size_t i = 0; i < count; i++)
        readers[i] = add_source(merge, i, count);
    for (size_t i = 0; i < count; i++) {
        size_t next = merging->order ? merging->order[i] : i;
        read_body(merging, readers[next], &bodies[next]);
    }
    free(readers);
    pull_page(merging, merge);
}

static void expect_bytes(struct merging *merging, const char *page)
{
    buffer_append_byte(&merging->page, '\0');
    assert_string_equal(merging->page.data, page);
}

void expect_page(struct body body, const char *rest)
{
    struct merging merging;
    struct buffer expected;
    merging_init(&merging);
    buffer_init(&expected, SIZE_MAX);
    buffer_append(&expected, STR(UP_HEAD "up{" INJ "} 1\n"));
    buffer_append(&expected, str_from(rest));
    buffer_append_byte(&expected, '\0');
    for (merging.piece = 0; merging.piece <= 7; merging.piece++) {
        merging_run(&merging, &body, 1);
        assert_string_equal(merging.error.text, "");
        expect_bytes(&merging, expected.data);
    }
    buffer_done(&expected);
    merging_done(&merging);
}

void expect_refused(struct body body, const char *reason)
{
    struct merging merging;
    merging_init(&merging);
    for (merging.piece = 0; merging.piece <= 7; merging.piece++) {
        merging_run(&merging, &body, 1);
        expect_bytes(&merging, UP_HEAD "up{" INJ "} 0\n");
        if (strstr(merging.error.text, reason) == NULL)
            fail_msg("expected \"%s\", got \"%s\"", reason, merging.error.text);
    }
    merging_done(&merging);
}

/* Arrival in the order of the pods, and in the opposite one. */
void expect_merged(const struct body *bodies, size_t count, const char *rest)
{
    struct merging merging;
    size_t backwards[16];
    merging_init(&merging);
    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++)
        backwards[i] = count - 1 - i;
    for (int turn = 0; turn < 2; turn++) {
        merging.order = turn == 0 ? NULL : backwards;
        merging_run(&merging, bodies, count);
        buffer_append_byte(&merging.page, '\0');
        const char *after_up = strstr(merging.page.data, "\n# TYPE ");
        assert_string_equal(after_up ? after_up + 1 : "", rest);
        merging.page.length--;
    }
    merging_done(&merging);
}
