/*
 * libcurl's sockets hang on a private epoll instance, and the loop watches that one descriptor.
 * Against a libuv handle for each socket it saves system calls, it takes at most 32 events at a
 * time, whatever number is ready, so that the rest of the loop has its turn between, and it gives
 * the plain events: libuv turns a reset connection into an error that hides the data still there.
 *
 * libcurl says "forget it" about a connection after every transfer, and "watch it" again when the
 * next transfer takes it. So forgetting is lazy: the socket stays registered until it either is
 * wanted again, which then costs nothing, or shows an event that nobody waits for.
 *
 *      absent -- watch --> registered, wanted -- forget --> registered, not wanted
 *                               ^-------------- watch ----------/       | event, close
 *      absent <-- forget (of a descriptor that we have not opened) or --+
 *
 * Lazy is right only for sockets whose end we see. Those libcurl opens behind our back (the pair
 * with which its resolver thread wakes it) are taken out at once.
 */
#include "net/curl_sockets.h"

#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct curl_socket {
    void *owner;         /* NULL: not wanted */
    uint32_t wanted;     /* EPOLLIN, EPOLLOUT */
    uint32_t registered; /* with epoll; 0: not there */
    uint32_t generation; /* changes with the owner's interest, so that an old event is known */
    bool is_ours;
    bool is_silent; /* nothing may come while it is not wanted */
};

void curl_sockets_init(struct curl_sockets *sockets)
{
    *sockets = (struct curl_sockets){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    assert(sockets->epoll >= 0);
}

void curl_sockets_done(struct curl_sockets *sockets)
{
    close(sockets->epoll);
    free(sockets->table);
    *sockets = (struct curl_sockets){.epoll = -1};
}

static struct curl_socket *entry(struct curl_sockets *sockets, int descriptor)
{
    size_t index = (size_t)descriptor;
    size_t before = sockets->capacity;
    if (index >= before) {
        size_t capacity = index + 1 > before * 2 ? index + 64 : before * 2;
        sockets->table = memory_resize(sockets->table, capacity, sizeof *sockets->table);
        memset(sockets->table + before, 0, (capacity - before) * sizeof *sockets->table);
        sockets->capacity = capacity;
    }
    return &sockets->table[index];
}

/* The kernel takes a descriptor out of epoll when it is closed. */
static void start_anew(struct curl_socket *socket, bool is_ours)
{
    *socket = (struct curl_socket){.generation = socket->generation + 1, .is_ours = is_ours};
}

int curl_sockets_open(struct curl_sockets *sockets, int family, int type, int protocol)
{
    int descriptor = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (descriptor >= 0)
        start_anew(entry(sockets, descriptor), true);
    return descriptor;
}

void curl_sockets_close(struct curl_sockets *sockets, int descriptor)
{
    start_anew(entry(sockets, descriptor), false);
    close(descriptor);
}

bool curl_sockets_is_ours(const struct curl_sockets *sockets, int descriptor)
{
    return (size_t)descriptor < sockets->capacity && sockets->table[descriptor].is_ours;
}

/*
 * Nobody waits for this socket and yet something happens to it. Mostly the peer of a kept
 * connection has gone. libcurl 7.88 asks a kept connection by recv() whether it still lives, takes
 * an error for a yes, sends into it, and fails for good after the fifth such error of an easy
 * handle's life. With the error fetched here, recv() reports the end of the stream, which libcurl
 * takes for a no.
 */
static void fetch_error(int descriptor)
{
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
}

/*
 * Bytes that nobody has asked for would be the answer to the next request, for libcurl 7.88: a 408
 * perhaps, with which servers give up an idle connection. With those thrown away and an end put to
 * the stream, libcurl takes the connection for dead.
 */
static void make_unusable(int descriptor)
{
    char unasked[16384];
    shutdown(descriptor, SHUT_RDWR); /* what is not there yet will not be */
    fetch_error(descriptor);
    while (recv(descriptor, unasked, sizeof unasked, MSG_DONTWAIT) > 0)
        continue;
}

static void unregister(struct curl_sockets *sockets, int descriptor, struct curl_socket *socket)
{
    if (socket->registered != 0)
        epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, descriptor, NULL);
    socket->registered = 0;
}

static void forget(struct curl_sockets *sockets, int descriptor, struct curl_socket *socket)
{
    socket->owner = NULL;
    socket->wanted = 0;
    socket->generation++;
    if (!socket->is_ours)
        unregister(sockets, descriptor, socket);
}

static void register_wanted(struct curl_sockets *sockets, int descriptor,
                            struct curl_socket *socket)
{
    struct epoll_event event = {.events = socket->wanted, .data.fd = descriptor};
    int operation = socket->registered != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int code = epoll_ctl(sockets->epoll, operation, descriptor, &event);
    if (code != 0 && errno == ENOENT) /* closed behind our back, and opened anew */
        code = epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, descriptor, &event);
    socket->registered = code == 0 ? socket->wanted : 0; /* else a time-out ends the transfer */
}

void curl_sockets_watch(struct curl_sockets *sockets, int descriptor, void *owner, bool read,
                        bool write)
{
    struct curl_socket *socket = entry(sockets, descriptor);
    if (!read && !write) {
        forget(sockets, descriptor, socket);
        return;
    }
    socket->owner = owner;
    socket->wanted = (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U);
    socket->generation++;
    if (socket->registered != socket->wanted)
        register_wanted(sockets, descriptor, socket);
}

/* An error or a hang-up is something to read: data may be there before it. */
static struct socket_event meaning_of(const struct epoll_event *event,
                                      const struct curl_socket *socket)
{
    bool broken = (event->events & (EPOLLERR | EPOLLHUP)) != 0;
    return (struct socket_event){
        .descriptor = event->data.fd,
        .owner = socket->owner,
        .generation = socket->generation,
        .readable = broken || (event->events & EPOLLIN) != 0,
        .writable = (event->events & EPOLLOUT) != 0 || (broken && (socket->wanted & EPOLLOUT) != 0),
    };
}

/*
 * libcurl may send a request on a kept connection, read and pause all in one call, and so never say
 * that it waits for that socket: then nothing here tells it from an idle one.
 */
static void end_unwanted(struct curl_sockets *sockets, int descriptor, struct curl_socket *socket,
                         bool one_rests)
{
    if (socket->is_silent && !one_rests)
        make_unusable(descriptor);
    else
        fetch_error(descriptor);
    unregister(sockets, descriptor, socket);
}

size_t curl_sockets_take(struct curl_sockets *sockets, struct socket_event *events, bool one_rests)
{
    struct epoll_event ready[SOCKET_EVENTS_MOST];
    int count = epoll_wait(sockets->epoll, ready, SOCKET_EVENTS_MOST, 0);
    size_t wanted = 0;
    for (int i = 0; i < count; i++) {
        struct curl_socket *socket = entry(sockets, ready[i].data.fd);
        if (socket->owner) {
            events[wanted++] = meaning_of(&ready[i], socket);
            continue;
        }
        end_unwanted(sockets, ready[i].data.fd, socket, one_rests);
    }
    return wanted;
}

void curl_sockets_expect_silence(struct curl_sockets *sockets, int descriptor)
{
    entry(sockets, descriptor)->is_silent = curl_sockets_is_ours(sockets, descriptor);
}

void curl_sockets_suspend(struct curl_sockets *sockets, int descriptor)
{
    struct curl_socket *socket = entry(sockets, descriptor);
    forget(sockets, descriptor, socket);
    unregister(sockets, descriptor, socket);
}

bool curl_sockets_is_current(const struct curl_sockets *sockets, const struct socket_event *event)
{
    return sockets->table[event->descriptor].generation == event->generation;
}
