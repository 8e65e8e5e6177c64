#ifndef NET_LOOP_INTERNAL_H
#define NET_LOOP_INTERNAL_H

struct loop;
struct uv_loop_s;

/* The libuv loop behind ours: for the files of net only. Borrowed. */
struct uv_loop_s *loop_uv(struct loop *loop);

#endif
