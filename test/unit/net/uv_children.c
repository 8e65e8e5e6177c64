#include "net/uv_children.h"

#include "net/child_process.h"
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct loop *loop;
    struct children *children;
    struct child_process *other;
    size_t dones;
    enum child_result result;
    int exit_code;
    char output[8192];
    char reason[256];
    bool frees;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.loop = loop_new()};
    fixture->children = uv_children_new(fixture->loop);
}

static void assert_no_child_is_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void tear_down(struct fixture *fixture)
{
    uv_children_free(fixture->children);
    loop_run(fixture->loop);
    loop_close(fixture->loop);
    assert_no_child_is_left();
}

static void on_done(void *context, const struct child_outcome *outcome)
{
    struct fixture *fixture = context;
    fixture->dones++;
    fixture->result = outcome->result;
    fixture->exit_code = outcome->exit_code;
    snprintf(fixture->output, sizeof fixture->output, "%.*s", STR_ARG(outcome->output));
    snprintf(fixture->reason, sizeof fixture->reason, "%s", outcome->reason);
    if (fixture->other)
        fixture->children->ops->cancel(fixture->children, fixture->other);
    fixture->other = NULL;
    if (!fixture->frees)
        return;
    uv_children_free(fixture->children);
    fixture->children = NULL;
}

static struct child_process *start(struct fixture *fixture, struct child_request request)
{
    if (request.timeout_ms == 0)
        request.timeout_ms = 20000;
    if (request.output_limit == 0)
        request.output_limit = 4096;
    return fixture->children->ops->run(fixture->children, &request, on_done, fixture);
}

static struct child_process *start_shell(struct fixture *fixture, const char *script)
{
    const char *arguments[] = {"-c", script, NULL};
    return start(fixture, (struct child_request){.program = "sh", .arguments = arguments});
}

static void run_shell(struct fixture *fixture, const char *script)
{
    start_shell(fixture, script);
    assert_int_equal(fixture->dones, 0);
    loop_run(fixture->loop);
    assert_int_equal(fixture->dones, 1);
}

static void what_it_prints_arrives_whole(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    run_shell(&fixture, "echo one; echo two");
    assert_int_equal(fixture.result, CHILD_EXITED);
    assert_int_equal(fixture.exit_code, 0);
    assert_string_equal(fixture.output, "one\ntwo\n");
    assert_string_equal(fixture.reason, "");
    tear_down(&fixture);
}

static void an_exit_code_is_reported(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    run_shell(&fixture, "echo part; exit 3");
    assert_int_equal(fixture.result, CHILD_EXITED);
    assert_int_equal(fixture.exit_code, 3);
    assert_string_equal(fixture.output, "part\n");
    assert_string_equal(fixture.reason, "failed with exit code 3");
    tear_down(&fixture);
}

static void a_signal_counts_as_128_and_its_number(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    run_shell(&fixture, "kill -TERM $$");
    assert_int_equal(fixture.result, CHILD_EXITED);
    assert_int_equal(fixture.exit_code, 128 + SIGTERM);
    tear_down(&fixture);
}

static void a_missing_program_is_reported_later(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    start(&fixture, (struct child_request){.program = "no-such-program-anywhere"});
    assert_int_equal(fixture.dones, 0);
    loop_run(fixture.loop);
    assert_int_equal(fixture.dones, 1);
    assert_int_equal(fixture.result, CHILD_NOT_FOUND);
    assert_string_equal(fixture.reason, "no-such-program-anywhere: not found");
    tear_down(&fixture);
}

static void a_file_that_is_no_program_is_not_started(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    start(&fixture, (struct child_request){.program = "/etc/passwd"});
    loop_run(fixture.loop);
    assert_int_equal(fixture.dones, 1);
    assert_int_equal(fixture.result, CHILD_NOT_STARTED);
    tear_down(&fixture);
}

static void one_that_was_not_started_can_be_cancelled(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    struct child_process *child =
        start(&fixture, (struct child_request){.program = "no-such-program-anywhere"});
    fixture.children->ops->cancel(fixture.children, child);
    loop_run(fixture.loop);
    assert_int_equal(fixture.dones, 0);
    tear_down(&fixture);
}

static void a_slow_one_is_killed_with_what_it_started(void **state)
{
    (void)state;
    struct fixture fixture;
    const char *arguments[] = {"-c", "sleep 100 & echo begun; wait", NULL};
    set_up(&fixture);
    start(&fixture,
          (struct child_request){.program = "/bin/sh", .arguments = arguments, .timeout_ms = 100});
    loop_run(fixture.loop);
    assert_int_equal(fixture.dones, 1);
    assert_int_equal(fixture.result, CHILD_TIMED_OUT);
    assert_string_equal(fixture.output, "begun\n");
    assert_string_equal(fixture.reason, "did not end within 100 ms");
    tear_down(&fixture);
}

static void output_up_to_the_limit_is_taken(void **state)
{
    (void)state;
    struct fixture fixture;
    const char *arguments[] = {"1234", NULL};
    set_up(&fixture);
    start(&fixture,
          (struct child_request){.program = "echo", .arguments = arguments, .output_limit = 5});
    loop_run(fixture.loop);
    assert_int_equal(fixture.result, CHILD_EXITED);
    assert_string_equal(fixture.output, "1234\n");
    tear_down(&fixture);
}

static void one_byte_more_ends_it(void **state)
{
    (void)state;
    struct fixture fixture;
    const char *arguments[] = {"12345", NULL};
    set_up(&fixture);
    start(&fixture,
          (struct child_request){.program = "echo", .arguments = arguments, .output_limit = 5});
    loop_run(fixture.loop);
    assert_int_equal(fixture.dones, 1);
    assert_int_equal(fixture.result, CHILD_TOO_TALKATIVE);
    assert_string_equal(fixture.reason, "printed more than 5 bytes");
    tear_down(&fixture);
}

static void endless_output_ends(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    start(&fixture, (struct child_request){.program = "yes"});
    loop_run(fixture.loop);
    assert_int_equal(fixture.result, CHILD_TOO_TALKATIVE);
    tear_down(&fixture);
}

static void a_cancelled_one_is_reaped_in_silence(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    struct child_process *child = start_shell(&fixture, "echo x; sleep 100");
    fixture.children->ops->cancel(fixture.children, child);
    loop_run(fixture.loop);
    assert_int_equal(fixture.dones, 0);
    assert_no_child_is_left();
    tear_down(&fixture);
}

static void its_function_may_cancel_another_and_free_the_children(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    fixture.other = start_shell(&fixture, "sleep 100");
    fixture.frees = true;
    run_shell(&fixture, "true");
    tear_down(&fixture);
}

static void its_environment_is_ours_with_the_lines_given(void **state)
{
    (void)state;
    struct fixture fixture;
    const char *arguments[] = {"-c", "echo $KEPT $CHANGED $NEW", NULL};
    const char *environment[] = {"CHANGED=after", "NEW=there", NULL};
    set_up(&fixture);
    setenv("KEPT", "kept", 1);
    setenv("CHANGED", "before", 1);
    start(&fixture, (struct child_request){
                        .program = "sh", .arguments = arguments, .environment = environment});
    loop_run(fixture.loop);
    assert_string_equal(fixture.output, "kept after there\n");
    tear_down(&fixture);
}

static void it_inherits_no_descriptor_and_reads_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    int leaky = open("/dev/full", O_RDONLY);
    assert_true(leaky > 2);
    run_shell(&fixture, "cat; ls -l /proc/$$/fd/");
    assert_non_null(strstr(fixture.output, "0 -> /dev/null"));
    assert_null(strstr(fixture.output, "/dev/full"));
    close(leaky);
    tear_down(&fixture);
}

static void a_daemon_that_keeps_the_output_does_not_hold_up_the_end(void **state)
{
    (void)state;
    struct fixture fixture;
    set_up(&fixture);
    run_shell(&fixture, "sleep 3 2>&- & echo done");
    assert_int_equal(fixture.result, CHILD_EXITED);
    assert_string_equal(fixture.output, "done\n");
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_prints_arrives_whole),
        cmocka_unit_test(an_exit_code_is_reported),
        cmocka_unit_test(a_signal_counts_as_128_and_its_number),
        cmocka_unit_test(a_missing_program_is_reported_later),
        cmocka_unit_test(a_file_that_is_no_program_is_not_started),
        cmocka_unit_test(one_that_was_not_started_can_be_cancelled),
        cmocka_unit_test(a_slow_one_is_killed_with_what_it_started),
        cmocka_unit_test(output_up_to_the_limit_is_taken),
        cmocka_unit_test(one_byte_more_ends_it),
        cmocka_unit_test(endless_output_ends),
        cmocka_unit_test(a_cancelled_one_is_reaped_in_silence),
        cmocka_unit_test(its_function_may_cancel_another_and_free_the_children),
        cmocka_unit_test(its_environment_is_ours_with_the_lines_given),
        cmocka_unit_test(it_inherits_no_descriptor_and_reads_nothing),
        cmocka_unit_test(a_daemon_that_keeps_the_output_does_not_hold_up_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
