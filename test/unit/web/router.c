#include "web/router.h"

#include "scrape/source_state.h"
#include "scrape/target_table.h"
#include "unit/fake_timers.h"
#include "unit/web/fake_exchange.h"
#include "unit/web/fake_scrape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct fake_timers time;
    struct scraper scraper;
    struct source_state *source;
    struct target_table *targets;
    struct router *router;
    struct http_exchange exchange;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.source = source_state_new(), .targets = target_table_new()};
    fake_timers_init(&fixture.time);
    source_state_add(fixture.source, STR("namespace a"));
    source_state_add(fixture.source, STR("namespace b"));
    fixture.router = router_new(&(struct router_options){
        .scraper = &fixture.scraper,
        .source = fixture.source,
        .targets = fixture.targets,
        .timers = &fixture.time.timers,
        .timeout_ms = 9000,
        .most_scrapes = 16,
        .version = "1.2.3",
    });
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    router_free(fixture->router);
    target_table_free(fixture->targets);
    source_state_free(fixture->source);
    fake_timers_done(&fixture->time);
    fake_exchange_done(&fixture->exchange);
    return 0;
}

static const struct http_exchange *ask(struct fixture *fixture, const char *path)
{
    if (fixture->exchange.path.data)
        fake_exchange_done(&fixture->exchange);
    fake_exchange_init(&fixture->exchange, path);
    router_handle(&fixture->exchange, fixture->router);
    return &fixture->exchange;
}

static void healthy_is_always_healthy(void **state)
{
    const struct http_exchange *exchange = ask(*state, "/-/healthy");
    assert_int_equal(exchange->status, 200);
    assert_body(exchange, "healthy\n");
}

static void ready_names_the_namespaces_that_are_not_known(void **state)
{
    struct fixture *fixture = *state;
    source_state_set_known(fixture->source, 0);
    source_state_set_trouble(fixture->source, 1, STR("forbidden"));
    const struct http_exchange *exchange = ask(fixture, "/-/ready");
    assert_int_equal(exchange->status, 503);
    assert_body(exchange, "namespace b: forbidden\n");
}

static void ready_once_every_namespace_is_known(void **state)
{
    struct fixture *fixture = *state;
    source_state_set_known(fixture->source, 0);
    source_state_set_known(fixture->source, 1);
    const struct http_exchange *exchange = ask(fixture, "/-/ready");
    assert_int_equal(exchange->status, 200);
    assert_body(exchange, "ready\n");
}

static void ready_in_trouble_says_what_it_is(void **state)
{
    struct fixture *fixture = *state;
    source_state_set_known(fixture->source, 0);
    source_state_set_known(fixture->source, 1);
    source_state_set_trouble(fixture->source, 1, STR("forbidden"));
    const struct http_exchange *exchange = ask(fixture, "/-/ready");
    assert_int_equal(exchange->status, 200);
    assert_body(exchange, "ready\nnamespace b: forbidden; known pods stay\n");
}

static void a_draining_one_is_not_ready_but_healthy(void **state)
{
    struct fixture *fixture = *state;
    source_state_set_known(fixture->source, 0);
    source_state_set_known(fixture->source, 1);
    router_drain(fixture->router);
    assert_int_equal(ask(fixture, "/-/ready")->status, 503);
    assert_int_equal(ask(fixture, "/-/healthy")->status, 200);
}

static void a_draining_one_still_answers_metrics(void **state)
{
    struct fixture *fixture = *state;
    source_state_set_known(fixture->source, 0);
    router_drain(fixture->router);
    const struct http_exchange *exchange = ask(fixture, "/metrics");
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    assert_int_equal(fake_exchange_pull(&fixture->exchange), HTTP_BODY_END);
    assert_int_equal(exchange->status, 200);
}

static void the_first_page_says_what_this_is_and_links(void **state)
{
    struct fixture *fixture = *state;
    target_table_put(fixture->targets, &(struct target){.id = STR("1"), .name = STR("a")});
    const struct http_exchange *exchange = ask(fixture, "/");
    struct str body = buffer_view(&exchange->body);
    assert_int_equal(exchange->status, 200);
    assert_true(str_equal(buffer_view(&exchange->content_type), STR("text/html; charset=utf-8")));
    assert_non_null(memmem(body.data, body.length, "Version 1.2.3.", 14));
    assert_non_null(memmem(body.data, body.length, "0 up, 0 down, 1 not scraped yet", 31));
    assert_non_null(memmem(body.data, body.length, "<a href=\"metrics\">", 18));
    assert_non_null(memmem(body.data, body.length, "<a href=\"-/ready\">", 18));
}

static void anything_else_is_404(void **state)
{
    static const char *const paths[] = {"",          "/metrics/", "//metrics", "/Metrics",
                                        "/-/health", "/metric",   "/-/ready ", "*"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_int_equal(ask(*state, paths[i])->status, 404);
}

#define ROUTER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTER_TEST(healthy_is_always_healthy),
        ROUTER_TEST(ready_names_the_namespaces_that_are_not_known),
        ROUTER_TEST(ready_once_every_namespace_is_known),
        ROUTER_TEST(ready_in_trouble_says_what_it_is),
        ROUTER_TEST(a_draining_one_is_not_ready_but_healthy),
        ROUTER_TEST(a_draining_one_still_answers_metrics),
        ROUTER_TEST(the_first_page_says_what_this_is_and_links),
        ROUTER_TEST(anything_else_is_404),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
