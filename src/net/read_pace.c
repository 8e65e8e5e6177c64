#include "net/read_pace.h"

#include <uv.h>

void read_pace_init(struct read_pace *pace)
{
    *pace = (struct read_pace){0};
    list_init(&pace->resting);
}

void read_pace_begin(struct read_pace *pace, uint64_t slice_ns)
{
    pace->end_ns = uv_hrtime() + slice_ns;
}

bool read_pace_is_over(const struct read_pace *pace)
{
    return pace->is_held || uv_hrtime() >= pace->end_ns;
}
