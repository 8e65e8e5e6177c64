#include "base/duration.h"
