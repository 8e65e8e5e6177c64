#ifndef NET_LOOP_INTERNAL_H
#define NET_LOOP_INTERNAL_H

#include <stdint.h>

struct loop;
struct uv_loop_s;

/* The libuv loop behind ours: for the files of net only. Borrowed. */
struct uv_loop_s *loop_uv(struct loop *loop);

/*
 * Around the work of each function that libuv calls and whose work can grow, so that the longest of
 * them is known. The handle may be gone by its end, so the loop is asked of it before.
 */
struct loop_call {
    struct loop *loop;
    uint64_t work_ns; /* so far, when it began */
};
struct loop_call loop_call_begin(const struct uv_loop_s *uv);
void loop_call_end(struct loop_call call);

#endif
