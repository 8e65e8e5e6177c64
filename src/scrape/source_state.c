#include "scrape/source_state.h"
