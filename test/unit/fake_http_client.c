#include "unit/fake_http_client.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

static char *joined(const char *const *lines)
{
    struct buffer text;
    buffer_init(&text, 65536);
    for (; lines && *lines; lines++) {
        buffer_append(&text, str_from(*lines));
        buffer_append_byte(&text, '\n');
    }
    buffer_append_byte(&text, '\0');
    return text.data;
}

static struct http_transfer *get(struct http_client *client, const struct http_request *request,
                                 const struct http_listener *listener, void *context)
{
    struct fake_http_client *fake = container_of(client, struct fake_http_client, client);
    struct fake_transfer *transfer = memory_new(1, sizeof *transfer);
    transfer->listener = *listener;
    transfer->context = context;
    transfer->request = *request;
    transfer->url = str_copy(str_from(request->url));
    transfer->headers = joined(request->headers);
    fake->transfers = memory_resize(fake->transfers, fake->count + 1, sizeof(void *));
    fake->transfers[fake->count++] = transfer;
    return (struct http_transfer *)(void *)transfer;
}

static void cancel(struct http_client *client, struct http_transfer *transfer)
{
    struct fake_transfer *fake = (struct fake_transfer *)(void *)transfer;
    (void)client;
    assert(!fake->is_over);
    fake->is_over = true;
    fake->is_cancelled = true;
}

static void hold(struct http_client *client, bool is_held)
{
    struct fake_http_client *fake = container_of(client, struct fake_http_client, client);
    assert(is_held || fake->holds > 0);
    fake->holds = is_held ? fake->holds + 1 : fake->holds - 1;
}

static const struct http_client_ops ops = {.get = get, .cancel = cancel, .hold = hold};

void fake_http_client_init(struct fake_http_client *fake)
{
    *fake = (struct fake_http_client){.client = {.ops = &ops}};
}

size_t fake_http_client_open(const struct fake_http_client *fake)
{
    size_t open = 0;
    for (size_t i = 0; i < fake->count; i++)
        open += !fake->transfers[i]->is_over;
    return open;
}

void fake_http_client_done(struct fake_http_client *fake)
{
    assert(fake_http_client_open(fake) == 0 && fake->holds == 0);
    for (size_t i = 0; i < fake->count; i++) {
        free(fake->transfers[i]->url);
        free(fake->transfers[i]->headers);
        free(fake->transfers[i]);
    }
    free(fake->transfers);
}

struct fake_transfer *fake_http_client_last(const struct fake_http_client *fake)
{
    assert(fake->count > 0);
    return fake->transfers[fake->count - 1];
}

void fake_transfer_head_full(struct fake_transfer *transfer, const struct http_head *head)
{
    if (!transfer->is_over)
        transfer->listener.on_head(transfer->context, head);
}

void fake_transfer_head(struct fake_transfer *transfer, int status, const char *content_type)
{
    struct http_head head = {
        .status = status, .content_type = str_from(content_type), .retry_after_s = -1};
    fake_transfer_head_full(transfer, &head);
}

bool fake_transfer_body(struct fake_transfer *transfer, struct str bytes)
{
    if (transfer->is_over)
        return false;
    if (transfer->listener.on_body(transfer->context, bytes))
        return !transfer->is_over;
    fake_transfer_done(transfer, HTTP_ABORTED, "aborted by its reader");
    return false;
}

void fake_transfer_done(struct fake_transfer *transfer, enum http_result result, const char *reason)
{
    if (transfer->is_over)
        return;
    transfer->is_over = true;
    struct http_outcome outcome = {.result = result, .reason = reason};
    transfer->listener.on_done(transfer->context, &outcome);
}

void fake_transfer_answer(struct fake_transfer *transfer, const char *body)
{
    fake_transfer_head(transfer, 200, "text/plain; version=0.0.4");
    fake_transfer_body(transfer, str_from(body));
    fake_transfer_done(transfer, HTTP_OK, "");
}
