#ifndef NET_UV_CHILDREN_H
#define NET_UV_CHILDREN_H

struct loop;
struct children;

/* Child processes of a loop. At uv_children_free() none runs any more; the loop still runs. */
struct children *uv_children_new(struct loop *loop);
void uv_children_free(struct children *children);

#endif
