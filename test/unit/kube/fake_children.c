#include "unit/kube/fake_children.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct child_process {
    char unused;
};

static char *joined(const char *const *lines)
{
    struct buffer text = {.limit = (size_t)1024 * 1024};
    for (; lines && *lines; lines++)
        buffer_append_format(&text, "%s\n", *lines);
    char *copy = str_copy(buffer_view(&text));
    buffer_done(&text);
    return copy;
}

static void forget_request(struct fake_children *fake)
{
    free(fake->program);
    free(fake->arguments);
    free(fake->environment);
    fake->program = NULL;
    fake->arguments = NULL;
    fake->environment = NULL;
}

static struct child_process *fake_run(struct children *children,
                                      const struct child_request *request, child_done_fn on_done,
                                      void *context)
{
    static struct child_process process;
    struct fake_children *fake = container_of(children, struct fake_children, children);
    assert(!fake->is_running);
    forget_request(fake);
    fake->runs++;
    fake->is_running = true;
    fake->request = *request;
    fake->program = str_copy(str_from(request->program));
    fake->arguments = joined(request->arguments);
    fake->environment = joined(request->environment);
    fake->on_done = on_done;
    fake->context = context;
    return &process;
}

static void fake_cancel(struct children *children, struct child_process *process)
{
    struct fake_children *fake = container_of(children, struct fake_children, children);
    (void)process;
    assert(fake->is_running);
    fake->is_running = false;
    fake->cancels++;
}

void fake_children_init(struct fake_children *fake)
{
    static const struct children_ops ops = {.run = fake_run, .cancel = fake_cancel};
    *fake = (struct fake_children){.children = {.ops = &ops}};
}

void fake_children_done(struct fake_children *fake)
{
    assert(!fake->is_running);
    forget_request(fake);
}

void fake_child_ends(struct fake_children *fake, enum child_result result, int exit_code,
                     const char *output)
{
    assert(fake->is_running);
    fake->is_running = false;
    char *copy = str_copy(str_from(output));
    const struct child_outcome outcome = {
        .result = result,
        .exit_code = exit_code,
        .output = str_from(copy),
        .reason = result == CHILD_EXITED && exit_code == 0 ? "" : "permission denied"};
    fake->on_done(fake->context, &outcome);
    free(copy);
}

void fake_child_prints(struct fake_children *fake, const char *output)
{
    fake_child_ends(fake, CHILD_EXITED, 0, output);
}
