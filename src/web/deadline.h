#ifndef WEB_DEADLINE_H
#define WEB_DEADLINE_H

#include "base/str.h"

/*
 * How long a scrape may take: timeout_ms, or less where the asker's
 * X-Prometheus-Scrape-Timeout-Seconds leaves less. Half a second of the asker's time is kept for
 * the way back, or half of it where it is below one second. A header that is no decimal number
 * above zero is ignored. Never 0.
 */
uint32_t deadline_ms(struct str header, uint32_t timeout_ms);

#endif
