#ifndef EXPOSITION_BUDGET_H
#define EXPOSITION_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

/* What may be freed in one slice: well below a millisecond. */
#define FREE_SLICE ((size_t)1024 * 1024)

/* Of a small thing that is only let go of, in bytes that are freed: it is not in the processor's
 * caches either. */
#define LET_GO_COST ((size_t)128)

/* Takes an amount off what may be done in one slice; false once that is used up. */
static inline bool budget_spend(size_t *budget, size_t amount)
{
    *budget = *budget > amount ? *budget - amount : 0;
    return *budget > 0;
}

#endif
