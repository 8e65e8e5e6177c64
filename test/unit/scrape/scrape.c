#include "scrape/scrape.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "exposition/page.h"
#include "net/gzip_writer.h"
#include "scrape/target_table.h"
#include "unit/fake_http_client.h"
#include "unit/fake_timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    struct fake_timers timers;
    struct fake_http_client client;
    struct target_table *targets;
    struct scraper *scraper;
    struct scrape *scrape;
    struct buffer page; /* text of the page that came */
    int pages;
};

static void on_page(void *context, struct page *page)
{
    struct world *world = context;
    struct page_cursor *cursor = page_cursor_new(page);
    page_release(page);
    while (page_next(cursor, &world->page))
        ;
    page_cursor_free(cursor);
    buffer_append_byte(&world->page, '\0');
    world->pages++;
    world->scrape = NULL;
}

static int set_up(void **state)
{
    struct world *world = memory_new(1, sizeof *world);
    fake_timers_init(&world->timers);
    fake_http_client_init(&world->client);
    buffer_init(&world->page, (size_t)1 << 24);
    world->targets = target_table_new();
    world->scraper = scraper_new(&(struct scraper_options){
        .client = &world->client.client,
        .timers = &world->timers.timers,
        .targets = world->targets,
        .merge.limits = {.body_bytes = 1 << 20,
                         .total_bytes = 1 << 22,
                         .line_bytes = 4096,
                         .labels = 64,
                         .samples = 1000},
        .connect_timeout_ms = 3000,
        .gzip = true,
    });
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    scraper_free(world->scraper);
    target_table_free(world->targets);
    fake_http_client_done(&world->client);
    fake_timers_done(&world->timers);
    buffer_done(&world->page);
    free(world);
    return 0;
}

static void add(struct world *world, const char *name, const char *fault)
{
    char url[64];
    snprintf(url, sizeof url, "http://%s/metrics", name);
    target_table_put(world->targets, &(struct target){.id = str_from(name),
                                                      .namespace = STR("n"),
                                                      .name = str_from(name),
                                                      .url = str_from(*fault ? "" : url),
                                                      .fault = str_from(fault)});
}

static void start(struct world *world)
{
    world->scrape =
        scrape_start(world->scraper, &(struct scrape_wish){.timeout_ms = 1000}, on_page, world);
    assert_int_equal(world->client.count, 0);
    assert_int_equal(world->pages, 0);
}

/* A path of 2,048 bytes, each of which three stand for in the URL: what an annotation may hold. */
static void add_with_long_url(struct world *world)
{
    struct buffer url;
    buffer_init(&url, 8192);
    buffer_append(&url, STR("http://long:80/"));
    for (int i = 0; i < 2047; i++)
        buffer_append(&url, STR("%22"));
    target_table_put(world->targets, &(struct target){.id = STR("long"),
                                                      .namespace = STR("n"),
                                                      .name = STR("long"),
                                                      .url = buffer_view(&url)});
    buffer_done(&url);
}

static struct fake_transfer *transfer_of(struct world *world, const char *name)
{
    char url[64];
    snprintf(url, sizeof url, "http://%s/metrics", name);
    for (size_t i = 0; i < world->client.count; i++)
        if (strcmp(world->client.transfers[i]->url, url) == 0)
            return world->client.transfers[i];
    fail_msg("nobody asked %s", url);
    return NULL;
}

static void assert_on_page(struct world *world, const char *text)
{
    if (strstr(world->page.data, text) == NULL)
        fail_msg("not on the page: %s\nthe page:\n%s", text, world->page.data);
}

static void assert_up(struct world *world, const char *name, int up)
{
    char line[128];
    snprintf(line, sizeof line, "up{k8s_pod_name=\"%s\",k8s_namespace=\"n\"} %d\n", name, up);
    assert_on_page(world, line);
}

static void no_targets_give_a_page_next_turn(void **state)
{
    struct world *world = *state;
    start(world);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
}

static void every_target_is_asked_and_is_on_the_page(void **state)
{
    struct world *world = *state;
    add(world, "b", "");
    add(world, "a", "");
    start(world);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->client.count, 2);
    fake_transfer_answer(transfer_of(world, "b"), "x 2\n");
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 0);
    fake_transfer_answer(transfer_of(world, "a"), "x 1\n");
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
    assert_up(world, "a", 1);
    assert_up(world, "b", 1);
    assert_on_page(world, "x{k8s_pod_name=\"a\",k8s_namespace=\"n\"} 1\n"
                          "x{k8s_pod_name=\"b\",k8s_namespace=\"n\"} 2\n");
}

static void the_deadline_answers_with_what_is_complete(void **state)
{
    struct world *world = *state;
    add(world, "cut", "");
    add(world, "good", "");
    add(world, "mute", "");
    start(world);
    fake_timers_settle(&world->timers);
    fake_transfer_answer(transfer_of(world, "good"), "x 1\n");
    fake_transfer_head(transfer_of(world, "cut"), 200, "text/plain");
    assert_true(fake_transfer_body(transfer_of(world, "cut"), STR("x 1\n")));
    fake_timers_advance(&world->timers, 999);
    assert_int_equal(world->pages, 0);
    fake_timers_advance(&world->timers, 1);
    assert_int_equal(world->pages, 1);
    assert_up(world, "cut", 0);
    assert_up(world, "good", 1);
    assert_up(world, "mute", 0);
    assert_null(strstr(world->page.data, "x{k8s_pod_name=\"cut\""));
    assert_int_equal(fake_http_client_open(&world->client), 0);
    assert_int_equal(target_table_counts(world->targets).down, 2);
}

/* The refused ones come first, so that they are seen not to hold up the last. */
static void whatever_a_target_does_wrong_is_its_own_fault(void **state)
{
    struct world *world = *state;
    const char *const names[] = {"bad", "coded", "cut", "gone", "moved", "proto", "refused"};
    for (size_t i = 0; i < 7; i++)
        add(world, names[i], "");
    add(world, "faulty", "port 99999 is not one");
    add(world, "good", "");
    start(world);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->client.count, 8);
    struct fake_transfer *bad = transfer_of(world, "bad");
    fake_transfer_head(bad, 200, "text/plain");
    assert_false(fake_transfer_body(bad, STR("x 1\nthis is no metric\n")));
    struct http_head coded = {.status = 200, .content_encoding = STR("br"), .retry_after_s = -1};
    fake_transfer_head_full(transfer_of(world, "coded"), &coded);
    assert_false(fake_transfer_body(transfer_of(world, "coded"), STR("x 1\n")));
    struct fake_transfer *cut = transfer_of(world, "cut");
    fake_transfer_head(cut, 200, "text/plain");
    assert_true(fake_transfer_body(cut, STR("x 1\n")));
    fake_transfer_done(cut, HTTP_CUT, "closed in the middle");
    fake_transfer_head(transfer_of(world, "gone"), 404, "text/plain");
    fake_transfer_done(transfer_of(world, "gone"), HTTP_OK, "");
    fake_transfer_head(transfer_of(world, "moved"), 302, "");
    fake_transfer_done(transfer_of(world, "moved"), HTTP_OK, "");
    fake_transfer_head(transfer_of(world, "proto"), 200,
                       "application/vnd.google.protobuf; encoding=text");
    assert_false(fake_transfer_body(transfer_of(world, "proto"), STR("x")));
    fake_transfer_done(transfer_of(world, "refused"), HTTP_NO_CONNECTION, "connection refused");
    fake_transfer_answer(transfer_of(world, "good"), "x 1\n");
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
    for (size_t i = 0; i < 7; i++)
        assert_up(world, names[i], 0);
    assert_up(world, "faulty", 0);
    assert_up(world, "good", 1);
    assert_on_page(world, "x{k8s_pod_name=\"good\",k8s_namespace=\"n\"} 1\n");
}

static void no_content_is_a_page_of_nothing(void **state)
{
    struct world *world = *state;
    add(world, "a", "");
    start(world);
    fake_timers_settle(&world->timers);
    fake_transfer_head(transfer_of(world, "a"), 204, "");
    fake_transfer_done(transfer_of(world, "a"), HTTP_OK, "");
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
    assert_up(world, "a", 1);
}

static void the_request_says_what_is_wanted_and_how_long_it_may_take(void **state)
{
    struct world *world = *state;
    add(world, "a", "");
    start(world);
    fake_timers_settle(&world->timers);
    struct fake_transfer *transfer = transfer_of(world, "a");
    assert_non_null(strstr(transfer->headers, "Accept: text/plain;version=0.0.4"));
    assert_null(strstr(transfer->headers, "openmetrics"));
    assert_non_null(strstr(transfer->headers, "Accept-Encoding: gzip\n"));
    assert_non_null(strstr(transfer->headers, "X-Prometheus-Scrape-Timeout-Seconds: 1.000\n"));
    assert_int_equal(transfer->request.body_limit, 1 << 20);
    assert_null(transfer->request.proxy);
    fake_transfer_answer(transfer, "");
    fake_timers_settle(&world->timers);
    assert_up(world, "a", 1);
}

static void a_sample_has_the_labels_that_its_target_has_a_value_of(void **state)
{
    struct world *world = *state;
    static const struct str names[] = {{"node", 4}, {"team", 4}, {"zone", 4}};
    struct scraper *plain = world->scraper;
    world->scraper = scraper_new(&(struct scraper_options){
        .client = &world->client.client,
        .timers = &world->timers.timers,
        .targets = world->targets,
        .merge = {.limits = {.body_bytes = 1000,
                             .total_bytes = 10000,
                             .line_bytes = 100,
                             .samples = 10,
                             .families = 10}},
        .label_names = names,
        .label_count = 3,
    });
    scraper_free(plain);
    target_table_put(world->targets, &(struct target){.id = STR("a"),
                                                      .namespace = STR("n"),
                                                      .name = STR("a"),
                                                      .url = STR("http://a/metrics"),
                                                      .label_values = STR("n1\0\0z\0")});
    start(world);
    fake_timers_settle(&world->timers);
    fake_transfer_answer(transfer_of(world, "a"), "x 1\n");
    fake_timers_settle(&world->timers);
    assert_up(world, "a", 1);
    assert_on_page(world, "x{k8s_pod_name=\"a\",k8s_namespace=\"n\",node=\"n1\",zone=\"z\"} 1\n");
}

/* A head that says gzip, and the text packed. */
static void send_packed(struct fake_transfer *transfer, const char *encoding, struct str text,
                        size_t length)
{
    struct http_head head = {.status = 200,
                             .content_type = STR("text/plain"),
                             .content_encoding = str_from(encoding),
                             .retry_after_s = -1};
    struct buffer packed;
    struct gzip_writer *writer = gzip_writer_new();
    buffer_init(&packed, (size_t)1 << 24);
    while (!gzip_write(writer, &text, true, &packed))
        continue;
    fake_transfer_head_full(transfer, &head);
    fake_transfer_body(transfer, str_slice(buffer_view(&packed), 0, length));
    gzip_writer_free(writer);
    buffer_done(&packed);
}

static void begin_one(struct world *world)
{
    add(world, "a", "");
    add(world, "b", "");
    start(world);
    fake_timers_settle(&world->timers);
    fake_transfer_answer(transfer_of(world, "b"), "x 2\n");
}

static void a_packed_body_is_a_body(void **state)
{
    struct world *world = *state;
    begin_one(world);
    send_packed(transfer_of(world, "a"), "X-Gzip", STR("x 1\n"), SIZE_MAX);
    fake_transfer_done(transfer_of(world, "a"), HTTP_OK, "");
    assert_int_equal(world->pages, 0);
    fake_timers_settle(&world->timers);
    assert_up(world, "a", 1);
    assert_on_page(world, "x{k8s_pod_name=\"a\",k8s_namespace=\"n\"} 1\n"
                          "x{k8s_pod_name=\"b\",k8s_namespace=\"n\"} 2\n");
}

static void a_packed_body_that_is_cut_is_down(void **state)
{
    struct world *world = *state;
    begin_one(world);
    send_packed(transfer_of(world, "a"), "gzip", STR("x 1\n"), 20);
    fake_transfer_done(transfer_of(world, "a"), HTTP_OK, "");
    fake_timers_settle(&world->timers);
    assert_up(world, "a", 0);
    assert_up(world, "b", 1);
    assert_null(strstr(world->page.data, "x{k8s_pod_name=\"a\""));
}

/* Bytes that do not shrink, or shrink to little, so that unpacking begins before the end. */
static struct str long_text(struct buffer *text, size_t length, const char *start)
{
    uint32_t noise = 1;
    buffer_init(text, (size_t)1 << 24);
    while (text->length < length) {
        noise = noise * 1664525 + 1013904223;
        buffer_append_format(text, "%s %u\n", start, noise);
    }
    return buffer_view(text);
}

/* It need not be waited for: the transfer is cancelled, and the page is made. */
static void what_is_wrong_in_a_packed_body_ends_its_transfer(void **state)
{
    struct world *world = *state;
    struct buffer text;
    begin_one(world);
    send_packed(transfer_of(world, "a"), "gzip", long_text(&text, 60000, "no metric"), SIZE_MAX);
    fake_timers_settle(&world->timers);
    assert_true(transfer_of(world, "a")->is_cancelled);
    assert_int_equal(world->pages, 1);
    assert_up(world, "a", 0);
    buffer_done(&text);
}

static void a_packed_body_that_is_too_long_ends_its_transfer(void **state)
{
    struct world *world = *state;
    struct buffer text;
    begin_one(world);
    send_packed(transfer_of(world, "a"), "gzip", long_text(&text, (1 << 20) + 1, "#"), SIZE_MAX);
    fake_timers_settle(&world->timers);
    assert_true(transfer_of(world, "a")->is_cancelled);
    assert_int_equal(world->pages, 1);
    assert_up(world, "a", 0);
    buffer_done(&text);
}

static void a_packed_body_that_breaks_off_is_down(void **state)
{
    struct world *world = *state;
    begin_one(world);
    send_packed(transfer_of(world, "a"), "gzip", STR("x 1\n"), SIZE_MAX);
    fake_transfer_done(transfer_of(world, "a"), HTTP_CUT, "reset");
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
    assert_up(world, "a", 0);
}

/* Of one the transfer runs on, of the other it has ended. */
static void packed_bodies_that_are_not_unpacked_by_the_deadline_are_late(void **state)
{
    struct world *world = *state;
    add(world, "c", "");
    begin_one(world);
    send_packed(transfer_of(world, "a"), "gzip", STR("x 1\n"), SIZE_MAX);
    fake_timers_advance(&world->timers, 999);
    send_packed(transfer_of(world, "c"), "gzip", STR("x 1\n"), SIZE_MAX);
    world->timers.now_ms++;
    fake_transfer_done(transfer_of(world, "c"), HTTP_OK, "");
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
    assert_up(world, "a", 0);
    assert_up(world, "b", 1);
    assert_int_equal(fake_http_client_open(&world->client), 0);
    assert_up(world, "c", 0);
    assert_int_equal(target_table_counts(world->targets).down, 2);
}

static void a_scrape_may_be_cancelled_while_bodies_are_unpacked(void **state)
{
    struct world *world = *state;
    struct buffer text;
    begin_one(world);
    send_packed(transfer_of(world, "a"), "gzip", long_text(&text, 900000, "#"), SIZE_MAX);
    fake_timers_turn(&world->timers);
    scrape_cancel(world->scrape);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 0);
    assert_true(transfer_of(world, "a")->is_cancelled);
    buffer_done(&text);
}

static void a_cancelled_scrape_is_silent(void **state)
{
    struct world *world = *state;
    add(world, "a", "");
    add(world, "b", "");
    start(world);
    fake_timers_settle(&world->timers);
    fake_transfer_answer(transfer_of(world, "a"), "x 1\n");
    scrape_cancel(world->scrape);
    fake_timers_advance(&world->timers, 5000);
    assert_int_equal(world->pages, 0);
    assert_true(transfer_of(world, "b")->is_cancelled);
    assert_int_equal(target_table_counts(world->targets).down, 0);
}

static void a_scrape_may_be_cancelled_before_it_asked_anybody(void **state)
{
    struct world *world = *state;
    add(world, "a", "");
    start(world);
    scrape_cancel(world->scrape);
    fake_timers_advance(&world->timers, 5000);
    assert_int_equal(world->client.count, 0);
    assert_int_equal(world->pages, 0);
}

/* A turn at a time, over starting, waiting and settling: wherever the cancel falls, silence. */
static void a_scrape_may_be_cancelled_after_each_turn(void **state)
{
    struct world *world = *state;
    for (size_t turns = 0; turns < 8; turns++) {
        for (int i = 0; i < 300; i++) {
            char name[16];
            snprintf(name, sizeof name, "t%d", i);
            add(world, name, i % 2 ? "fault" : "");
        }
        size_t before = world->client.count;
        world->scrape =
            scrape_start(world->scraper, &(struct scrape_wish){.timeout_ms = 1000}, on_page, world);
        for (size_t turn = 0; turn < turns; turn++) {
            fake_timers_turn(&world->timers);
            for (size_t i = before; i < world->client.count; i++)
                fake_transfer_answer(world->client.transfers[i], "x 1\n");
        }
        int pages = world->pages;
        if (world->scrape)
            scrape_cancel(world->scrape);
        fake_timers_advance(&world->timers, 5000);
        assert_int_equal(world->pages, pages);
        world->pages = 0;
        buffer_clear(&world->page);
    }
}

static void the_scraper_may_end_while_late_transfers_are_still_open(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        add(world, name, "");
    }
    start(world);
    fake_timers_settle(&world->timers);
    scrape_cancel(world->scrape);
    fake_timers_turn(&world->timers);
    assert_int_not_equal(fake_http_client_open(&world->client), 0);
    scraper_free(world->scraper);
    world->scraper = NULL;
    assert_int_equal(fake_http_client_open(&world->client), 0);
}

/* A megabyte in three hundred samples. */
static void answer_much(struct fake_transfer *transfer)
{
    struct buffer body;
    buffer_init(&body, 1 << 20);
    for (int i = 0; i < 300; i++)
        buffer_append_format(&body, "x{i=\"%d\",l=\"%03000d\"} 1\n", i, i);
    buffer_append_byte(&body, '\0');
    fake_transfer_answer(transfer, body.data);
    buffer_done(&body);
}

static void cancel_with_much(struct world *world)
{
    add(world, "a", "");
    add(world, "b", "");
    add(world, "c", "");
    add(world, "d", "");
    start(world);
    fake_timers_settle(&world->timers);
    answer_much(transfer_of(world, "a"));
    answer_much(transfer_of(world, "b"));
    answer_much(transfer_of(world, "c"));
    scrape_cancel(world->scrape);
    fake_timers_turn(&world->timers);
    assert_int_equal(fake_http_client_open(&world->client), 0);
    assert_int_equal(fake_timers_pending(&world->timers), 1);
}

static void what_a_cancelled_scrape_holds_is_freed_in_slices(void **state)
{
    struct world *world = *state;
    cancel_with_much(world);
    fake_timers_settle(&world->timers);
    assert_int_equal(fake_timers_pending(&world->timers), 0);
}

static void the_scraper_may_end_while_a_cancelled_scrape_is_freed(void **state)
{
    struct world *world = *state;
    cancel_with_much(world);
    scraper_free(world->scraper);
    world->scraper = NULL;
    assert_int_equal(fake_timers_pending(&world->timers), 0);
}

static void a_deadline_while_still_starting_answers_for_all(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 400; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%d", i);
        add(world, name, "");
    }
    start(world);
    fake_timers_turn(&world->timers);
    size_t asked = world->client.count;
    assert_in_range(asked, 1, 399);
    world->timers.now_ms += 1000; /* one long turn: the deadline is due with the next slice */
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
    assert_up(world, "t0", 0);
    assert_up(world, "t399", 0);
    assert_int_equal(fake_http_client_open(&world->client), 0);
}

static void a_target_that_goes_meanwhile_is_still_on_the_page(void **state)
{
    struct world *world = *state;
    add(world, "a", "");
    start(world);
    fake_timers_settle(&world->timers);
    target_table_remove(world->targets, STR("a"));
    fake_transfer_answer(transfer_of(world, "a"), "x 1\n");
    fake_timers_settle(&world->timers);
    assert_up(world, "a", 1);
}

static void scrapes_side_by_side_do_not_meet(void **state)
{
    struct world *world = *state;
    add(world, "a", "");
    start(world);
    struct scrape *other =
        scrape_start(world->scraper, &(struct scrape_wish){.timeout_ms = 500}, on_page, world);
    fake_timers_settle(&world->timers);
    assert_int_equal(world->client.count, 2);
    assert_non_null(other);
    fake_transfer_answer(world->client.transfers[0], "x 1\n");
    fake_timers_settle(&world->timers);
    assert_int_equal(world->pages, 1);
    assert_up(world, "a", 1);
    buffer_clear(&world->page);
    fake_timers_advance(&world->timers, 500);
    assert_int_equal(world->pages, 2);
    assert_up(world, "a", 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* What is logged while it waits for the deadline. */
static void read_log_until_deadline(struct world *world, char *room, size_t size)
{
    int ends[2];
    int before = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    fake_timers_advance(&world->timers, 1000);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t length = read(ends[0], room, size - 1);
    close(ends[0]);
    assert_true(length >= 0);
    room[length] = '\0';
}

static void a_target_with_the_longest_url_is_logged(void **state)
{
    struct world *world = *state;
    static char logged[16384];
    add_with_long_url(world);
    start(world);
    fake_timers_settle(&world->timers);
    read_log_until_deadline(world, logged, sizeof logged);
    assert_non_null(strstr(logged, "msg=\"Error scraping http://long:80/%22%22"));
    assert_non_null(strstr(logged, " pod=long namespace=n reason=\"no complete answer"));
}

static void finish_with_conflict(struct world *world, char *room, size_t size)
{
    world->scrape =
        scrape_start(world->scraper, &(struct scrape_wish){.timeout_ms = 1000}, on_page, world);
    fake_timers_settle(&world->timers);
    size_t count = world->client.count;
    fake_transfer_answer(world->client.transfers[count - 2], "# TYPE c counter\nc 1\n");
    fake_transfer_answer(world->client.transfers[count - 1], "# TYPE c gauge\nc 1\n");
    read_log_until_deadline(world, room, size);
    buffer_clear(&world->page);
}

/* By the scraper, which remembers it from one scrape to the next. */
static void types_that_conflict_are_logged_once_and_counted_each_time(void **state)
{
    struct world *world = *state;
    static char logged[16384];
    add(world, "a", "");
    add(world, "b", "");
    log_setup(LOG_DEBUG, LOG_LOGFMT);
    finish_with_conflict(world, logged, sizeof logged);
    assert_non_null(strstr(logged, " family=c reason=\"counter: n/a; gauge: n/b\" result="));
    const char *const counts =
        "msg=Scraped targets=2 up=2 families=2 samples=4 skipped=0 conflicts=1\n";
    assert_non_null(strstr(logged, counts));
    finish_with_conflict(world, logged, sizeof logged);
    log_setup(LOG_INFO, LOG_LOGFMT);
    assert_null(strstr(logged, " family=c "));
    assert_non_null(strstr(logged, counts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_targets_give_a_page_next_turn),
        TEST(every_target_is_asked_and_is_on_the_page),
        TEST(the_deadline_answers_with_what_is_complete),
        TEST(whatever_a_target_does_wrong_is_its_own_fault),
        TEST(no_content_is_a_page_of_nothing),
        TEST(the_request_says_what_is_wanted_and_how_long_it_may_take),
        TEST(a_sample_has_the_labels_that_its_target_has_a_value_of),
        TEST(a_packed_body_is_a_body),
        TEST(a_packed_body_that_is_cut_is_down),
        TEST(what_is_wrong_in_a_packed_body_ends_its_transfer),
        TEST(a_packed_body_that_is_too_long_ends_its_transfer),
        TEST(a_packed_body_that_breaks_off_is_down),
        TEST(packed_bodies_that_are_not_unpacked_by_the_deadline_are_late),
        TEST(a_scrape_may_be_cancelled_while_bodies_are_unpacked),
        TEST(a_cancelled_scrape_is_silent),
        TEST(a_scrape_may_be_cancelled_before_it_asked_anybody),
        TEST(a_scrape_may_be_cancelled_after_each_turn),
        TEST(the_scraper_may_end_while_late_transfers_are_still_open),
        TEST(what_a_cancelled_scrape_holds_is_freed_in_slices),
        TEST(the_scraper_may_end_while_a_cancelled_scrape_is_freed),
        TEST(a_deadline_while_still_starting_answers_for_all),
        TEST(a_target_that_goes_meanwhile_is_still_on_the_page),
        TEST(scrapes_side_by_side_do_not_meet),
        TEST(a_target_with_the_longest_url_is_logged),
        TEST(types_that_conflict_are_logged_once_and_counted_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
