#ifndef NET_TCP_STREAM_H
#define NET_TCP_STREAM_H

#include "net/byte_stream.h"

struct loop;
struct uv_stream_s;

/* Accepts what waits on `listening`. NULL where it has gone meanwhile (nothing is left to close
 * then). Appends the peer's address to ret_peer. */
struct byte_stream *tcp_stream_accept(struct loop *loop, struct uv_stream_s *listening,
                                      struct buffer *ret_peer);

#endif
