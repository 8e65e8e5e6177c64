#include "app/watches.h"

#include "base/log.h"
#include "base/memory.h"
#include "discovery/annotations.h"
#include "discovery/pod_targets.h"
#include "kube/pod.h"
#include "scrape/source_state.h"
#include "scrape/target_table.h"
#include "unit/fake_timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Reflectors that say what a test makes them say. Linked instead of kube's. */
struct reflector {
    struct reflector_listener listener;
    void *context;
    char namespace[64];
    char labels[64];
    const char *const *annotations;
    char node[64];
    uint32_t start_delay_ms;
};

enum { MOST = 4 };

static struct {
    struct reflector *started[MOST];
    size_t count;
    size_t freed;
    const struct pod *updated;
    char removed[64];
} fake;

static void copy_text(char *room, struct str text)
{
    assert_true(text.length < 64);
    memcpy(room, text.data ? text.data : "", text.length);
    room[text.length] = '\0';
}

struct reflector *reflector_new(const struct reflector_options *options,
                                const struct reflector_listener *listener, void *context)
{
    struct reflector *reflector = memory_new(1, sizeof *reflector);
    reflector->listener = *listener;
    reflector->context = context;
    copy_text(reflector->namespace, options->namespace);
    copy_text(reflector->labels, options->label_selector);
    reflector->annotations = options->annotations;
    copy_text(reflector->node, options->node);
    reflector->start_delay_ms = options->start_delay_ms;
    assert_true(fake.count < MOST);
    fake.started[fake.count++] = reflector;
    return reflector;
}

void reflector_get_status(const struct reflector *reflector, struct reflector_status *ret_status)
{
    (void)reflector;
    *ret_status = (struct reflector_status){
        .last_error = "refused", .last_error_ms = 3000, .last_contact_ms = 1000, .lists = 7};
}

void reflector_free(struct reflector *reflector)
{
    fake.freed++;
    free(reflector);
}

void pod_targets_update(struct target_table *table, const struct pod_labels *labels,
                        const struct pod *pod)
{
    assert_non_null(table);
    assert_null(labels);
    fake.updated = pod;
}

void pod_targets_remove(struct target_table *table, struct str uid)
{
    assert_non_null(table);
    copy_text(fake.removed, uid);
}

struct fixture {
    struct source_state *source;
    struct target_table *targets;
    struct watches *watches;
    const char *refused;
    struct fake_timers timers;
};

static void on_refused(void *context, const char *reason)
{
    struct fixture *fixture = context;
    fixture->refused = reason;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.source = source_state_new(), .targets = target_table_new()};
    memset(&fake, 0, sizeof fake);
    fake_timers_init(&fixture.timers);
    log_setup(LOG_ERROR, LOG_LOGFMT);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    watches_free(fixture->watches);
    assert_int_equal(fake.freed, fake.count);
    target_table_free(fixture->targets);
    source_state_free(fixture->source);
    fake_timers_done(&fixture->timers);
    return 0;
}

static void start(struct fixture *fixture, const struct text_list *namespaces)
{
    fixture->watches = watches_new(&(struct watches_options){
        .reflector = {.label_selector = STR("a=b"),
                      .node = STR("n1"),
                      .timers = &fixture->timers.timers},
        .namespaces = namespaces,
        .targets = fixture->targets,
        .source = fixture->source,
        .on_refused = on_refused,
        .context = fixture,
    });
}

static void start_two(struct fixture *fixture)
{
    static char one[] = "one";
    static char two[] = "two";
    static char *texts[] = {one, two};
    static const struct text_list namespaces = {.texts = texts, .count = 2};
    start(fixture, &namespaces);
}

static void listed(size_t index)
{
    fake.started[index]->listener.on_listed(fake.started[index]->context);
}

static void condition(size_t index, enum reflector_condition condition, const char *reason)
{
    struct reflector *reflector = fake.started[index];
    reflector->listener.on_condition(reflector->context, condition, reason);
}

static void assert_explained(const struct fixture *fixture, const char *expected)
{
    struct buffer text;
    buffer_init(&text, 1000);
    source_state_explain(fixture->source, &text);
    assert_true(str_equal(buffer_view(&text), str_from(expected)));
    buffer_done(&text);
}

static void without_namespaces_one_watch_is_for_all(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, &(struct text_list){0});
    assert_int_equal(fake.count, 1);
    assert_string_equal(fake.started[0]->namespace, "");
    assert_string_equal(fake.started[0]->labels, "a=b");
    assert_string_equal(fake.started[0]->node, "n1");
    assert_ptr_equal(fake.started[0]->annotations, annotations_keys());
    assert_explained(fixture, "all namespaces: not listed yet\n");
}

static void each_namespace_has_its_watch_and_its_part(void **state)
{
    struct fixture *fixture = *state;
    start_two(fixture);
    assert_int_equal(fake.count, 2);
    assert_string_equal(fake.started[0]->namespace, "one");
    assert_string_equal(fake.started[1]->namespace, "two");
    assert_int_equal(fake.started[0]->start_delay_ms, 0);
    assert_int_equal(fake.started[1]->start_delay_ms, 10);
    assert_explained(fixture, "namespace one: not listed yet\nnamespace two: not listed yet\n");
}

static void a_list_makes_its_part_known(void **state)
{
    struct fixture *fixture = *state;
    start_two(fixture);
    listed(1);
    assert_true(source_state_is_any_known(fixture->source));
    assert_explained(fixture, "namespace one: not listed yet\n");
    listed(1);
    listed(0);
    assert_true(source_state_is_all_known(fixture->source));
}

static void trouble_is_explained_until_it_is_over(void **state)
{
    struct fixture *fixture = *state;
    start_two(fixture);
    condition(0, REFLECTOR_STARTING, "");
    condition(0, REFLECTOR_TROUBLED, "403 Forbidden");
    assert_explained(fixture, "namespace one: 403 Forbidden\nnamespace two: not listed yet\n");
    condition(0, REFLECTOR_CONNECTED, "");
    assert_explained(fixture, "namespace one: not listed yet\nnamespace two: not listed yet\n");
}

static void a_known_part_stays_known_in_trouble(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, &(struct text_list){0});
    listed(0);
    condition(0, REFLECTOR_TROUBLED, "connection refused");
    assert_true(source_state_is_all_known(fixture->source));
}

static void a_refused_selector_is_passed_on(void **state)
{
    struct fixture *fixture = *state;
    start(fixture, &(struct text_list){0});
    condition(0, REFLECTOR_REFUSED, "unable to parse");
    assert_string_equal(fixture->refused, "unable to parse");
}

static void pods_go_to_the_targets(void **state)
{
    struct fixture *fixture = *state;
    struct pod pod = {.uid = STR("uid-1")};
    start(fixture, &(struct text_list){0});
    struct reflector *reflector = fake.started[0];
    reflector->listener.on_pod(reflector->context, &pod);
    reflector->listener.on_pod_gone(reflector->context, STR("uid-1"));
    assert_ptr_equal(fake.updated, &pod);
    assert_string_equal(fake.removed, "uid-1");
}

static void the_state_can_be_asked_how_old_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct source_report report;
    start_two(fixture);
    assert_true(source_state_report(fixture->source, 1, &report));
    uint64_t now_ms = fixture->timers.now_ms;
    assert_int_equal(report.contact.contact_age_ms, now_ms - 1000);
    assert_int_equal(report.contact.error_age_ms, now_ms - 3000);
    assert_true(str_equal(report.contact.last_error, STR("refused")));
    watches_free(fixture->watches);
    fixture->watches = NULL;
    assert_true(source_state_report(fixture->source, 1, &report));
    assert_int_equal(report.contact.contact_age_ms, -1);
}

static void each_watch_has_a_status(void **state)
{
    struct fixture *fixture = *state;
    struct reflector_status status;
    start_two(fixture);
    assert_int_equal(watches_count(fixture->watches), 2);
    watches_get_status(fixture->watches, 1, &status);
    assert_int_equal(status.lists, 7);
}

#define WATCHES_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCHES_TEST(without_namespaces_one_watch_is_for_all),
        WATCHES_TEST(each_namespace_has_its_watch_and_its_part),
        WATCHES_TEST(a_list_makes_its_part_known),
        WATCHES_TEST(trouble_is_explained_until_it_is_over),
        WATCHES_TEST(a_known_part_stays_known_in_trouble),
        WATCHES_TEST(a_refused_selector_is_passed_on),
        WATCHES_TEST(pods_go_to_the_targets),
        WATCHES_TEST(the_state_can_be_asked_how_old_it_is),
        WATCHES_TEST(each_watch_has_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
