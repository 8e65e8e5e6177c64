/*
 * libcurl's socket and timer functions only note what it wants: nothing of libcurl is called from
 * inside them. After each run everything it is done with is to be asked for, also when no transfer
 * runs any more: the last one may just have ended.
 */
#include "net/curl_shard.h"

#include "net/easy_slot.h"

#include <assert.h>
#include <uv.h>

static void must(CURLMcode code)
{
    assert(code == CURLM_OK);
    (void)code;
}

static struct easy_slot *slot_of(CURL *easy)
{
    char *slot = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    return (struct easy_slot *)(void *)slot;
}

static int on_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *assigned)
{
    (void)assigned;
    struct curl_shard *shard = context;
    bool is_wanted = what != CURL_POLL_REMOVE;
    struct easy_slot *slot = slot_of(easy);
    slot->is_watched = is_wanted || slot->is_resting;
    if (!is_wanted && slot->is_resting) {
        curl_sockets_suspend(shard->sockets, descriptor);
        return 0;
    }
    curl_sockets_watch(shard->sockets, descriptor, shard, is_wanted && (what & CURL_POLL_IN) != 0,
                       is_wanted && (what & CURL_POLL_OUT) != 0);
    if (is_wanted)
        easy_slot_on_socket(slot, descriptor);
    return 0;
}

static int on_timer(CURLM *multi, long delay_ms, void *context)
{
    (void)multi;
    struct curl_shard *shard = context;
    shard->due_ms = delay_ms < 0 ? SHARD_NOT_DUE : uv_hrtime() / 1000000 + (uint64_t)delay_ms;
    if (shard->due_ms < *shard->next_due_ms)
        *shard->next_due_ms = shard->due_ms;
    return 0;
}

void curl_shard_init(struct curl_shard *shard, struct curl_sockets *sockets, uint64_t *next_due_ms,
                     size_t most_kept)
{
    *shard = (struct curl_shard){.multi = curl_multi_init(), .due_ms = SHARD_NOT_DUE};
    shard->sockets = sockets;
    shard->next_due_ms = next_due_ms;
    assert(shard->multi);
    must(curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, on_socket));
    must(curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard));
    must(curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, on_timer));
    must(curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard));
    must(curl_multi_setopt(shard->multi, CURLMOPT_MAXCONNECTS, (long)most_kept));
    must(curl_multi_setopt(shard->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING));
}

void curl_shard_done(struct curl_shard *shard)
{
    must(curl_multi_cleanup(shard->multi));
    shard->multi = NULL;
    shard->due_ms = SHARD_NOT_DUE;
}

void curl_shard_add(struct curl_shard *shard, struct easy_slot *slot)
{
    assert(slot->shard == NULL);
    must(curl_multi_add_handle(shard->multi, slot->easy));
    slot->shard = shard;
}

void curl_shard_remove(struct easy_slot *slot)
{
    must(curl_multi_remove_handle(slot->shard->multi, slot->easy));
    slot->shard = NULL;
}

void curl_shard_run_due(struct curl_shard *shard)
{
    int running = 0;
    shard->due_ms = SHARD_NOT_DUE;
    must(curl_multi_socket_action(shard->multi, CURL_SOCKET_TIMEOUT, 0, &running));
}

void curl_shard_run_socket(struct curl_shard *shard, const struct socket_event *event)
{
    int running = 0;
    int what = (event->readable ? CURL_CSELECT_IN : 0) | (event->writable ? CURL_CSELECT_OUT : 0);
    must(curl_multi_socket_action(shard->multi, event->descriptor, what, &running));
}

struct easy_slot *curl_shard_next_done(struct curl_shard *shard, CURLcode *ret_code)
{
    int queued = 0;
    CURLMsg *message = curl_multi_info_read(shard->multi, &queued);
    if (message == NULL)
        return NULL;
    assert(message->msg == CURLMSG_DONE);
    *ret_code = message->data.result;
    return slot_of(message->easy_handle);
}
