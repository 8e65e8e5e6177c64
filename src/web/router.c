#include "web/router.h"
