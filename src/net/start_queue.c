#include "net/start_queue.h"

#include "base/memory.h"
#include "net/curl_transfer.h"

#define YOUNG_MS 250

static struct http_transfer *transfer_of(struct list *link)
{
    return container_of(link, struct http_transfer, link);
}

void start_queue_init(struct start_queue *queue, size_t most_starting)
{
    *queue = (struct start_queue){.most_starting = most_starting};
    list_init(&queue->waiting);
    list_init(&queue->starting);
}

void start_queue_add(struct start_queue *queue, struct http_transfer *transfer)
{
    list_append(&queue->waiting, &transfer->link);
}

void start_queue_add_first(struct start_queue *queue, struct http_transfer *transfer)
{
    list_append(queue->waiting.next, &transfer->link);
}

void start_queue_leave(struct start_queue *queue, struct http_transfer *transfer)
{
    queue->starting_count -= transfer->is_starting;
    transfer->is_starting = false;
    list_remove(&transfer->link);
}

struct http_transfer *start_queue_next(const struct start_queue *queue)
{
    if (list_is_empty(&queue->waiting) || queue->starting_count >= queue->most_starting)
        return NULL;
    return transfer_of(queue->waiting.next);
}

void start_queue_begin(struct start_queue *queue, struct http_transfer *transfer, uint64_t now_ms)
{
    list_remove(&transfer->link);
    list_append(&queue->starting, &transfer->link);
    transfer->begun_ms = now_ms;
    transfer->is_starting = true;
    queue->starting_count++;
}

void start_queue_age(struct start_queue *queue, uint64_t now_ms)
{
    while (!list_is_empty(&queue->starting)) {
        struct http_transfer *oldest = transfer_of(queue->starting.next);
        if (oldest->begun_ms + YOUNG_MS > now_ms)
            return;
        start_queue_leave(queue, oldest);
    }
}

uint64_t start_queue_room_due_ms(const struct start_queue *queue)
{
    if (list_is_empty(&queue->waiting) || list_is_empty(&queue->starting))
        return START_QUEUE_NEVER;
    return transfer_of(queue->starting.next)->begun_ms + YOUNG_MS;
}
