/*
 * When the plugin is run:
 *
 *      credential  |---------------- good ----------------|-- usable --|-- expired or rejected
 *                  got                                 refresh      expiry
 *      ask()       READY                                  READY, runs  WAITING, runs
 *
 * refresh = expiry - min(60 s, a tenth of the life). At least 10 s lie between the end of a run
 * and the start of the next, and after failures 10, 20, 40, 60 s. Who asks for a credential that
 * is no longer usable in the 10 s after a good run waits; after a failed run he is told why at once
 * (he has a back-off of his own, and people want to see the reason).
 *
 * Expiry is a wall clock time and is turned into one of our clock when the credential comes, so
 * that a later jump of the wall clock neither ends nor prolongs it. What has expired on arrival is
 * still given to those who waited for it: the wall clocks of two machines may differ.
 */
#include "kube/exec_runner.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "kube/config.h"
#include "kube/exec_info.h"
#include "kube/secret.h"
#include "net/child_process.h"
#include "net/timers.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RUN_TIMEOUT_MS = 60000,
    OUTPUT_LIMIT = 1024 * 1024,
    PAUSE_MS = 10000,
    PAUSE_MOST_MS = 60000,
    REFRESH_MOST_MS = 60000,
    LIFE_MOST_S = 10 * 366 * 86400
};

struct exec_runner {
    const struct kube_config *config; /* borrowed */
    struct children *children;        /* borrowed */
    struct timers *timers;            /* borrowed */
    struct exec_runner_listener listener;
    void *context;
    struct child_process *child; /* not NULL: a run goes on */
    char **environment;          /* owned; of the run */
    struct timer *pause;         /* somebody waits for next_run_ms */
    struct exec_reply reply;
    bool has_reply;
    bool is_rejected;
    uint64_t refresh_ms;
    uint64_t expiry_ms;
    uint64_t next_run_ms;
    unsigned failures; /* in a row */
    struct error last_error;
};

struct exec_runner *exec_runner_new(const struct kube_config *config, struct children *children,
                                    struct timers *timers,
                                    const struct exec_runner_listener *listener, void *context)
{
    struct exec_runner *runner = memory_new(1, sizeof *runner);
    runner->config = config;
    runner->children = children;
    runner->timers = timers;
    runner->listener = *listener;
    runner->context = context;
    return runner;
}

void exec_runner_free(struct exec_runner *runner)
{
    if (runner == NULL)
        return;
    timer_cancel(runner->timers, &runner->pause);
    if (runner->child)
        runner->children->ops->cancel(runner->children, runner->child);
    secret_list_free(runner->environment);
    exec_reply_done(&runner->reply);
    free(runner);
}

const struct exec_reply *exec_runner_reply(const struct exec_runner *runner)
{
    return runner->has_reply ? &runner->reply : NULL;
}

bool exec_runner_is_usable(const struct exec_runner *runner)
{
    return runner->has_reply && !runner->is_rejected &&
           timers_now_ms(runner->timers) < runner->expiry_ms;
}

/* The end of a run */

static int64_t wall_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void keep_reply(struct exec_runner *runner, const struct exec_reply *reply)
{
    static const uint64_t life_most_ms = (uint64_t)LIFE_MOST_S * 1000;
    uint64_t now_ms = timers_now_ms(runner->timers);
    int64_t left_ms = reply->expires ? reply->expires_ms - wall_clock_ms() : 0;
    uint64_t life_ms = left_ms > 0 ? (uint64_t)left_ms : 0;
    if (life_ms > life_most_ms)
        life_ms = life_most_ms;
    uint64_t early_ms = life_ms / 10 < REFRESH_MOST_MS ? life_ms / 10 : REFRESH_MOST_MS;
    exec_reply_done(&runner->reply);
    runner->reply = *reply;
    runner->has_reply = true;
    runner->is_rejected = false;
    runner->expiry_ms = reply->expires ? now_ms + life_ms : UINT64_MAX;
    runner->refresh_ms = reply->expires ? runner->expiry_ms - early_ms : UINT64_MAX;
}

/* The hint is text of a file and ends up on a terminal: control bytes become blanks. */
static void append_hint(const struct exec_plugin *plugin, struct error *error)
{
    struct buffer hint = {.limit = sizeof error->text};
    struct str text = str_slice(str_trim(str_from(plugin->install_hint)), 0, 500);
    for (size_t i = 0; i < text.length; i++) {
        bool is_control = (unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f;
        buffer_append(&hint, is_control ? STR(" ") : str_slice(text, i, 1));
    }
    struct error before = *error;
    if (hint.length > 0)
        error_set(error, "%s: %.*s", before.text, STR_ARG(buffer_view(&hint)));
    buffer_done(&hint);
}

static bool check_outcome(const struct exec_plugin *plugin, const struct child_outcome *outcome,
                          struct error *error)
{
    switch (outcome->result) {
    case CHILD_EXITED:
        if (outcome->exit_code != 0)
            error_set(error, "it failed with exit code %d", outcome->exit_code);
        return outcome->exit_code == 0;
    case CHILD_NOT_FOUND:
        error_set(error, "executable not found");
        append_hint(plugin, error);
        return false;
    case CHILD_NOT_STARTED:
        error_set(error, "it cannot be started: %s", outcome->reason);
        return false;
    case CHILD_TIMED_OUT:
        error_set(error, "it did not end within %d s and was killed", RUN_TIMEOUT_MS / 1000);
        return false;
    case CHILD_TOO_TALKATIVE:
        error_set(error, "it printed more than %d bytes and was killed", (int)OUTPUT_LIMIT);
        return false;
    }
    return false;
}

static bool read_outcome(struct exec_runner *runner, const struct child_outcome *outcome,
                         struct error *error)
{
    const struct exec_plugin *plugin = &runner->config->exec;
    struct exec_reply reply;
    if (!check_outcome(plugin, outcome, error) ||
        !exec_reply_read(outcome->output, plugin->api_version, &reply, error)) {
        error_prefix(error, "exec plugin %s: ", plugin->command);
        return false;
    }
    keep_reply(runner, &reply);
    return true;
}

static uint64_t pause_ms(unsigned failures)
{
    uint64_t pause = PAUSE_MS;
    for (unsigned i = 1; i < failures && pause < PAUSE_MOST_MS; i++)
        pause *= 2;
    return pause < PAUSE_MOST_MS ? pause : PAUSE_MOST_MS;
}

/* Those who wait are told the reason; when nobody has to wait, only the log can say it. */
static void log_change(const struct exec_runner *runner, bool ok, const struct error *error)
{
    if (ok && runner->failures > 0)
        log_event(LOG_INFO, "exec plugin works again",
                  LOG_FIELDS(log_text("command", runner->config->exec.command)));
    if (!ok && runner->failures == 0 && exec_runner_is_usable(runner))
        log_event(LOG_WARN, "exec plugin failed, its last credential is still good",
                  LOG_FIELDS(log_text("error", error->text)));
}

static void on_child_done(void *context, const struct child_outcome *outcome)
{
    struct exec_runner *runner = context;
    struct error error = {.text = ""};
    runner->child = NULL;
    secret_list_free(runner->environment);
    runner->environment = NULL;
    bool ok = read_outcome(runner, outcome, &error);
    log_change(runner, ok, &error);
    runner->failures = ok ? 0 : runner->failures + 1;
    runner->next_run_ms = timers_now_ms(runner->timers) + pause_ms(runner->failures);
    runner->last_error = error;
    runner->listener.on_settled(runner->context, ok ? NULL : &error);
}

/* Starting one */

static char **make_environment(const struct kube_config *config, struct str ca_pem)
{
    size_t count = 0;
    while (config->exec.environment && config->exec.environment[count])
        count++;
    char **lines = memory_new(count + 2, sizeof *lines);
    for (size_t i = 0; i < count; i++)
        lines[i] = str_copy(str_from(config->exec.environment[i]));
    lines[count] = exec_info_line(config, ca_pem);
    return lines;
}

static void start_run(struct exec_runner *runner, struct str ca_pem)
{
    const struct exec_plugin *plugin = &runner->config->exec;
    timer_cancel(runner->timers, &runner->pause);
    runner->environment = make_environment(runner->config, ca_pem);
    const struct child_request request = {
        .program = plugin->command,
        .arguments = (const char *const *)plugin->arguments,
        .environment = (const char *const *)runner->environment,
        .timeout_ms = RUN_TIMEOUT_MS,
        .output_limit = OUTPUT_LIMIT,
    };
    runner->child = runner->children->ops->run(runner->children, &request, on_child_done, runner);
}

static void on_pause_over(void *context)
{
    struct exec_runner *runner = context;
    runner->pause = NULL;
    runner->listener.on_due(runner->context);
}

static void wait_for_pause(struct exec_runner *runner, uint64_t now_ms)
{
    if (runner->pause == NULL)
        runner->pause =
            timer_start(runner->timers, runner->next_run_ms - now_ms, on_pause_over, runner);
}

enum exec_state exec_runner_ask(struct exec_runner *runner, struct str ca_pem, struct error *error)
{
    uint64_t now_ms = timers_now_ms(runner->timers);
    bool usable = exec_runner_is_usable(runner);
    if (usable && now_ms < runner->refresh_ms)
        return EXEC_READY;
    if (runner->child == NULL && now_ms >= runner->next_run_ms)
        start_run(runner, ca_pem);
    if (usable)
        return EXEC_READY;
    if (runner->child)
        return EXEC_WAITING;
    if (runner->failures > 0) {
        error_set(error, "%s", runner->last_error.text);
        return EXEC_FAILED;
    }
    wait_for_pause(runner, now_ms);
    return EXEC_WAITING;
}

bool exec_runner_rejected(struct exec_runner *runner)
{
    runner->is_rejected = runner->has_reply;
    return runner->child || timers_now_ms(runner->timers) >= runner->next_run_ms;
}
