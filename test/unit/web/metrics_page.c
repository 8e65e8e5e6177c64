#include "web/metrics_page.h"

#include "scrape/source_state.h"
#include "unit/fake_timers.h"
#include "unit/web/fake_exchange.h"
#include "unit/web/fake_scrape.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
    struct fake_timers time;
    struct scraper scraper;
    struct source_state *source;
    struct metrics_page *page;
    struct http_exchange exchange;
    struct http_exchange other;
    struct http_exchange third;
    size_t sent;
};

static void on_sent(void *context)
{
    struct fixture *fixture = context;
    fixture->sent++;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.source = source_state_new()};
    fake_timers_init(&fixture.time);
    source_state_add(fixture.source, STR("namespace a"));
    source_state_add(fixture.source, STR("namespace b"));
    fixture.page = metrics_page_new(&(struct metrics_page_options){
        .scraper = &fixture.scraper,
        .source = fixture.source,
        .timers = &fixture.time.timers,
        .timeout_ms = 9000,
        .most_scrapes = 2,
        .formats = FORMAT_BIT(FORMAT_OPENMETRICS_1_0_0),
        .on_sent = on_sent,
        .context = &fixture,
    });
    fake_exchange_init(&fixture.exchange, "/metrics");
    fake_exchange_init(&fixture.other, "/metrics");
    fake_exchange_init(&fixture.third, "/metrics");
    *state = &fixture;
    return 0;
}

/* Whatever happened: nothing is under way, no page and no timer is left. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    metrics_page_free(fixture->page);
    assert_int_equal(fixture->scraper.under_way, 0);
    assert_int_equal(fixture->scraper.pages, 0);
    fake_exchange_done(&fixture->exchange);
    fake_exchange_done(&fixture->other);
    fake_exchange_done(&fixture->third);
    source_state_free(fixture->source);
    fake_timers_done(&fixture->time);
    return 0;
}

static struct fixture *known(void **state)
{
    struct fixture *fixture = *state;
    source_state_set_known(fixture->source, 0);
    return fixture;
}

static void a_page_may_be_packed_by_its_number_of_samples(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n|down 0\n");
    assert_true(fake_exchange_has_header(&fixture->exchange, "Vary: Accept, Accept-Encoding"));
    assert_int_equal(fixture->exchange.packable, 128);
    fake_exchange_pull(&fixture->exchange);
}

static void the_page_is_answered_in_pieces(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    assert_int_equal(fixture->exchange.status, 0);
    fake_scrape_end(fixture->scraper.last, "up 1\n|down 0\n");
    assert_int_equal(fixture->exchange.status, 200);
    assert_true(str_equal(buffer_view(&fixture->exchange.content_type),
                          STR("text/plain; version=0.0.4; charset=utf-8")));
    assert_int_equal(fixture->sent, 0);
    assert_int_equal(fake_exchange_pull(&fixture->exchange), HTTP_BODY_END);
    assert_body(&fixture->exchange, "up 1\ndown 0\n");
    assert_int_equal(fixture->sent, 1);
}

static void the_page_has_the_format_that_the_client_chose(void **state)
{
    struct fixture *fixture = known(state);
    fixture->exchange.accept_header = STR("application/openmetrics-text;escaping=allow-utf-8");
    metrics_page_answer(fixture->page, &fixture->exchange);
    assert_int_equal(fixture->scraper.last_format.format, FORMAT_OPENMETRICS_1_0_0);
    assert_int_equal(fixture->scraper.last_format.escaping, ESCAPING_ALLOW_UTF_8);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    assert_true(str_equal(buffer_view(&fixture->exchange.content_type),
                          STR("application/openmetrics-text; version=1.0.0; charset=utf-8; "
                              "escaping=allow-utf-8")));
    assert_true(fake_exchange_has_header(&fixture->exchange, "Vary: Accept, Accept-Encoding"));
    assert_int_equal(fake_exchange_pull(&fixture->exchange), HTTP_BODY_END);
}

static void a_format_that_may_not_be_is_not_chosen(void **state)
{
    struct fixture *fixture = known(state);
    fixture->exchange.accept_header = STR("application/openmetrics-text;version=0.0.1");
    metrics_page_answer(fixture->page, &fixture->exchange);
    assert_int_equal(fixture->scraper.last_format.format, FORMAT_TEXT_0_0_4);
    fake_exchange_leave(&fixture->exchange);
}

static void a_large_page_is_freed_in_slices_once_it_is_sent(void **state)
{
    struct fixture *fixture = known(state);
    fixture->scraper.slices = 3;
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->exchange);
    assert_int_equal(fixture->scraper.slices, 2);
    fake_timers_turn(&fixture->time);
    assert_int_equal(fixture->scraper.slices, 1);
    fake_timers_turn(&fixture->time);
    assert_int_equal(fixture->sent, 0);
    fake_timers_turn(&fixture->time);
    assert_int_equal(fixture->sent, 1);
    assert_int_equal(fixture->scraper.pages, 0);
}

static void two_large_pages_are_freed_one_after_the_other(void **state)
{
    struct fixture *fixture = known(state);
    fixture->scraper.slices = 3;
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    metrics_page_answer(fixture->page, &fixture->other);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->exchange);
    fake_exchange_leave(&fixture->other);
    fake_timers_settle(&fixture->time);
    assert_int_equal(fixture->sent, 2);
    assert_int_equal(fixture->scraper.pages, 0);
}

/* What is left then is freed by tear_down's metrics_page_free(). */
static void pages_are_freed_whole_at_the_end(void **state)
{
    struct fixture *fixture = known(state);
    fixture->scraper.slices = 1;
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->exchange);
    assert_int_equal(fixture->scraper.pages, 1);
}

static void a_page_that_is_read_outlives_the_one_that_gave_it(void **state)
{
    struct fixture *fixture = known(state);
    fixture->scraper.slices = 1;
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    metrics_page_free(fixture->page);
    fixture->page = NULL;
    fake_exchange_pull(&fixture->exchange);
    assert_body(&fixture->exchange, "up 1\n");
    assert_int_equal(fixture->sent, 1);
}

static void a_page_without_targets_is_answered_too(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "");
    assert_int_equal(fixture->exchange.status, 200);
    assert_int_equal(fake_exchange_pull(&fixture->exchange), HTTP_BODY_END);
    assert_body(&fixture->exchange, "");
}

static void a_page_that_does_not_fit_cuts_the_connection(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fixture->exchange.body.limit = 3;
    assert_int_equal(fake_exchange_pull(&fixture->exchange), HTTP_BODY_FAILED);
}

static void the_scrape_has_the_smaller_of_both_times(void **state)
{
    struct fixture *fixture = known(state);
    fixture->exchange.timeout_header = STR("5");
    metrics_page_answer(fixture->page, &fixture->exchange);
    assert_int_equal(fixture->scraper.last_timeout_ms, 4500);
    metrics_page_answer(fixture->page, &fixture->other);
    assert_int_equal(fixture->scraper.last_timeout_ms, 9000);
    fake_exchange_leave(&fixture->exchange);
    fake_exchange_leave(&fixture->other);
}

static void a_client_that_leaves_cancels_its_scrape_only(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    metrics_page_answer(fixture->page, &fixture->other);
    assert_int_equal(fixture->scraper.under_way, 2);
    fake_exchange_leave(&fixture->exchange);
    assert_int_equal(fixture->scraper.under_way, 1);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->other);
    assert_body(&fixture->other, "up 1\n");
}

static void a_client_that_leaves_while_it_reads_gives_the_page_back(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    assert_int_equal(fixture->scraper.pages, 1);
    fake_exchange_leave(&fixture->exchange);
    assert_int_equal(fixture->scraper.pages, 0);
    assert_int_equal(fixture->sent, 1);
}

static void a_body_may_outlive_the_metrics_page(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    metrics_page_free(fixture->page);
    fixture->page = NULL;
    fake_exchange_pull(&fixture->exchange);
    assert_body(&fixture->exchange, "up 1\n");
}

static void an_early_question_waits_for_the_first_list(void **state)
{
    struct fixture *fixture = *state;
    metrics_page_answer(fixture->page, &fixture->exchange);
    fake_timers_advance(&fixture->time, 4000);
    assert_int_equal(fixture->scraper.started, 0);
    source_state_set_known(fixture->source, 1);
    assert_int_equal(fixture->scraper.started, 1);
    assert_int_equal(fixture->scraper.last_timeout_ms, 5000);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->exchange);
    assert_int_equal(fixture->exchange.status, 200);
}

static void trouble_does_not_end_the_waiting(void **state)
{
    struct fixture *fixture = *state;
    metrics_page_answer(fixture->page, &fixture->exchange);
    source_state_set_trouble(fixture->source, 0, STR("no route"));
    assert_int_equal(fixture->exchange.status, 0);
    fake_exchange_leave(&fixture->exchange);
}

static void at_the_deadline_it_is_503_with_what_is_wrong(void **state)
{
    struct fixture *fixture = *state;
    fixture->exchange.timeout_header = STR("2");
    metrics_page_answer(fixture->page, &fixture->exchange);
    source_state_set_trouble(fixture->source, 1, STR("GET https://api: 403 Forbidden"));
    fake_timers_advance(&fixture->time, 1499);
    assert_int_equal(fixture->exchange.status, 0);
    fake_timers_advance(&fixture->time, 1);
    assert_int_equal(fixture->exchange.status, 503);
    assert_body(&fixture->exchange,
                "namespace a: not listed yet\nnamespace b: GET https://api: 403 Forbidden\n");
    assert_true(fake_exchange_has_header(&fixture->exchange, "Retry-After: 5"));
    source_state_set_known(fixture->source, 0);
    assert_int_equal(fixture->scraper.started, 0);
}

static void a_client_that_leaves_while_it_waits_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    metrics_page_answer(fixture->page, &fixture->exchange);
    metrics_page_answer(fixture->page, &fixture->other);
    fake_exchange_leave(&fixture->exchange);
    assert_int_equal(fake_timers_pending(&fixture->time), 1);
    source_state_set_known(fixture->source, 0);
    assert_int_equal(fixture->scraper.started, 1);
    assert_int_equal(fake_timers_pending(&fixture->time), 0);
    fake_exchange_leave(&fixture->other);
}

static void all_who_wait_are_served_one_a_turn(void **state)
{
    struct fixture *fixture = *state;
    metrics_page_answer(fixture->page, &fixture->exchange);
    metrics_page_answer(fixture->page, &fixture->other);
    source_state_set_known(fixture->source, 0);
    assert_int_equal(fixture->scraper.under_way, 1);
    fake_timers_turn(&fixture->time);
    assert_int_equal(fixture->scraper.under_way, 2);
    fake_exchange_leave(&fixture->exchange);
    fake_exchange_leave(&fixture->other);
}

static void draining_ends_the_waiting_and_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    metrics_page_answer(fixture->page, &fixture->exchange);
    metrics_page_drain(fixture->page);
    assert_int_equal(fixture->exchange.status, 503);
    assert_int_equal(fake_timers_pending(&fixture->time), 0);
    metrics_page_answer(fixture->page, &fixture->other);
    assert_int_equal(fixture->other.status, 503);
}

static void a_scrape_goes_on_while_draining(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    metrics_page_drain(fixture->page);
    metrics_page_answer(fixture->page, &fixture->other);
    assert_int_equal(fixture->scraper.under_way, 2);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->other);
    assert_body(&fixture->other, "up 1\n");
    fake_exchange_leave(&fixture->exchange);
}

/* Both places are taken, by scrapes of text. */
static struct fixture *taken(void **state)
{
    struct fixture *fixture = known(state);
    metrics_page_answer(fixture->page, &fixture->exchange);
    metrics_page_answer(fixture->page, &fixture->other);
    assert_int_equal(fixture->scraper.started, 2);
    return fixture;
}

static void leave_all(struct fixture *fixture)
{
    struct http_exchange *const all[] = {&fixture->exchange, &fixture->other, &fixture->third};
    for (size_t i = 0; i < 3; i++)
        if (!all[i]->is_gone)
            fake_exchange_leave(all[i]);
}

static void a_question_without_a_place_shares_the_latest_scrape(void **state)
{
    struct fixture *fixture = taken(state);
    metrics_page_answer(fixture->page, &fixture->third);
    assert_int_equal(fixture->scraper.started, 2);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->other);
    fake_exchange_pull(&fixture->third);
    assert_body(&fixture->other, "up 1\n");
    assert_body(&fixture->third, "up 1\n");
    assert_int_equal(fixture->sent, 2);
    fake_exchange_leave(&fixture->exchange);
}

static void who_shares_a_scrape_may_leave_and_the_other_has_it(void **state)
{
    struct fixture *fixture = taken(state);
    metrics_page_answer(fixture->page, &fixture->third);
    fake_exchange_leave(&fixture->other);
    assert_int_equal(fixture->scraper.under_way, 2);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_exchange_pull(&fixture->third);
    assert_body(&fixture->third, "up 1\n");
    fake_exchange_leave(&fixture->exchange);
}

static void a_scrape_in_another_format_is_not_shared_but_waited_for(void **state)
{
    struct fixture *fixture = taken(state);
    fixture->third.accept_header = STR("application/openmetrics-text;version=1.0.0");
    metrics_page_answer(fixture->page, &fixture->third);
    fake_timers_advance(&fixture->time, 4000);
    fake_scrape_end(fixture->scraper.last, "up 1\n");
    fake_timers_turn(&fixture->time);
    assert_int_equal(fixture->scraper.started, 2);
    fake_exchange_pull(&fixture->other);
    fake_timers_turn(&fixture->time);
    assert_int_equal(fixture->scraper.started, 3);
    assert_int_equal(fixture->scraper.last_timeout_ms, 5000);
    assert_int_equal(fixture->scraper.last_format.format, FORMAT_OPENMETRICS_1_0_0);
    leave_all(fixture);
}

static void a_scrape_that_may_end_too_late_is_not_shared(void **state)
{
    struct fixture *fixture = taken(state);
    fixture->third.timeout_header = STR("5");
    metrics_page_answer(fixture->page, &fixture->third);
    fake_timers_advance(&fixture->time, 4499);
    assert_int_equal(fixture->third.status, 0);
    fake_timers_advance(&fixture->time, 1);
    assert_int_equal(fixture->third.status, 503);
    assert_body(&fixture->third,
                "all of the 2 scrapes that may run at once are taken, and none ended in time: ask "
                "again, or raise --web.max-requests\n");
    assert_true(fake_exchange_has_header(&fixture->third, "Retry-After: 5"));
    leave_all(fixture);
}

static void a_client_that_leaves_makes_room_for_one_who_waits(void **state)
{
    struct fixture *fixture = taken(state);
    fixture->third.timeout_header = STR("5");
    metrics_page_answer(fixture->page, &fixture->third);
    fake_exchange_leave(&fixture->exchange);
    assert_int_equal(fixture->scraper.started, 2);
    fake_timers_turn(&fixture->time);
    assert_int_equal(fixture->scraper.started, 3);
    leave_all(fixture);
}

static void who_waits_for_a_place_may_leave(void **state)
{
    struct fixture *fixture = taken(state);
    fixture->third.timeout_header = STR("5");
    metrics_page_answer(fixture->page, &fixture->third);
    fake_exchange_leave(&fixture->third);
    fake_exchange_leave(&fixture->exchange);
    fake_timers_settle(&fixture->time);
    assert_int_equal(fixture->scraper.started, 2);
    assert_int_equal(fake_timers_pending(&fixture->time), 0);
    leave_all(fixture);
}

static void many_who_waited_for_the_first_list_share_the_places(void **state)
{
    struct fixture *fixture = *state;
    metrics_page_answer(fixture->page, &fixture->exchange);
    metrics_page_answer(fixture->page, &fixture->other);
    metrics_page_answer(fixture->page, &fixture->third);
    source_state_set_known(fixture->source, 0);
    fake_timers_settle(&fixture->time);
    assert_int_equal(fixture->scraper.started, 2);
    assert_int_equal(fake_timers_pending(&fixture->time), 0);
    leave_all(fixture);
}

static void draining_ends_the_waiting_for_a_place(void **state)
{
    struct fixture *fixture = taken(state);
    fixture->third.timeout_header = STR("5");
    metrics_page_answer(fixture->page, &fixture->third);
    metrics_page_drain(fixture->page);
    assert_int_equal(fixture->third.status, 503);
    assert_int_equal(fixture->scraper.under_way, 2);
    leave_all(fixture);
}

#define PAGE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(a_page_may_be_packed_by_its_number_of_samples),
        PAGE_TEST(the_page_is_answered_in_pieces),
        PAGE_TEST(the_page_has_the_format_that_the_client_chose),
        PAGE_TEST(a_format_that_may_not_be_is_not_chosen),
        PAGE_TEST(a_large_page_is_freed_in_slices_once_it_is_sent),
        PAGE_TEST(two_large_pages_are_freed_one_after_the_other),
        PAGE_TEST(pages_are_freed_whole_at_the_end),
        PAGE_TEST(a_page_that_is_read_outlives_the_one_that_gave_it),
        PAGE_TEST(a_page_without_targets_is_answered_too),
        PAGE_TEST(a_page_that_does_not_fit_cuts_the_connection),
        PAGE_TEST(the_scrape_has_the_smaller_of_both_times),
        PAGE_TEST(a_client_that_leaves_cancels_its_scrape_only),
        PAGE_TEST(a_client_that_leaves_while_it_reads_gives_the_page_back),
        PAGE_TEST(a_body_may_outlive_the_metrics_page),
        PAGE_TEST(an_early_question_waits_for_the_first_list),
        PAGE_TEST(trouble_does_not_end_the_waiting),
        PAGE_TEST(at_the_deadline_it_is_503_with_what_is_wrong),
        PAGE_TEST(a_client_that_leaves_while_it_waits_is_forgotten),
        PAGE_TEST(all_who_wait_are_served_one_a_turn),
        PAGE_TEST(draining_ends_the_waiting_and_nothing_else),
        PAGE_TEST(a_scrape_goes_on_while_draining),
        PAGE_TEST(a_question_without_a_place_shares_the_latest_scrape),
        PAGE_TEST(who_shares_a_scrape_may_leave_and_the_other_has_it),
        PAGE_TEST(a_scrape_in_another_format_is_not_shared_but_waited_for),
        PAGE_TEST(a_scrape_that_may_end_too_late_is_not_shared),
        PAGE_TEST(a_client_that_leaves_makes_room_for_one_who_waits),
        PAGE_TEST(who_waits_for_a_place_may_leave),
        PAGE_TEST(many_who_waited_for_the_first_list_share_the_places),
        PAGE_TEST(draining_ends_the_waiting_for_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
