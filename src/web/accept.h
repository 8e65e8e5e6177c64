#ifndef WEB_ACCEPT_H
#define WEB_ACCEPT_H

#include "exposition/format.h"

/*
 * The format of the page for what a client accepts: a pure function of its Accept header (empty
 * where it sends none) and of the formats that may be chosen (bits; text 0.0.4 always may). What is
 * not named is not chosen: ranges with a star give text 0.0.4, and so does everything that nothing
 * else comes of, because an answer in the wrong format is better than none.
 */
struct page_format accept_choose(struct str accept, unsigned formats);

#endif
