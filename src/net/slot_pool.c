#include "net/slot_pool.h"

#include "base/memory.h"
#include "net/curl_shard.h"
#include "net/easy_slot.h"

#include <assert.h>
#include <uv.h>

#define MOST_SPARE 64 /* of about 8 KB each */

void slot_pool_init(struct slot_pool *pool, struct curl_sockets *sockets, struct read_pace *pace,
                    const struct curl_client_options *options)
{
    *pool = (struct slot_pool){.sockets = sockets, .pace = pace, .options = options};
    list_init(&pool->spare);
    list_init(&pool->retired);
}

void slot_pool_done(struct slot_pool *pool)
{
    assert(pool->in_use == 0);
    for (struct list *spare = list_take_first(&pool->spare); spare;
         spare = list_take_first(&pool->spare))
        easy_slot_free(container_of(spare, struct easy_slot, link));
    pool->spare_count = 0;
}

struct easy_slot *slot_pool_take(struct slot_pool *pool)
{
    struct list *spare = list_take_first(&pool->spare);
    pool->in_use++;
    if (spare == NULL)
        return easy_slot_new(pool->sockets, pool->pace, pool->options);
    pool->spare_count--;
    return container_of(spare, struct easy_slot, link);
}

void slot_pool_give_back(struct slot_pool *pool, struct easy_slot *slot)
{
    pool->in_use--;
    if (pool->spare_count >= MOST_SPARE) {
        easy_slot_free(slot);
        return;
    }
    pool->spare_count++;
    list_append(pool->spare.next, &slot->link); /* in front: the warmest is used next */
}

void slot_pool_retire(struct slot_pool *pool, struct easy_slot *slot)
{
    list_remove(&slot->link); /* it may have been resting */
    list_append(&pool->retired, &slot->link);
}

void slot_pool_take_out(struct slot_pool *pool, struct easy_slot *slot)
{
    list_remove(&slot->link);
    curl_shard_remove(slot);
    slot_pool_give_back(pool, slot);
}

void slot_pool_take_out_retired(struct slot_pool *pool, uint64_t slice_ns)
{
    uint64_t slice_end = uv_hrtime() + slice_ns;
    while (!list_is_empty(&pool->retired) && uv_hrtime() < slice_end)
        slot_pool_take_out(pool, container_of(pool->retired.next, struct easy_slot, link));
}
