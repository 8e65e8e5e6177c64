#ifndef NET_UV_TIMERS_H
#define NET_UV_TIMERS_H

struct loop;
struct timers;

/* The timers of a loop. uv_timers_free() expects that each timer has fired or was cancelled; the
 * loop still runs. */
struct timers *uv_timers_new(struct loop *loop);
void uv_timers_free(struct timers *timers);

#endif
