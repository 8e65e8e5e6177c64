#include "scrape/scrape.h"
