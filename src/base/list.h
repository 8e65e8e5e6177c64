#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A doubly linked ring. The link is embedded in the element (container_of() leads back); a head is
 * a link of its own. A link that is in no list points at itself, so that taking it out twice does
 * no harm. Whoever walks a list and calls out meanwhile first moves it to a head of his own
 * (list_move_all) and takes elements off that one by one.
 */
struct list {
    struct list *previous;
    struct list *next;
};

static inline void list_init(struct list *link)
{
    link->previous = link;
    link->next = link;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* Before `place`: with a head, that is the end of its list. */
static inline void list_append(struct list *place, struct list *link)
{
    link->previous = place->previous;
    link->next = place;
    place->previous->next = link;
    place->previous = link;
}

static inline void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_init(link);
}

/* The first link, taken out; NULL where the list is empty. */
static inline struct list *list_take_first(struct list *head)
{
    struct list *first = head->next;
    if (first == head)
        return NULL;
    head->next = first->next; /* as list_remove(), in a way that an analyzer can follow */
    first->next->previous = head;
    list_init(first);
    return first;
}

/* Moves all of `from` to the empty head `to`. */
static inline void list_move_all(struct list *from, struct list *to)
{
    list_init(to);
    if (list_is_empty(from))
        return;
    *to = *from;
    to->next->previous = to;
    to->previous->next = to;
    list_init(from);
}

#endif
