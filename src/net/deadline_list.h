#ifndef NET_DEADLINE_LIST_H
#define NET_DEADLINE_LIST_H

#include "base/list.h"

#include <stdint.h>

/* Deadlines that are all the same time away when they are set, and so stand in order by themselves:
 * setting one and finding the ones that have passed cost nothing, however many there are. */
struct deadline_list {
    struct list entries; /* the next one to pass first */
    uint64_t delay_ms;
};

struct deadline {
    struct list link;
    uint64_t at_ms;
};

static inline void deadline_list_init(struct deadline_list *list, uint64_t delay_ms)
{
    list_init(&list->entries);
    list->delay_ms = delay_ms;
}

static inline void deadline_init(struct deadline *deadline)
{
    list_init(&deadline->link);
}

/* Sets it anew, whatever list it was in. */
static inline void deadline_set(struct deadline_list *list, struct deadline *deadline,
                                uint64_t now_ms)
{
    list_remove(&deadline->link);
    deadline->at_ms = now_ms + list->delay_ms;
    list_append(&list->entries, &deadline->link);
}

static inline bool deadline_is_set(const struct deadline *deadline)
{
    return !list_is_empty(&deadline->link);
}

static inline void deadline_clear(struct deadline *deadline)
{
    list_remove(&deadline->link);
}

/* The first one that has passed, taken out; NULL where there is none. */
struct deadline *deadline_list_take_passed(struct deadline_list *list, uint64_t now_ms);

/* The first one, passed or not, left in; NULL where there is none. */
struct deadline *deadline_list_first(const struct deadline_list *list);

#endif
