#include "exposition/merge.h"
