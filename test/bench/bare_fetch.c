/*
 * The bound of a fan-out: GETs /metrics from every target and throws the answers away.
 *
 *     bare_fetch ROUNDS IN_FLIGHT <targets      each line of standard input: address:port
 *
 * Nothing but sockets and epoll: no parser, no time-outs, no memory but one buffer for all. A
 * connection is kept for the next round for as long as its peer keeps it, so that the same program
 * measures kept connections and new ones. Prints a JSON line: for each round the CPU time of this
 * process and the wall time, in microseconds, and the bytes that came.
 */
#include "base/memory.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, READ_SIZE = 256 * 1024, REQUEST_SIZE = 160 };

enum state {
    STATE_IDLE,       /* not asked in this round, or answered */
    STATE_CONNECTING, /* sends its request once it is writable */
    STATE_WAITING,    /* asked; the answer is not complete */
};

struct fetch {
    struct sockaddr_in address;
    int descriptor; /* -1 = none */
    enum state state;
    bool is_kept;   /* the connection has answered before */
    bool has_head;  /* `missing` is known */
    size_t missing; /* bytes of the body */
};

struct fetcher {
    int epoll;
    struct fetch *fetches; /* owned */
    size_t count;
    size_t started;
    size_t answered;
    uint64_t bytes;
    char *buffer; /* owned; READ_SIZE */
};

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "bare_fetch: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t timeval_us(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static uint64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return timeval_us(usage.ru_utime) + timeval_us(usage.ru_stime);
}

static uint64_t wall_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void send_request(struct fetch *fetch)
{
    char request[REQUEST_SIZE];
    char address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &fetch->address.sin_addr, address, sizeof(address));
    int length = snprintf(request, sizeof(request), "GET /metrics HTTP/1.1\r\nHost: %s:%u\r\n\r\n",
                          address, ntohs(fetch->address.sin_port));
    /* A kept connection may be dead: then the read says so, and connects again. */
    (void)send(fetch->descriptor, request, (size_t)length, MSG_NOSIGNAL);
    fetch->state = STATE_WAITING;
    fetch->has_head = false;
}

static void connect_fetch(struct fetcher *fetcher, struct fetch *fetch)
{
    fetch->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fetch->descriptor < 0)
        fail("socket");
    int on = 1;
    setsockopt(fetch->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fetch->descriptor, (struct sockaddr *)&fetch->address, sizeof(fetch->address)) <
            0 &&
        errno != EINPROGRESS)
        fail("connect");
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = fetch};
    if (epoll_ctl(fetcher->epoll, EPOLL_CTL_ADD, fetch->descriptor, &event) < 0)
        fail("epoll_ctl");
    fetch->state = STATE_CONNECTING;
    fetch->is_kept = false;
}

static void start_fetch(struct fetcher *fetcher, struct fetch *fetch)
{
    fetcher->started++;
    if (fetch->descriptor < 0)
        connect_fetch(fetcher, fetch);
    else
        send_request(fetch);
}

static void on_connection_end(struct fetcher *fetcher, struct fetch *fetch)
{
    close(fetch->descriptor);
    fetch->descriptor = -1;
    if (fetch->state == STATE_IDLE)
        return;
    if (!fetch->is_kept || fetch->has_head)
        fail("a target ended its connection without an answer");
    connect_fetch(fetcher, fetch);
}

/* Takes the head off what came first; returns how many bytes follow it. */
static size_t read_head(struct fetch *fetch, struct str bytes)
{
    static const char LENGTH[] = "\r\nContent-Length: ";
    const char *end = memmem(bytes.data, bytes.length, "\r\n\r\n", 4);
    const char *length = memmem(bytes.data, bytes.length, LENGTH, sizeof(LENGTH) - 1);
    if (end == NULL || length == NULL || length > end)
        fail("a head that comes in pieces or names no Content-Length");
    fetch->missing = 0;
    for (const char *digit = length + sizeof(LENGTH) - 1; *digit >= '0' && *digit <= '9'; digit++)
        fetch->missing = fetch->missing * 10 + (size_t)(*digit - '0');
    fetch->has_head = true;
    return bytes.length - (size_t)(end + 4 - bytes.data);
}

static void on_bytes(struct fetcher *fetcher, struct fetch *fetch, struct str bytes)
{
    size_t body = fetch->has_head ? bytes.length : read_head(fetch, bytes);
    if (body > fetch->missing)
        fail("a body that is longer than its Content-Length");
    fetch->missing -= body;
    fetcher->bytes += body;
    if (fetch->missing > 0)
        return;
    fetch->state = STATE_IDLE;
    fetch->is_kept = true;
    fetcher->answered++;
}

static void on_readable(struct fetcher *fetcher, struct fetch *fetch)
{
    for (;;) {
        ssize_t length = recv(fetch->descriptor, fetcher->buffer, READ_SIZE, 0);
        if (length < 0 && errno == EAGAIN)
            return;
        if (length <= 0) {
            on_connection_end(fetcher, fetch);
            return;
        }
        on_bytes(fetcher, fetch, (struct str){fetcher->buffer, (size_t)length});
        if (length < READ_SIZE)
            return;
    }
}

static void on_event(struct fetcher *fetcher, const struct epoll_event *event)
{
    struct fetch *fetch = event->data.ptr;
    if (fetch->state == STATE_CONNECTING && (event->events & EPOLLOUT) != 0 &&
        (event->events & (EPOLLERR | EPOLLHUP)) == 0) {
        send_request(fetch);
        return;
    }
    if ((event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        on_readable(fetcher, fetch);
}

static void run_round(struct fetcher *fetcher, size_t in_flight)
{
    struct epoll_event events[EVENTS];
    fetcher->started = 0;
    fetcher->answered = 0;
    fetcher->bytes = 0;
    while (fetcher->answered < fetcher->count) {
        while (fetcher->started < fetcher->count &&
               fetcher->started - fetcher->answered < in_flight)
            start_fetch(fetcher, &fetcher->fetches[fetcher->started]);
        int count = epoll_wait(fetcher->epoll, events, EVENTS, 10000);
        if (count <= 0)
            fail("no answer for ten seconds");
        for (int i = 0; i < count; i++)
            on_event(fetcher, &events[i]);
    }
}

static bool parse_target(struct str line, struct sockaddr_in *ret_address)
{
    char text[INET_ADDRSTRLEN] = "";
    struct str rest = str_trim(line);
    struct str address;
    uint64_t port;
    if (!str_next(&rest, ':', &address) || address.length >= sizeof(text))
        return false;
    memcpy(text, address.data, address.length);
    if (inet_pton(AF_INET, text, &ret_address->sin_addr) != 1 || !str_to_uint(rest, 65535, &port))
        return false;
    ret_address->sin_family = AF_INET;
    ret_address->sin_port = htons((uint16_t)port);
    return true;
}

static void add_target(struct fetcher *fetcher, struct str line)
{
    struct fetch fetch = {.descriptor = -1};
    if (!parse_target(line, &fetch.address))
        fail("a target is no address:port");
    fetcher->fetches = memory_resize(fetcher->fetches, fetcher->count + 1, sizeof(fetch));
    fetcher->fetches[fetcher->count++] = fetch;
}

static void read_targets(struct fetcher *fetcher)
{
    char line[64];
    while (fgets(line, sizeof(line), stdin) != NULL)
        add_target(fetcher, str_from(line));
    if (fetcher->count == 0)
        fail("no targets");
}

static void measure(struct fetcher *fetcher, uint64_t rounds, size_t in_flight)
{
    (void)printf("{\"targets\": %zu, \"rounds\": [", fetcher->count);
    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t cpu = cpu_us();
        uint64_t wall = wall_us();
        run_round(fetcher, in_flight);
        (void)printf("%s{\"cpu_us\": %" PRIu64 ", \"wall_us\": %" PRIu64 "}", i == 0 ? "" : ", ",
                     cpu_us() - cpu, wall_us() - wall);
    }
    (void)printf("], \"bytes\": %" PRIu64 "}\n", fetcher->bytes);
}

int main(int count, char **arguments)
{
    uint64_t rounds;
    uint64_t in_flight;
    if (count != 3 || !str_to_uint(str_from(arguments[1]), 1000, &rounds) ||
        !str_to_uint(str_from(arguments[2]), 100000, &in_flight) || in_flight == 0) {
        (void)fputs("usage: bare_fetch ROUNDS IN_FLIGHT <targets\n", stderr);
        return 2;
    }
    struct fetcher fetcher = {.epoll = epoll_create1(EPOLL_CLOEXEC),
                              .buffer = memory_new(READ_SIZE, 1)};
    read_targets(&fetcher);
    measure(&fetcher, rounds, in_flight);
    free(fetcher.fetches);
    free(fetcher.buffer);
    return 0;
}
