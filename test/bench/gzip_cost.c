/*
 * What gzip costs here, beside zlib alone.
 *
 *     gzip_cost ROUNDS <exposition
 *
 * Packs standard input as an answer is packed (net/packed_body.h, pulled in pieces of 64 KB) and by
 * one call of zlib of the same level; unpacks it as a pod's body is unpacked (net/gzip_body.h, fed
 * in pieces of 16 KB) and by calls of zlib of 64 KB. Prints a JSON line: bytes, packed bytes, the
 * median CPU time of each in microseconds, and the longest read of the one and turn of the other.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "net/gzip_body.h"
#include "net/packed_body.h"
#include "unit/fake_http_client.h"
#include "unit/fake_timers.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#define ZLIB_CONST
#include <zlib.h>

enum { PULLED = 65536, FED = 16384, ROUNDS_MOST = 1000 };
enum part { BARE_PACK, PACK, BARE_UNPACK, UNPACK, PARTS };

struct bench {
    struct str text;
    struct str rest; /* of the text, while it is pulled */
    struct buffer packed;
    struct buffer out;
    size_t unpacked;
    bool is_whole;
    uint64_t longest_ns[PARTS];
    uint64_t rounds_ns[PARTS][ROUNDS_MOST];
};

static uint64_t cpu_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void note_longest(struct bench *bench, enum part part, uint64_t since_ns)
{
    uint64_t took = cpu_ns() - since_ns;
    if (took > bench->longest_ns[part])
        bench->longest_ns[part] = took;
}

static void bare_pack(struct bench *bench)
{
    z_stream stream = {0};
    deflateInit2(&stream, 2, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    size_t bound = deflateBound(&stream, bench->text.length);
    stream.next_in = (const Bytef *)bench->text.data;
    stream.avail_in = (uInt)bench->text.length;
    buffer_clear(&bench->packed);
    stream.next_out = (Bytef *)buffer_reserve(&bench->packed, bound);
    stream.avail_out = (uInt)bound;
    int code = deflate(&stream, Z_FINISH);
    assert(code == Z_STREAM_END);
    (void)code;
    buffer_claim(&bench->packed, bound - stream.avail_out);
    deflateEnd(&stream);
}

static enum http_body_step pull(void *context, struct buffer *out)
{
    struct bench *bench = context;
    buffer_append(out, str_slice(bench->rest, 0, PULLED));
    bench->rest = str_skip(bench->rest, PULLED);
    return bench->rest.length > 0 ? HTTP_BODY_MORE : HTTP_BODY_END;
}

static void free_nothing(void *context)
{
    (void)context;
}

static void pack(struct bench *bench)
{
    static const struct http_body_source source = {.read = pull, .free = free_nothing};
    struct packed_bodies bodies = {.spare_count = 0};
    struct packed_body *body = packed_body_new(&bodies, &source, bench);
    bench->rest = bench->text;
    enum http_body_step step = HTTP_BODY_MORE;
    while (step != HTTP_BODY_END) {
        uint64_t start = cpu_ns();
        buffer_clear(&bench->out);
        step = packed_body_source.read(body, &bench->out);
        note_longest(bench, PACK, start);
    }
    packed_body_source.free(body);
    packed_bodies_done(&bodies);
}

static void bare_unpack(struct bench *bench)
{
    z_stream stream = {0};
    inflateInit2(&stream, 15 + 16);
    stream.next_in = (const Bytef *)bench->packed.data;
    stream.avail_in = (uInt)bench->packed.length;
    int code = Z_OK;
    while (code == Z_OK) {
        buffer_clear(&bench->out);
        stream.next_out = (Bytef *)buffer_reserve(&bench->out, PULLED);
        stream.avail_out = PULLED;
        code = inflate(&stream, Z_NO_FLUSH);
    }
    assert(code == Z_STREAM_END && stream.total_out == bench->text.length);
    inflateEnd(&stream);
}

static void on_bytes(void *context, struct str bytes)
{
    struct bench *bench = context;
    bench->unpacked += bytes.length;
}

static void on_end(void *context, const char *fault)
{
    struct bench *bench = context;
    bench->is_whole = fault == NULL;
}

struct net {
    struct fake_timers timers;
    struct fake_http_client client;
};

static void take_turn(struct bench *bench, struct net *net)
{
    uint64_t start = cpu_ns();
    fake_timers_turn(&net->timers);
    note_longest(bench, UNPACK, start);
}

/* As the network brings it: nothing more while the client is held. */
static void unpack(struct bench *bench)
{
    static const struct gzip_body_listener listener = {.on_bytes = on_bytes, .on_end = on_end};
    const struct gzip_limits limits = {.most_bytes = bench->text.length};
    struct net net;
    fake_timers_init(&net.timers);
    fake_http_client_init(&net.client);
    struct gzip_queue *queue = gzip_queue_new(&(struct gzip_queue_options){
        .timers = &net.timers.timers, .client = &net.client.client, .begin_at = FED});
    struct gzip_body *body = gzip_body_start(queue, &limits, &listener, bench);
    bench->is_whole = false;
    for (struct str rest = buffer_view(&bench->packed); rest.length > 0;) {
        gzip_body_feed(body, str_slice(rest, 0, FED));
        rest = str_skip(rest, FED);
        while (net.client.holds > 0)
            take_turn(bench, &net);
    }
    gzip_body_finish(body);
    while (!bench->is_whole)
        take_turn(bench, &net);
    gzip_queue_free(queue);
    fake_http_client_done(&net.client);
    fake_timers_done(&net.timers);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static uint64_t median_us(struct bench *bench, enum part part, size_t rounds)
{
    qsort(bench->rounds_ns[part], rounds, sizeof(uint64_t), compare);
    return bench->rounds_ns[part][rounds / 2] / 1000;
}

static void measure(struct bench *bench, size_t rounds)
{
    static void (*const works[PARTS])(struct bench *) = {bare_pack, pack, bare_unpack, unpack};
    for (size_t round = 0; round < rounds; round++) {
        for (size_t part = 0; part < PARTS; part++) {
            uint64_t start = cpu_ns();
            works[part](bench);
            bench->rounds_ns[part][round] = cpu_ns() - start;
        }
    }
    (void)printf("{\"bytes\": %zu, \"packed\": %zu, \"bare_pack_us\": %" PRIu64
                 ", \"pack_us\": %" PRIu64 ", \"bare_unpack_us\": %" PRIu64
                 ", \"unpack_us\": %" PRIu64 ", \"longest_read_us\": %" PRIu64
                 ", \"longest_turn_us\": %" PRIu64 "}\n",
                 bench->text.length, bench->packed.length, median_us(bench, BARE_PACK, rounds),
                 median_us(bench, PACK, rounds), median_us(bench, BARE_UNPACK, rounds),
                 median_us(bench, UNPACK, rounds), bench->longest_ns[PACK] / 1000,
                 bench->longest_ns[UNPACK] / 1000);
}

int main(int count, char **arguments)
{
    uint64_t rounds;
    if (count != 2 || !str_to_uint(str_from(arguments[1]), ROUNDS_MOST, &rounds) || rounds == 0) {
        (void)fputs("usage: gzip_cost ROUNDS <exposition\n", stderr);
        return 2;
    }
    struct buffer input;
    buffer_init(&input, (size_t)1 << 30);
    char piece[4096];
    for (size_t length; (length = fread(piece, 1, sizeof piece, stdin)) > 0;)
        buffer_append(&input, (struct str){piece, length});
    struct bench *bench = memory_new(1, sizeof *bench);
    bench->text = buffer_view(&input);
    buffer_init(&bench->packed, SIZE_MAX / 2);
    buffer_init(&bench->out, SIZE_MAX / 2);
    measure(bench, rounds);
    buffer_done(&bench->packed);
    buffer_done(&bench->out);
    buffer_done(&input);
    free(bench);
    return 0;
}
