/*
 * libcurl's texts hold addresses and counts and change between releases; a reason is shown for
 * each pod and counted by its text, so the common ones are ours. Of libcurl's own text only what
 * OpenSSL says about a certificate or a handshake is passed on.
 */
#include "net/curl_reason.h"

#include "net/easy_slot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One header line of more than 100 KB; libcurl before 8.6 calls that "out of memory". */
#if LIBCURL_VERSION_NUM >= 0x080600
#define HEADER_LINE_TOO_LONG CURLE_TOO_LARGE
#else
#define HEADER_LINE_TOO_LONG CURLE_OUT_OF_MEMORY
#endif

struct named_errno {
    int number;
    const char *text;
};

static const struct named_errno errnos[] = {
    {ECONNREFUSED, "connection refused"},  {ECONNRESET, "connection reset"},
    {EPIPE, "connection reset"},           {ETIMEDOUT, "connection timed out"},
    {EHOSTUNREACH, "host unreachable"},    {ENETUNREACH, "network unreachable"},
    {EMFILE, "too many open files"},       {ENFILE, "too many open files"},
    {EADDRNOTAVAIL, "no free local port"}, {EACCES, "connection not permitted"},
    {EPERM, "connection not permitted"},
};

static const char *errno_text(const struct easy_slot *slot, const char *otherwise)
{
    long number = slot->socket_errno;
    if (number == 0)
        curl_easy_getinfo(slot->easy, CURLINFO_OS_ERRNO, &number);
    for (size_t i = 0; i < sizeof errnos / sizeof errnos[0]; i++)
        if (errnos[i].number == number)
            return errnos[i].text;
    return otherwise;
}

static enum http_result say(struct reason *reason, enum http_result result, const char *text)
{
    snprintf(reason->text, sizeof reason->text, "%s", text);
    return result;
}

/* "SSL certificate problem: self-signed certificate" and the like. */
static enum http_result bad_certificate(const struct easy_slot *slot, struct reason *reason)
{
    static const char problem[] = "SSL certificate problem: ";
    const char *found = strstr(slot->error_text, problem);
    if (strstr(slot->error_text, "subject name") || strstr(slot->error_text, "does not match"))
        return say(reason, HTTP_NO_TRUST, "TLS: the certificate is for another name");
    if (found == NULL)
        return say(reason, HTTP_NO_TRUST, "TLS: certificate verify failed");
    snprintf(reason->text, sizeof reason->text, "TLS: certificate verify failed (%s)",
             found + sizeof problem - 1);
    return HTTP_NO_TRUST;
}

/* Where no CA is given, the system's bundle is what could not be read: a bare image has none. */
static const char *unusable_ca(const struct http_tls *tls)
{
    bool is_given = tls && tls->ca_pem.length > 0;
    return is_given ? "TLS: the CA certificate is not usable"
                    : "TLS: no CA certificate is given, and the system has none "
                      "(ca-certificates is not installed)";
}

/* "error:0A000102:SSL routines::unsupported protocol" and the like. */
static enum http_result bad_handshake(const struct easy_slot *slot, struct reason *reason)
{
    static const char routines[] = "SSL routines::";
    const char *found = strstr(slot->error_text, routines);
    if (found == NULL)
        return say(reason, HTTP_NO_CONNECTION, "TLS: handshake failed");
    snprintf(reason->text, sizeof reason->text, "TLS: handshake failed (%s)",
             found + sizeof routines - 1);
    return HTTP_NO_CONNECTION;
}

/* Before the connection stood, or on the way through a proxy. */
static enum http_result no_connection(const struct easy_slot *slot, CURLcode code,
                                      struct reason *reason)
{
    bool has_proxy = slot->transfer->request.proxy != NULL;
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return say(reason, HTTP_NO_CONNECTION, "host name not found");
    if (code == CURLE_COULDNT_RESOLVE_PROXY)
        return say(reason, HTTP_NO_CONNECTION, "proxy: host name not found");
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return bad_certificate(slot, reason);
    if (code == CURLE_SSL_CERTPROBLEM)
        return say(reason, HTTP_NO_TRUST, "TLS: the client certificate or its key is not usable");
    if (code == CURLE_SSL_CACERT_BADFILE)
        return say(reason, HTTP_NO_TRUST, unusable_ca(slot->transfer->request.tls));
    if (code == CURLE_SSL_CONNECT_ERROR)
        return bad_handshake(slot, reason);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return say(reason, HTTP_NO_CONNECTION, "not a usable URL");
    if (has_proxy && code != CURLE_COULDNT_CONNECT)
        return say(reason, HTTP_NO_CONNECTION, "proxy: no way through it to the host");
    snprintf(reason->text, sizeof reason->text, "%s%s", has_proxy ? "proxy: " : "",
             errno_text(slot, "connection failed"));
    return HTTP_NO_CONNECTION;
}

static enum http_result not_http(const struct easy_slot *slot, struct reason *reason)
{
    if (slot->transfer->phase == PHASE_BODY)
        return say(reason, HTTP_CUT, "the body is not valid HTTP");
    return say(reason, HTTP_CUT, "the answer is not HTTP");
}

static enum http_result cut(const struct easy_slot *slot, CURLcode code, struct reason *reason)
{
    bool in_body = slot->transfer->phase == PHASE_BODY;
    if (code == CURLE_PARTIAL_FILE)
        return say(reason, HTTP_CUT, "connection closed within the body");
    if (code == CURLE_GOT_NOTHING)
        return say(reason, HTTP_CUT, "connection closed before an answer");
    if (code == HEADER_LINE_TOO_LONG)
        return say(reason, HTTP_TOO_LARGE, "answer head is too large");
    if (code == CURLE_FILESIZE_EXCEEDED)
        return say(reason, HTTP_TOO_LARGE, "body is too long");
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY ||
        strstr(slot->error_text, "chunk"))
        return not_http(slot, reason);
    if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR)
        return say(reason, HTTP_CUT,
                   in_body ? "connection reset within the body"
                           : "connection reset before an answer");
    return say(reason, HTTP_CUT, curl_easy_strerror(code));
}

enum http_result curl_reason(const struct easy_slot *slot, CURLcode code, struct reason *ret_reason)
{
    const struct http_transfer *transfer = slot->transfer;
    if (transfer->verdict != HTTP_OK) {
        transfer_explain_verdict(transfer, ret_reason);
        return transfer->verdict;
    }
    if (code == CURLE_OK && transfer->head.complete)
        return say(ret_reason, HTTP_OK, "");
    if (code == CURLE_OK) /* libcurl 7.88 takes a head without its end for an answer */
        return say(ret_reason, HTTP_CUT, "connection closed within the answer head");
    if (transfer->phase == PHASE_CONNECTING)
        return no_connection(slot, code, ret_reason);
    return cut(slot, code, ret_reason);
}
