#ifndef APP_ENVIRONMENT_H
#define APP_ENVIRONMENT_H

#include <stdlib.h>

/* getenv(), for those who take it as a function: what they get is not theirs to write. */
static inline const char *environment_get(const char *name)
{
    return getenv(name);
}

#endif
