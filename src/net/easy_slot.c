/*
 * Options in two groups: those that never change are set once, when the handle is made; those of a
 * request are each set for every transfer, so that nothing of the one before is left. The groups
 * for TLS and for a proxy are touched only where this request or the one before has one, because
 * most have neither.
 *
 * libcurl keeps the header lines of a transfer, whether anybody asks for them or not, and
 * before 8.1 a line that is folded (begins with a blank) continues the last one kept, also where
 * that was of the transfer before and is freed: any peer could crash us. It does so before the
 * header callback, but after the body callback, which gets the lines of the head too where
 * CURLOPT_HEADER is set; so there such a line is refused in time (curl_transfer.c).
 *
 * No time-out is libcurl's: ours cost less (deadline_heap.h) and count the time in our queue.
 */
#include "net/easy_slot.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "net/curl_client.h"
#include "net/curl_sockets.h"
#include "net/curl_transfer.h"
#include "net/read_pace.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MOST_UNUSED_S 120L      /* a kept connection is not used again after */
#define MOST_KEPT_S 600L        /* nor when it is that old */
#define SYSTEM_CA_CACHED_S 300L /* parsing the system's bundle takes 20 ms and more */
#define MOST_NAME 255
#define FOLDS_SAFELY 0x080100 /* the libcurl from which on */

#define SET(slot, option, value) must(curl_easy_setopt((slot)->easy, option, value))

static void must(CURLcode code)
{
    assert(code == CURLE_OK);
    (void)code;
}

/* libcurl's types for its callbacks have no const. NOLINTBEGIN(readability-non-const-parameter) */
static size_t on_header(char *data, size_t one, size_t length, void *context)
{
    (void)one;
    struct easy_slot *slot = context;
    struct str line = {.data = data, .length = length};
    bool go_on = slot->transfer && transfer_on_head_line(slot->transfer, line);
    return go_on ? length : CURL_WRITEFUNC_ERROR;
}

/*
 * Not over TLS, where libcurl may spin on a paused connection. Nor before libcurl has waited for
 * the answer: a fast one is read in the call that sent the request on a kept connection, which for
 * us is an idle one still, and would be ended for what comes on it.
 */
static bool must_rest(const struct easy_slot *slot)
{
    return slot->transfer && slot->is_watched && !slot->has_tls &&
           transfer_is_in_body(slot->transfer) && read_pace_is_over(slot->pace);
}

static size_t on_body(char *data, size_t one, size_t length, void *context)
{
    (void)one;
    struct easy_slot *slot = context;
    struct str bytes = {.data = data, .length = length};
    if (length == 0)
        return 0;
    if (must_rest(slot)) {
        list_append(&slot->pace->resting, &slot->link);
        slot->is_resting = true;
        return CURL_WRITEFUNC_PAUSE; /* and the same bytes again when it goes on */
    }
    bool go_on = slot->transfer && transfer_on_body(slot->transfer, bytes);
    return go_on ? length : CURL_WRITEFUNC_ERROR;
}

static int on_connected(void *context, char *remote_ip, char *local_ip, int remote_port,
                        int local_port)
{
    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    struct easy_slot *slot = context;
    bool go_on = slot->transfer && transfer_on_connected(slot->transfer);
    return go_on ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* NOLINTEND(readability-non-const-parameter) */

static curl_socket_t on_open_socket(void *context, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    (void)purpose;
    struct easy_slot *slot = context;
    int descriptor =
        curl_sockets_open(slot->sockets, address->family, address->socktype, address->protocol);
    slot->socket_errno = descriptor < 0 ? errno : 0;
    return descriptor < 0 ? CURL_SOCKET_BAD : descriptor;
}

static int on_close_socket(void *context, curl_socket_t descriptor)
{
    curl_sockets_close(context, descriptor);
    return 0;
}

static void set_callbacks(struct easy_slot *slot)
{
    SET(slot, CURLOPT_PRIVATE, slot);
    SET(slot, CURLOPT_ERRORBUFFER, slot->error_text);
    SET(slot, CURLOPT_HEADERFUNCTION, on_header);
    SET(slot, CURLOPT_HEADERDATA, slot);
    SET(slot, CURLOPT_WRITEFUNCTION, on_body);
    SET(slot, CURLOPT_WRITEDATA, slot);
    SET(slot, CURLOPT_PREREQFUNCTION, on_connected);
    SET(slot, CURLOPT_PREREQDATA, slot);
    SET(slot, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(slot, CURLOPT_OPENSOCKETDATA, slot);
    SET(slot, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    SET(slot, CURLOPT_CLOSESOCKETDATA, slot->sockets); /* connections outlive their slot */
}

static void set_protocol(struct easy_slot *slot, const struct curl_client_options *options)
{
    bool folds_safely = curl_version_info(CURLVERSION_NOW)->version_num >= FOLDS_SAFELY;
    SET(slot, CURLOPT_HEADER, folds_safely ? 0L : 1L);
    SET(slot, CURLOPT_NOSIGNAL, 1L);
    SET(slot, CURLOPT_USERAGENT, options->user_agent);
    SET(slot, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(slot, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    SET(slot, CURLOPT_FOLLOWLOCATION, 0L);
    SET(slot, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(slot, CURLOPT_HTTPGET, 1L);
    SET(slot, CURLOPT_PATH_AS_IS, 1L);
    SET(slot, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    SET(slot, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(slot, CURLOPT_BUFFERSIZE, (long)options->read_bytes);
    SET(slot, CURLOPT_DNS_CACHE_TIMEOUT, 0L); /* else each transfer walks the whole cache */
    SET(slot, CURLOPT_MAXAGE_CONN, MOST_UNUSED_S);
    SET(slot, CURLOPT_MAXLIFETIME_CONN, MOST_KEPT_S);
    SET(slot, CURLOPT_TCP_NODELAY, 1L);
}

/* Without a proxy of the request's own: none at all, whatever the environment says. */
static void set_proxy(struct easy_slot *slot, const char *proxy)
{
    SET(slot, CURLOPT_PROXY, proxy ? proxy : "");
    SET(slot, CURLOPT_NOPROXY, proxy ? "" : "*");
    slot->has_proxy = proxy != NULL;
}

/* A directory of certificates would be believed beside any others, and switch off the cache. */
static void set_tls_basis(struct easy_slot *slot)
{
    SET(slot, CURLOPT_CAPATH, NULL);
    SET(slot, CURLOPT_PROXY_CAPATH, NULL);
    SET(slot, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(slot, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(slot, CURLOPT_CA_CACHE_TIMEOUT, SYSTEM_CA_CACHED_S);
}

struct easy_slot *easy_slot_new(struct curl_sockets *sockets, struct read_pace *pace,
                                const struct curl_client_options *options)
{
    struct easy_slot *slot = memory_new(1, sizeof *slot);
    slot->sockets = sockets;
    slot->pace = pace;
    slot->easy = curl_easy_init();
    assert(slot->easy);
    list_init(&slot->link);
    set_callbacks(slot);
    set_protocol(slot, options);
    set_proxy(slot, NULL);
    set_tls_basis(slot);
    return slot;
}

void easy_slot_free(struct easy_slot *slot)
{
    assert(slot->shard == NULL && slot->transfer == NULL);
    list_remove(&slot->link);
    curl_easy_cleanup(slot->easy);
    curl_slist_free_all(slot->headers);
    curl_slist_free_all(slot->connect_to);
    free(slot);
}

static void append_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *grown = curl_slist_append(*list, line);
    assert(grown);
    *list = grown;
}

/* Where the kept lines are the ones asked for, which they mostly are, they serve again. */
static bool has_lines(const struct curl_slist *list, const char *const *lines)
{
    for (; lines && *lines; lines++, list = list->next)
        if (list == NULL || strcmp(list->data, *lines) != 0)
            return false;
    return list == NULL;
}

static bool is_one_line(const char *line)
{
    return strpbrk(line, "\r\n") == NULL;
}

/* A line that is two, from a token file perhaps, would be a header of somebody else's choice. */
static bool set_headers(struct easy_slot *slot, const char *const *lines)
{
    bool is_usable = true;
    if (!has_lines(slot->headers, lines)) {
        curl_slist_free_all(slot->headers);
        slot->headers = NULL;
        for (; lines && *lines && is_usable; lines++) {
            is_usable = is_one_line(*lines);
            append_line(&slot->headers, is_usable ? *lines : "");
        }
    }
    SET(slot, CURLOPT_HTTPHEADER, slot->headers);
    return is_usable;
}

static void set_blob(struct easy_slot *slot, CURLoption option, struct str pem)
{
    struct curl_blob blob = {.len = pem.length, .flags = CURL_BLOB_COPY};
    memcpy(&blob.data, &pem.data, sizeof blob.data); /* which is only read */
    must(curl_easy_setopt(slot->easy, option, pem.length > 0 ? &blob : NULL));
}

/*
 * A given CA is the only one; without one the system's bundle, which libcurl knows the path of. Not
 * where anybody is believed: libcurl would parse it all the same, for each connection.
 */
static void set_ca(struct easy_slot *slot, const struct http_tls *tls)
{
    bool is_given = tls->ca_pem.length > 0;
    bool wants_system = !is_given && !tls->insecure;
    set_blob(slot, CURLOPT_CAINFO_BLOB, tls->ca_pem);
    SET(slot, CURLOPT_CAINFO, wants_system ? curl_version_info(CURLVERSION_NOW)->cainfo : NULL);
    SET(slot, CURLOPT_CA_CACHE_TIMEOUT, is_given ? 0L : SYSTEM_CA_CACHED_S);
}

static bool is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.-_:";
    size_t length = strlen(name);
    return length > 0 && length <= MOST_NAME && strspn(name, allowed) == length;
}

/* "https://authority/rest" in its three parts. */
struct url_parts {
    struct str scheme; /* with "://" */
    struct str authority;
    struct str rest;
};

static struct url_parts split_url(struct str url)
{
    struct url_parts parts = {0};
    size_t colon = str_find(url, ':');
    size_t start = colon == STR_NONE || colon + 3 > url.length ? 0 : colon + 3;
    struct str after = str_skip(url, start);
    size_t length = 0;
    while (length < after.length && strchr("/?#", after.data[length]) == NULL)
        length++;
    parts.scheme = str_slice(url, 0, start);
    parts.authority = str_slice(after, 0, length);
    parts.rest = str_skip(after, length);
    return parts;
}

/* ":6443" of "10.0.0.1:6443" or of "[::1]:6443"; empty where there is none. */
static struct str port_of(struct str authority)
{
    size_t at = authority.length;
    while (at > 0 && authority.data[at - 1] >= '0' && authority.data[at - 1] <= '9')
        at--;
    bool has_port = at > 0 && authority.data[at - 1] == ':';
    return has_port ? str_skip(authority, at - 1) : STR("");
}

/*
 * libcurl takes the name in the certificate from the URL, so the URL gets the name, CONNECT_TO the
 * address, and the Host line what the caller's URL said.
 */
static void set_server_name(struct easy_slot *slot, const char *name, struct str url)
{
    struct url_parts parts = split_url(url);
    struct str port = port_of(parts.authority);
    bool is_ipv6 = strchr(name, ':') != NULL;
    struct buffer text;
    buffer_init(&text, url.length + 1024);
    buffer_append_format(&text, "%.*s%s%s%s%.*s%.*s", STR_ARG(parts.scheme), is_ipv6 ? "[" : "",
                         name, is_ipv6 ? "]" : "", STR_ARG(port), STR_ARG(parts.rest));
    buffer_append_byte(&text, '\0');
    SET(slot, CURLOPT_URL, buffer_view(&text).data);
    buffer_clear(&text);
    buffer_append_format(&text, "Host: %.*s", STR_ARG(parts.authority));
    buffer_append_byte(&text, '\0');
    append_line(&slot->headers, buffer_view(&text).data);
    SET(slot, CURLOPT_HTTPHEADER, slot->headers);
    buffer_clear(&text);
    buffer_append_format(&text, "::%.*s%s", STR_ARG(parts.authority),
                         port.length > 0 ? "" : ":443");
    buffer_append_byte(&text, '\0');
    append_line(&slot->connect_to, buffer_view(&text).data);
    buffer_done(&text);
}

static bool set_tls(struct easy_slot *slot, const struct http_request *request)
{
    static const struct http_tls none = {0};
    const struct http_tls *tls = request->tls ? request->tls : &none;
    curl_slist_free_all(slot->connect_to);
    slot->connect_to = NULL;
    slot->has_tls = request->tls != NULL;
    set_ca(slot, tls);
    set_blob(slot, CURLOPT_SSLCERT_BLOB, tls->certificate_pem);
    set_blob(slot, CURLOPT_SSLKEY_BLOB, tls->key_pem);
    SET(slot, CURLOPT_SSL_VERIFYPEER, tls->insecure ? 0L : 1L);
    SET(slot, CURLOPT_SSL_VERIFYHOST, tls->insecure ? 0L : 2L);
    bool is_usable = tls->server_name == NULL || is_name(tls->server_name);
    if (tls->server_name && is_usable)
        set_server_name(slot, tls->server_name, str_from(request->url));
    SET(slot, CURLOPT_CONNECT_TO, slot->connect_to);
    return is_usable;
}

bool easy_slot_prepare(struct easy_slot *slot, struct http_transfer *transfer)
{
    const struct http_request *request = &transfer->request;
    slot->socket_errno = 0;
    slot->is_resting = false;
    slot->is_watched = false;
    slot->error_text[0] = '\0';
    bool is_usable = curl_easy_setopt(slot->easy, CURLOPT_URL, request->url) == CURLE_OK;
    is_usable = set_headers(slot, request->headers) && is_usable;
    SET(slot, CURLOPT_FRESH_CONNECT, request->fresh_connection ? 1L : 0L);
    SET(slot, CURLOPT_FORBID_REUSE, request->fresh_connection ? 1L : 0L);
    if (request->proxy || slot->has_proxy)
        set_proxy(slot, request->proxy);
    if (request->tls || slot->has_tls)
        is_usable = set_tls(slot, request) && is_usable;
    return is_usable;
}

static void set_socket(int descriptor, int level, int option, int value)
{
    setsockopt(descriptor, level, option, &value, sizeof value);
}

/*
 * On each socket that the transfer waits for, not only on new ones: a kept connection has them not
 * yet. Not on those that libcurl uses to wake itself.
 */
void easy_slot_on_socket(struct easy_slot *slot, int descriptor)
{
    if (!slot->has_tls && !slot->has_proxy)
        curl_sockets_expect_silence(slot->sockets, descriptor);
    if (slot->transfer == NULL || !slot->transfer->request.detect_dead_peer ||
        !curl_sockets_is_ours(slot->sockets, descriptor))
        return;
    set_socket(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_socket(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set_socket(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set_socket(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_socket(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, 60000);
}

CURLcode easy_slot_go_on(struct easy_slot *slot)
{
    list_remove(&slot->link);
    slot->is_resting = false;
    return curl_easy_pause(slot->easy, CURLPAUSE_CONT);
}

bool easy_slot_sent_fresh(const struct easy_slot *slot)
{
    long connections = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_NUM_CONNECTS, &connections);
    return connections > 0;
}
