#include "exposition/spare.h"

#include <stdlib.h>

struct spare_runs spare_take(struct spare *spare)
{
    return spare->count > 0 ? spare->kept[--spare->count] : (struct spare_runs){0};
}

void spare_give(struct spare *spare, struct spare_runs runs)
{
    if (spare->count < SPARE_MOST && runs.runs && runs.capacity <= SPARE_RUNS)
        spare->kept[spare->count++] = runs;
    else
        free(runs.runs);
}

void spare_done(struct spare *spare)
{
    while (spare->count > 0)
        free(spare_take(spare).runs);
}
