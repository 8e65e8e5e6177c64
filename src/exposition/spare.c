#include "exposition/spare.h"

#include "exposition/source.h"

#include <stdlib.h>

static bool is_worth_keeping(const struct spare *spare, const struct spare_memory *memory)
{
    return spare->count < SPARE_MOST && memory->data && memory->capacity <= SPARE_BYTES &&
           memory->run_capacity <= SPARE_BYTES / sizeof(struct run);
}

struct spare_memory spare_take(struct spare *spare)
{
    return spare->count > 0 ? spare->kept[--spare->count] : (struct spare_memory){0};
}

void spare_give(struct spare *spare, const struct spare_memory *memory)
{
    if (is_worth_keeping(spare, memory)) {
        spare->kept[spare->count++] = *memory;
        return;
    }
    free(memory->data);
    free(memory->runs);
}

void spare_done(struct spare *spare)
{
    while (spare->count > 0) {
        struct spare_memory memory = spare_take(spare);
        free(memory.data);
        free(memory.runs);
    }
}
