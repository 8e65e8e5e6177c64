#include "kube/pod_set.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void pod_set_init(struct pod_set *set)
{
    *set = (struct pod_set){.round = 1};
    list_init(&set->stale);
}

static struct pod_set_entry *entry_of(struct list *link)
{
    return container_of(link, struct pod_set_entry, link);
}

static struct pod_set_entry *entry_new(struct str uid)
{
    struct pod_set_entry *entry = memory_new(1, sizeof *entry + uid.length);
    char *room = (char *)(entry + 1);
    list_init(&entry->link);
    memcpy(room, uid.data, uid.length);
    entry->uid = (struct str){.data = room, .length = uid.length};
    return entry;
}

void pod_set_add(struct pod_set *set, struct str uid)
{
    struct pod_set_entry *entry = map_get(&set->entries, uid);
    if (entry == NULL) {
        entry = entry_new(uid);
        map_put(&set->entries, entry->uid, entry);
    }
    entry->round = set->round;
}

bool pod_set_remove(struct pod_set *set, struct str uid)
{
    struct pod_set_entry *entry = map_remove(&set->entries, uid);
    free(entry);
    return entry != NULL;
}

void pod_set_start_round(struct pod_set *set)
{
    set->round++;
}

void pod_set_sweep(struct pod_set *set)
{
    struct pod_set_entry *entry;
    size_t position = 0;
    while ((entry = map_next(&set->entries, &position)) != NULL) {
        if (entry->round != set->round)
            list_append(&set->stale, &entry->link);
    }
    for (struct list *link = set->stale.next; link != &set->stale; link = link->next)
        map_remove(&set->entries, entry_of(link)->uid);
}

struct pod_set_entry *pod_set_take_stale(struct pod_set *set)
{
    struct list *link = list_take_first(&set->stale);
    return link ? entry_of(link) : NULL;
}

void pod_set_done(struct pod_set *set)
{
    struct pod_set_entry *entry;
    size_t position = 0;
    while ((entry = pod_set_take_stale(set)) != NULL)
        free(entry);
    while ((entry = map_next(&set->entries, &position)) != NULL)
        list_append(&set->stale, &entry->link);
    map_done(&set->entries);
    while ((entry = pod_set_take_stale(set)) != NULL)
        free(entry);
}
