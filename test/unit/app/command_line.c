/* The program itself: what it prints where, and what it ends with. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct run {
    int code;
    char out[16384]; /* terminated */
    char err[16384];
};

static void read_pipe(int end, char *room, size_t size)
{
    size_t length = 0;
    ssize_t got;
    while (length + 1 < size && (got = read(end, room + length, size - 1 - length)) > 0)
        length += (size_t)got;
    room[length] = '\0';
    close(end);
}

static pid_t spawn(char *const *arguments, char *const *environment, const int out[2],
                   const int err[2])
{
    pid_t child;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    posix_spawn_file_actions_addclose(&actions, err[0]);
    assert_int_equal(posix_spawn(&child, PROGRAM, &actions, NULL, arguments, environment), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

/* Both are ended by NULL; what is printed has to fit into a pipe. */
static struct run run_program(char *const *arguments, char *const *environment)
{
    struct run run;
    int out[2];
    int err[2];
    int status;
    assert_int_equal(pipe(out), 0);
    assert_int_equal(pipe(err), 0);
    pid_t child = spawn(arguments, environment, out, err);
    close(out[1]);
    close(err[1]);
    read_pipe(out[0], run.out, sizeof run.out);
    read_pipe(err[0], run.err, sizeof run.err);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    run.code = WEXITSTATUS(status);
    return run;
}

static char program[] = "metrics-proxy";
static char labels[] = "--labels=app=web";
static char nowhere[] = "HOME=/nowhere";

#define LINES(...) ((char *const[]){__VA_ARGS__, NULL})

static void assert_one_line(const struct run *run, int code, const char *expected)
{
    assert_string_equal(run->err, expected);
    assert_string_equal(run->out, "");
    assert_int_equal(run->code, code);
    assert_ptr_equal(strchr(run->err, '\n'), run->err + strlen(run->err) - 1);
}

static void help_goes_to_stdout(void **state)
{
    (void)state;
    static char help[] = "--help";
    struct run run = run_program(LINES(program, help), LINES(nowhere));
    assert_int_equal(run.code, 0);
    assert_string_equal(run.err, "");
    assert_int_equal(strncmp(run.out, "Usage: metrics-proxy ", 21), 0);
}

static void version_goes_to_stdout(void **state)
{
    (void)state;
    static char version[] = "--version";
    struct run run = run_program(LINES(program, version), LINES(nowhere));
    assert_int_equal(run.code, 0);
    assert_string_equal(run.err, "");
    assert_int_equal(strncmp(run.out, "metrics-proxy, version ", 23), 0);
}

static void a_missing_selector_is_a_fault_of_the_person(void **state)
{
    (void)state;
    struct run run = run_program(LINES(program), LINES(nowhere));
    assert_one_line(&run, 2,
                    "metrics-proxy: error: no label selector: give --labels=SELECTOR or set "
                    "POD_LABEL_SELECTOR, for example --labels=app=web (try --help)\n");
}

static void a_wrong_flag_is_a_fault_of_the_person(void **state)
{
    (void)state;
    static char nope[] = "--nope=\n";
    struct run run = run_program(LINES(program, labels, nope), LINES(nowhere));
    assert_one_line(&run, 2, "metrics-proxy: error: unknown flag \"--nope=\\x0a\" (try --help)\n");
}

static void a_missing_kubeconfig_is_a_fault_of_the_person(void **state)
{
    (void)state;
    static char kubeconfig[] = "KUBECONFIG=/nowhere/config";
    struct run run = run_program(LINES(program, labels), LINES(nowhere, kubeconfig));
    assert_int_equal(run.code, 2);
    assert_int_equal(strncmp(run.err, "metrics-proxy: error: ", 22), 0);
    assert_non_null(strstr(run.err, "/nowhere/config"));
}

static void no_configuration_at_all_is_found_at_run_time(void **state)
{
    (void)state;
    struct run run = run_program(LINES(program, labels), LINES(nowhere));
    assert_int_equal(run.code, 1);
    assert_int_equal(strncmp(run.err, "metrics-proxy: error: no cluster configuration", 46), 0);
}

static const char KUBECONFIG[] =
    "{apiVersion: v1, kind: Config, current-context: c,\n"
    " contexts: [{name: c, context: {cluster: k, user: u}}],\n"
    " clusters: [{name: k, cluster: {server: \"https://127.0.0.1:1\"}}],\n"
    " users: [{name: u, user: {token: not-to-be-seen}}]}\n";

static void write_kubeconfig(char *path)
{
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, KUBECONFIG, sizeof KUBECONFIG - 1), sizeof KUBECONFIG - 1);
    close(file);
}

/* A listening socket on a free port. */
static int occupy_port(unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return listener;
}

static void a_port_in_use_is_found_at_run_time(void **state)
{
    (void)state;
    unsigned port;
    char path[] = "/tmp/command-line-XXXXXX";
    char kubeconfig[64];
    char address[64];
    int listener = occupy_port(&port);
    write_kubeconfig(path);
    snprintf(kubeconfig, sizeof kubeconfig, "--kubeconfig=%s", path);
    snprintf(address, sizeof address, "--web.listen-address=127.0.0.1:%u", port);
    struct run run = run_program(LINES(program, labels, kubeconfig, address), LINES(nowhere));
    close(listener);
    unlink(path);
    assert_int_equal(run.code, 1);
    assert_non_null(strstr(run.err, "metrics-proxy: error: cannot listen on 127.0.0.1:"));
    assert_non_null(strstr(run.err, address + strlen("--web.listen-address=")));
    assert_null(strstr(run.err, "not-to-be-seen"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_goes_to_stdout),
        cmocka_unit_test(version_goes_to_stdout),
        cmocka_unit_test(a_missing_selector_is_a_fault_of_the_person),
        cmocka_unit_test(a_wrong_flag_is_a_fault_of_the_person),
        cmocka_unit_test(a_missing_kubeconfig_is_a_fault_of_the_person),
        cmocka_unit_test(no_configuration_at_all_is_found_at_run_time),
        cmocka_unit_test(a_port_in_use_is_found_at_run_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
