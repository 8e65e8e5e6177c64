#include "scrape/target_table.h"
