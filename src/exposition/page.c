#include "exposition/page.h"
