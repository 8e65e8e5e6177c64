#ifndef NET_CURL_REASON_H
#define NET_CURL_REASON_H

#include "net/curl_transfer.h"

#include <curl/curl.h>

/* What libcurl's end of a transfer means to us, with a short and stable line for people ("" for
 * HTTP_OK). */
enum http_result curl_reason(const struct easy_slot *slot, CURLcode code,
                             struct reason *ret_reason);

#endif
