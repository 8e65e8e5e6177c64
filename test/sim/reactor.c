#include "sim/reactor.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_A_TURN = 512 };

struct reactor {
    int epoll;
    bool running;
    uint64_t start_ms;
    uint64_t now_ms;
    struct timer **heap; /* from 1; the earliest first */
    size_t timers;
    size_t heap_room;
    void **dead;
    size_t dead_count;
    size_t dead_room;
};

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct reactor *reactor_new(void)
{
    struct reactor *reactor = memory_new(1, sizeof(*reactor));
    reactor->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (reactor->epoll < 0) {
        perror("epoll_create1");
        exit(1);
    }
    reactor->start_ms = clock_ms();
    return reactor;
}

static void free_the_dead(struct reactor *reactor)
{
    for (size_t i = 0; i < reactor->dead_count; i++)
        free(reactor->dead[i]);
    reactor->dead_count = 0;
}

void reactor_free(struct reactor *reactor)
{
    free_the_dead(reactor);
    free(reactor->dead);
    free(reactor->heap);
    close(reactor->epoll);
    free(reactor);
}

uint64_t reactor_now_ms(const struct reactor *reactor)
{
    return reactor->now_ms;
}

void reactor_stop(struct reactor *reactor)
{
    reactor->running = false;
}

void reactor_add(struct reactor *reactor, struct source *source)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    event.data.ptr = source;
    if (epoll_ctl(reactor->epoll, EPOLL_CTL_ADD, source->descriptor, &event) != 0) {
        perror("epoll_ctl");
        exit(1);
    }
}

void source_close(struct source *source)
{
    if (source->descriptor >= 0)
        close(source->descriptor);
    source->descriptor = -1;
}

static void heap_set(struct reactor *reactor, size_t place, struct timer *timer)
{
    reactor->heap[place] = timer;
    timer->place = place;
}

static void sift_up(struct reactor *reactor, size_t place, struct timer *timer)
{
    while (place > 1 && reactor->heap[place / 2]->due_ms > timer->due_ms) {
        heap_set(reactor, place, reactor->heap[place / 2]);
        place /= 2;
    }
    heap_set(reactor, place, timer);
}

static void sift_down(struct reactor *reactor, size_t place, struct timer *timer)
{
    for (size_t child = place * 2; child <= reactor->timers; child = place * 2) {
        if (child < reactor->timers &&
            reactor->heap[child + 1]->due_ms < reactor->heap[child]->due_ms)
            child++;
        if (reactor->heap[child]->due_ms >= timer->due_ms)
            break;
        heap_set(reactor, place, reactor->heap[child]);
        place = child;
    }
    heap_set(reactor, place, timer);
}

void timer_stop(struct reactor *reactor, struct timer *timer)
{
    size_t place = timer->place;
    if (place == 0)
        return;
    struct timer *last = reactor->heap[reactor->timers--];
    timer->place = 0;
    if (last == timer)
        return;
    if (place > 1 && reactor->heap[place / 2]->due_ms > last->due_ms)
        sift_up(reactor, place, last);
    else
        sift_down(reactor, place, last);
}

void timer_start(struct reactor *reactor, struct timer *timer, uint64_t delay_ms)
{
    timer_stop(reactor, timer);
    timer->due_ms = reactor->now_ms + delay_ms;
    if (reactor->timers + 1 >= reactor->heap_room) {
        reactor->heap_room = reactor->heap_room == 0 ? 64 : reactor->heap_room * 2;
        reactor->heap = memory_resize(reactor->heap, reactor->heap_room, sizeof(struct timer *));
    }
    reactor->timers++;
    sift_up(reactor, reactor->timers, timer);
}

void reactor_free_later(struct reactor *reactor, void *memory)
{
    if (reactor->dead_count == reactor->dead_room) {
        reactor->dead_room = reactor->dead_room == 0 ? 64 : reactor->dead_room * 2;
        reactor->dead = memory_resize(reactor->dead, reactor->dead_room, sizeof(void *));
    }
    reactor->dead[reactor->dead_count++] = memory;
}

static int wait_ms(const struct reactor *reactor)
{
    if (reactor->timers == 0)
        return -1;
    uint64_t due_ms = reactor->heap[1]->due_ms;
    if (due_ms <= reactor->now_ms)
        return 0;
    uint64_t wait = due_ms - reactor->now_ms;
    return wait > 60000 ? 60000 : (int)wait;
}

/* Only what is due at the start is run, so that a timer of 0 ms lets the sockets have their turn.
 */
static void run_timers(struct reactor *reactor)
{
    size_t most = reactor->timers;
    while (most-- > 0 && reactor->timers > 0 && reactor->heap[1]->due_ms <= reactor->now_ms) {
        struct timer *timer = reactor->heap[1];
        timer_stop(reactor, timer);
        timer->on_due(timer);
    }
}

void reactor_run(struct reactor *reactor)
{
    struct epoll_event events[EVENTS_A_TURN];
    reactor->running = true;
    while (reactor->running) {
        reactor->now_ms = clock_ms() - reactor->start_ms;
        int count = epoll_wait(reactor->epoll, events, EVENTS_A_TURN, wait_ms(reactor));
        if (count < 0 && errno != EINTR) {
            perror("epoll_wait");
            exit(1);
        }
        reactor->now_ms = clock_ms() - reactor->start_ms;
        for (int i = 0; i < count; i++) {
            struct source *source = events[i].data.ptr;
            if (source->descriptor >= 0)
                source->on_ready(source, events[i].events);
        }
        run_timers(reactor);
        free_the_dead(reactor);
    }
}
