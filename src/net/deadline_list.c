#include "net/deadline_list.h"

#include "base/memory.h"

struct deadline *deadline_list_first(const struct deadline_list *list)
{
    if (list_is_empty(&list->entries))
        return NULL;
    return container_of(list->entries.next, struct deadline, link);
}

struct deadline *deadline_list_take_passed(struct deadline_list *list, uint64_t now_ms)
{
    struct deadline *first = deadline_list_first(list);
    if (first == NULL || first->at_ms > now_ms)
        return NULL;
    list_remove(&first->link);
    return first;
}
