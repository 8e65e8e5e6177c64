#ifndef TEST_UNIT_EXPOSITION_LOCAL_CHANGE_H
#define TEST_UNIT_EXPOSITION_LOCAL_CHANGE_H

#include "base/buffer.h"

/*
 * One pod's body has changed, and with it the page. Nothing of this knows how the engine settles
 * types: families can be in conflict where their names differ in nothing but endings, so what may
 * change are those of the names in lines that are not the same. Of those the other pods' samples
 * stay, and where the type stays, their exemplars and their order.
 */
struct change {
    size_t pod;
    struct str bodies[2]; /* of that pod, before and after */
    struct str pages[2];
};

/* The samples of the other pods on a page, as they follow each other. */
void change_append_others(const struct change *change, int side, struct buffer *out);

/* NULL, or what else has changed. */
const char *change_is_local(const struct change *change);

#endif
