#include "net/packed_body.h"

#include "base/lifetime.h"
#include "base/memory.h"
#include "net/gzip_writer.h"

#include <assert.h>
#include <stdlib.h>

/*
 * source -> plain [ taken | waiting ] -> writer -> out
 *
 * A read goes on until it has something worth sending, which of well packed bytes takes many, or
 * has taken INPUT_A_READ: about a millisecond. What does not pack is passed on as it comes.
 */
enum {
    MOST_IN_WORK = 32, /* of 270 KB and more each; who comes then gets a plain body */
    MOST_SPARE = sizeof((struct packed_bodies *)0)->spare / sizeof(struct gzip_writer *),
    INPUT_A_READ = 192 * 1024,
    OUTPUT_A_READ = 16 * 1024,
    SOURCE_LIMIT = 256 * 1024 /* of one read of the source; more is a failure */
};

struct packed_body {
    struct lifetime lifetime; /* a source may end the connection from inside its read */
    struct packed_bodies *bodies;
    struct http_body_source source;
    void *context;
    struct gzip_writer *writer; /* NULL before the first read */
    struct buffer plain;
    size_t taken;
    bool has_ended; /* the source */
};

void packed_bodies_done(struct packed_bodies *bodies)
{
    assert(bodies->in_work == 0);
    while (bodies->spare_count > 0)
        gzip_writer_free(bodies->spare[--bodies->spare_count]);
}

static struct gzip_writer *take_writer(struct packed_bodies *bodies)
{
    if (bodies->spare_count == 0)
        return gzip_writer_new();
    struct gzip_writer *writer = bodies->spare[--bodies->spare_count];
    gzip_writer_reset(writer);
    return writer;
}

static void give_writer_back(struct packed_bodies *bodies, struct gzip_writer *writer)
{
    if (writer && bodies->spare_count < MOST_SPARE)
        bodies->spare[bodies->spare_count++] = writer;
    else
        gzip_writer_free(writer);
}

struct packed_body *packed_body_new(struct packed_bodies *bodies,
                                    const struct http_body_source *source, void *context)
{
    if (bodies->in_work == MOST_IN_WORK)
        return NULL;
    struct packed_body *body = memory_new(1, sizeof *body);
    bodies->in_work++;
    body->bodies = bodies;
    body->source = *source;
    body->context = context;
    buffer_init(&body->plain, SOURCE_LIMIT);
    return body;
}

static void destroy(struct packed_body *body)
{
    buffer_done(&body->plain);
    free(body);
}

static void free_body(void *context)
{
    struct packed_body *body = context;
    give_writer_back(body->bodies, body->writer);
    body->writer = NULL;
    body->bodies->in_work--;
    body->source.free(body->context);
    if (lifetime_end(&body->lifetime))
        destroy(body);
}

static struct str waiting(const struct packed_body *body)
{
    return str_skip(buffer_view(&body->plain), body->taken);
}

/* The next bytes of the source, where all that came before are taken. */
static enum http_body_step fill(struct packed_body *body)
{
    if (body->has_ended || waiting(body).length > 0)
        return HTTP_BODY_MORE;
    buffer_clear(&body->plain);
    body->taken = 0;
    enum http_body_step step = body->source.read(body->context, &body->plain);
    if (lifetime_is_over(&body->lifetime) || !buffer_ok(&body->plain))
        return HTTP_BODY_FAILED;
    body->has_ended = step == HTTP_BODY_END;
    bool is_short = step == HTTP_BODY_MORE && body->plain.length == 0;
    return body->has_ended ? HTTP_BODY_MORE : is_short ? HTTP_BODY_LATER : step;
}

/* True when all is out. */
static bool pack(struct packed_body *body, struct buffer *out)
{
    struct str rest = waiting(body);
    bool is_done = gzip_write(body->writer, &rest, body->has_ended, out);
    body->taken = body->plain.length - rest.length;
    return is_done && body->has_ended;
}

static enum http_body_step read_some(struct packed_body *body, struct buffer *out)
{
    size_t start = out->length;
    size_t taken = 0;
    while (taken < INPUT_A_READ && out->length - start < OUTPUT_A_READ) {
        enum http_body_step step = fill(body);
        if (step == HTTP_BODY_FAILED)
            return step;
        size_t before = waiting(body).length;
        if (pack(body, out))
            return HTTP_BODY_END;
        taken += before - waiting(body).length;
        if (step == HTTP_BODY_LATER)
            return step;
    }
    return HTTP_BODY_MORE;
}

static enum http_body_step read_body(void *context, struct buffer *out)
{
    struct packed_body *body = context;
    if (body->writer == NULL)
        body->writer = take_writer(body->bodies);
    lifetime_enter(&body->lifetime);
    enum http_body_step step = read_some(body, out);
    if (lifetime_leave(&body->lifetime))
        destroy(body);
    return step;
}

const struct http_body_source packed_body_source = {.read = read_body, .free = free_body};
