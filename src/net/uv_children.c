/*
 * A child runs in a session of its own, so that killing it kills what it has started as well. It
 * is done when it has exited and its output has ended:
 *
 *      running -- exit --> lingering -- end of output, or LINGER_MS --> told
 *         \-- time-out, too much output: killed and told --> reaped
 *
 * LINGER_MS is for a grandchild that keeps the output open: what the child itself wrote is in the
 * pipe by the time it exits. Told or cancelled, the struct lives on until the kernel has reported
 * the exit and the handles have closed; nobody is called for it then.
 *
 * No descriptor of ours reaches a child but 0 (nothing), 1 (a pipe) and 2: whatever a library may
 * have opened without close-on-exec is marked before each start.
 */
#include "net/uv_children.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "net/child_process.h"
#include "net/loop_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define LINGER_MS 1000

struct uv_children {
    struct children base;
    uv_loop_t *loop;
    size_t running; /* neither told nor cancelled */
};

struct child_process {
    struct uv_children *children; /* not used once it is told or cancelled */
    child_done_fn on_done;        /* NULL: told or cancelled */
    void *context;
    uint32_t timeout_ms;
    uv_process_t process;
    uv_pipe_t pipe;
    uv_timer_t timer;
    size_t handles; /* not closed yet */
    struct buffer output;
    bool is_started;
    bool has_exited;
    bool output_ended;
    enum child_result result; /* of one that was not started; else of a killed one */
    int exit_code;
    char reason[256];
    char room[4096];
};

static void must(int uv_code)
{
    assert(uv_code == 0);
    (void)uv_code;
}

static void on_closed(uv_handle_t *handle)
{
    struct child_process *child = handle->data;
    if (--child->handles > 0)
        return;
    if (child->output.data)
        explicit_bzero(child->output.data, child->output.capacity); /* it may hold a credential */
    buffer_done(&child->output);
    free(child);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* The process handle stays open until the exit is known: closing it would leave a zombie. */
static void wind_up(struct child_process *child)
{
    child->children->running--;
    child->on_done = NULL;
    close_handle((uv_handle_t *)&child->pipe);
    close_handle((uv_handle_t *)&child->timer);
    if (child->is_started && !child->has_exited)
        uv_kill(-child->process.pid, SIGKILL);
    else
        close_handle((uv_handle_t *)&child->process);
}

static void tell(struct child_process *child)
{
    child_done_fn on_done = child->on_done;
    struct child_outcome outcome = {.result = child->result,
                                    .exit_code = child->exit_code,
                                    .output = buffer_view(&child->output),
                                    .reason = child->reason};
    wind_up(child);
    on_done(child->context, &outcome);
}

static void tell_killed(struct child_process *child, enum child_result result)
{
    child->result = result;
    if (result == CHILD_TIMED_OUT)
        snprintf(child->reason, sizeof child->reason, "did not end within %" PRIu32 " ms",
                 child->timeout_ms);
    else
        snprintf(child->reason, sizeof child->reason, "printed more than %zu bytes",
                 child->output.limit);
    tell(child);
}

static void on_time(uv_timer_t *handle)
{
    struct child_process *child = handle->data;
    if (child->is_started && !child->has_exited)
        tell_killed(child, CHILD_TIMED_OUT);
    else
        tell(child);
}

static void note_exit(struct child_process *child, int64_t status, int signal_number)
{
    child->has_exited = true;
    child->exit_code = signal_number != 0 ? 128 + signal_number : (int)status;
    if (signal_number != 0)
        snprintf(child->reason, sizeof child->reason, "was ended by signal %d", signal_number);
    else if (status != 0)
        snprintf(child->reason, sizeof child->reason, "failed with exit code %d", child->exit_code);
}

static void on_exit_of_child(uv_process_t *handle, int64_t status, int signal_number)
{
    struct child_process *child = handle->data;
    note_exit(child, status, signal_number);
    if (child->on_done == NULL)
        close_handle((uv_handle_t *)&child->process);
    else if (child->output_ended)
        tell(child);
    else
        must(uv_timer_start(&child->timer, on_time, LINGER_MS, 0));
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
    (void)suggested;
    struct child_process *child = handle->data;
    *ret_room = uv_buf_init(child->room, sizeof child->room);
}

static void on_output_end(struct child_process *child)
{
    child->output_ended = true;
    uv_read_stop((uv_stream_t *)&child->pipe);
    if (child->has_exited)
        tell(child);
}

static void on_output(uv_stream_t *stream, ssize_t length, const uv_buf_t *room)
{
    struct child_process *child = stream->data;
    if (length < 0) {
        on_output_end(child);
        return;
    }
    buffer_append(&child->output, (struct str){.data = room->base, .length = (size_t)length});
    if (!buffer_ok(&child->output))
        tell_killed(child, CHILD_TOO_TALKATIVE);
}

static bool same_name(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");
    return length == strcspn(b, "=") && memcmp(a, b, length) == 0;
}

static bool is_replaced(const char *line, const char *const *replacements)
{
    for (; replacements && *replacements; replacements++)
        if (same_name(line, *replacements))
            return true;
    return false;
}

static size_t count_lines(const char *const *lines)
{
    size_t count = 0;
    for (; lines && lines[count]; count++)
        continue;
    return count;
}

/* libuv takes the lines as char **, but does not write to them. */
static char *line_of(const char *text)
{
    char *line = NULL;
    memcpy(&line, &text, sizeof line);
    return line;
}

/* Our environment with the request's lines in the place of those of the same name. */
static char **make_environment(const char *const *more)
{
    size_t ours = count_lines((const char *const *)environ);
    char **lines = memory_new(ours + count_lines(more) + 1, sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < ours; i++)
        if (!is_replaced(environ[i], more))
            lines[count++] = environ[i];
    for (; more && *more; more++)
        lines[count++] = line_of(*more);
    return lines;
}

static char **make_arguments(const struct child_request *request)
{
    size_t count = count_lines(request->arguments);
    char **arguments = memory_new(count + 2, sizeof *arguments);
    arguments[0] = line_of(request->program);
    for (size_t i = 0; i < count; i++)
        arguments[i + 1] = line_of(request->arguments[i]);
    return arguments;
}

static int spawn(struct child_process *child, const struct child_request *request)
{
    uv_stdio_container_t stdio[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->pipe},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
    };
    uv_process_options_t options = {.file = request->program,
                                    .args = make_arguments(request),
                                    .env = make_environment(request->environment),
                                    .exit_cb = on_exit_of_child,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    int code = uv_spawn(child->children->loop, &child->process, &options);
    free(options.args);
    free(options.env);
    return code;
}

static void note_not_started(struct child_process *child, const char *program, int uv_code)
{
    child->result = uv_code == UV_ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_STARTED;
    snprintf(child->reason, sizeof child->reason, "%s: %s", program,
             uv_code == UV_ENOENT ? "not found" : uv_strerror(uv_code));
}

static struct child_process *new_child(struct uv_children *children,
                                       const struct child_request *request)
{
    struct child_process *child = memory_new(1, sizeof *child);
    child->children = children;
    child->timeout_ms = request->timeout_ms;
    buffer_init(&child->output, request->output_limit);
    must(uv_pipe_init(children->loop, &child->pipe, 0));
    must(uv_timer_init(children->loop, &child->timer));
    child->pipe.data = child;
    child->timer.data = child;
    child->process.data = child;
    child->handles = 3;
    return child;
}

static struct child_process *run(struct children *base, const struct child_request *request,
                                 child_done_fn on_done, void *context)
{
    struct uv_children *children = container_of(base, struct uv_children, base);
    struct child_process *child = new_child(children, request);
    child->on_done = on_done;
    child->context = context;
    children->running++;
    int code = spawn(child, request);
    child->is_started = code == 0;
    if (child->is_started)
        must(uv_read_start((uv_stream_t *)&child->pipe, on_room, on_output));
    else
        note_not_started(child, request->program, code);
    uv_update_time(children->loop);
    must(uv_timer_start(&child->timer, on_time, child->is_started ? request->timeout_ms : 0, 0));
    return child;
}

static void cancel(struct children *base, struct child_process *child)
{
    assert(child->children == container_of(base, struct uv_children, base));
    assert(child->on_done);
    wind_up(child);
}

static const struct children_ops uv_children_ops = {.run = run, .cancel = cancel};

struct children *uv_children_new(struct loop *loop)
{
    struct uv_children *children = memory_new(1, sizeof *children);
    children->base.ops = &uv_children_ops;
    children->loop = loop_uv(loop);
    return &children->base;
}

void uv_children_free(struct children *children)
{
    if (children == NULL)
        return;
    struct uv_children *uv = container_of(children, struct uv_children, base);
    assert(uv->running == 0);
    free(uv);
}
