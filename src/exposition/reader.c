#include "exposition/reader.h"
