#include "scrape/target.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Copies a view to *end, terminated, and moves *end behind it. */
static struct str place(char **end, struct str view)
{
    char *start = *end;
    if (view.length > 0)
        memcpy(start, view.data, view.length);
    start[view.length] = '\0';
    *end = start + view.length + 1;
    return (struct str){.data = start, .length = view.length};
}

struct target *target_new(const struct target *from)
{
    size_t text = from->id.length + from->namespace.length + from->name.length + from->url.length +
                  from->fault.length + from->label_values.length + 6;
    struct target *target = memory_new(1, sizeof *target + text);
    char *end = (char *)(target + 1);
    target->id = place(&end, from->id);
    target->namespace = place(&end, from->namespace);
    target->name = place(&end, from->name);
    target->url = place(&end, from->url);
    target->fault = place(&end, from->fault);
    target->label_values = place(&end, from->label_values);
    target->created = from->created;
    target->references = 1;
    return target;
}

struct target *target_hold(struct target *target)
{
    target->references++;
    return target;
}

void target_release(struct target *target)
{
    if (target == NULL)
        return;
    assert(target->references > 0);
    if (--target->references == 0)
        free(target);
}

bool target_equal(const struct target *a, const struct target *b)
{
    return str_equal(a->id, b->id) && str_equal(a->namespace, b->namespace) &&
           str_equal(a->name, b->name) && str_equal(a->url, b->url) &&
           str_equal(a->fault, b->fault) && str_equal(a->label_values, b->label_values) &&
           a->created == b->created;
}
