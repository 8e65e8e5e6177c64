#include "scrape/source_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_explained(const struct source_state *state, const char *expected)
{
    struct buffer text;
    buffer_init(&text, 1024);
    source_state_explain(state, &text);
    buffer_append_byte(&text, '\0');
    assert_string_equal(text.data, expected);
    buffer_done(&text);
}

static void any_and_all_differ_while_one_part_is_unknown(void **state)
{
    (void)state;
    struct source_state *source = source_state_new();
    size_t a = source_state_add(source, STR("namespace a"));
    size_t b = source_state_add(source, STR("namespace b"));
    assert_false(source_state_is_any_known(source));
    assert_explained(source, "namespace a: not listed yet\nnamespace b: not listed yet\n");
    source_state_set_trouble(source, b, STR("forbidden"));
    source_state_set_known(source, a);
    assert_true(source_state_is_any_known(source));
    assert_false(source_state_is_all_known(source));
    assert_explained(source, "namespace b: forbidden\n");
    source_state_set_known(source, b);
    assert_true(source_state_is_all_known(source));
    assert_explained(source, "");
    source_state_free(source);
}

struct counter {
    struct source_watcher watcher;
    struct counter *other; /* unwatched when called */
    int calls;
};

static void on_change(void *context)
{
    struct counter *counter = context;
    counter->calls++;
    source_state_unwatch(&counter->watcher);
    if (counter->other)
        source_state_unwatch(&counter->other->watcher);
}

static void a_watcher_may_unwatch_itself_and_others_when_called(void **state)
{
    (void)state;
    struct source_state *source = source_state_new();
    size_t part = source_state_add(source, STR("all namespaces"));
    struct counter third = {0};
    struct counter second = {0};
    struct counter first = {.other = &second};
    struct counter *counters[] = {&first, &second, &third};
    for (size_t i = 0; i < 3; i++) {
        counters[i]->watcher =
            (struct source_watcher){.on_change = on_change, .context = counters[i]};
        source_state_watch(source, &counters[i]->watcher);
    }
    source_state_set_trouble(source, part, STR("refused"));
    source_state_set_trouble(source, part, STR("refused"));
    source_state_set_known(source, part);
    assert_int_equal(first.calls, 1);
    assert_int_equal(second.calls, 0);
    assert_int_equal(third.calls, 1);
    source_state_free(source);
}

static void only_a_change_is_told(void **state)
{
    (void)state;
    struct source_state *source = source_state_new();
    size_t part = source_state_add(source, STR("all namespaces"));
    source_state_set_known(source, part);
    struct counter counter = {0};
    counter.watcher = (struct source_watcher){.on_change = on_change, .context = &counter};
    source_state_watch(source, &counter.watcher);
    source_state_set_known(source, part);
    source_state_set_trouble(source, part, STR(""));
    assert_int_equal(counter.calls, 0);
    source_state_set_trouble(source, part, STR("x"));
    assert_int_equal(counter.calls, 1);
    source_state_free(source);
}

static void probe(void *context, struct source_contact *ret_contact)
{
    *ret_contact = *(const struct source_contact *)context;
}

static void a_report_says_all_there_is_to_say(void **state)
{
    struct source_report report;
    struct source_contact contact = {
        .contact_age_ms = 35999, .error_age_ms = 500, .last_error = STR("refused")};
    (void)state;
    struct source_state *source = source_state_new();
    assert_false(source_state_report(source, 0, &report));
    size_t part = source_state_add(source, STR("namespace a"));
    assert_true(source_state_report(source, part, &report));
    assert_false(report.known);
    assert_int_equal(report.trouble.length, 0);
    assert_int_equal(report.contact.contact_age_ms, -1);
    assert_int_equal(report.contact.error_age_ms, -1);
    source_state_set_probe(source, part, probe, &contact);
    source_state_set_known(source, part);
    source_state_set_trouble(source, part, STR("refused"));
    assert_true(source_state_report(source, part, &report));
    assert_true(report.known);
    assert_true(str_equal(report.name, STR("namespace a")));
    assert_true(str_equal(report.trouble, STR("refused")));
    assert_true(str_equal(report.contact.last_error, STR("refused")));
    assert_int_equal(report.contact.contact_age_ms, 35999);
    source_state_free(source);
}

static void assert_warns(const struct source_state *source, const char *expected)
{
    struct buffer text;
    buffer_init(&text, 1000);
    source_state_warn(source, &text);
    assert_true(str_equal(buffer_view(&text), str_from(expected)));
    buffer_done(&text);
}

/* What a buffer of that limit is told of 20 parts in trouble. */
static void assert_told(bool are_known, size_t limit, const char *last_line)
{
    struct buffer text;
    struct source_state *source = source_state_new();
    for (size_t i = 0; i < 20; i++) {
        size_t part = source_state_add(source, STR("namespace a"));
        source_state_set_trouble(source, part, STR("forbidden"));
        if (are_known)
            source_state_set_known(source, part);
    }
    buffer_init(&text, limit);
    if (are_known)
        source_state_warn(source, &text);
    else
        source_state_explain(source, &text);
    assert_true(buffer_ok(&text));
    assert_true(str_ends(buffer_view(&text), str_from(last_line)));
    buffer_done(&text);
    source_state_free(source);
}

static void what_does_not_fit_is_counted(void **state)
{
    (void)state;
    assert_told(false, 10000, "\nnamespace a: forbidden\n");
    assert_told(false, 200, "\nnamespace a: forbidden\nand 13 more\n");
    assert_told(true, 10000, "\nnamespace a: forbidden; known pods stay\n");
    assert_told(true, 200, "\nnamespace a: forbidden; known pods stay\nand 16 more\n");
    assert_told(false, 40, "and 20 more\n");
}

static void what_is_known_and_in_trouble_is_warned_of(void **state)
{
    struct source_contact contact = {.contact_age_ms = 35999};
    (void)state;
    struct source_state *source = source_state_new();
    source_state_add(source, STR("namespace a"));
    size_t part = source_state_add(source, STR("namespace b"));
    source_state_set_trouble(source, 0, STR("forbidden"));
    source_state_set_known(source, part);
    assert_warns(source, "");
    source_state_set_trouble(source, part, STR("refused"));
    assert_warns(source, "namespace b: refused; known pods stay\n");
    source_state_set_probe(source, part, probe, &contact);
    assert_warns(source, "namespace b: refused; known pods stay, last contact 35 s ago\n");
    source_state_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_and_all_differ_while_one_part_is_unknown),
        cmocka_unit_test(a_watcher_may_unwatch_itself_and_others_when_called),
        cmocka_unit_test(only_a_change_is_told),
        cmocka_unit_test(a_report_says_all_there_is_to_say),
        cmocka_unit_test(what_is_known_and_in_trouble_is_warned_of),
        cmocka_unit_test(what_does_not_fit_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
