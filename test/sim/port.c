/*
 * Listening sockets and connections.
 *
 *      accept -> on_open -> bytes -> request -> on_request ... connection_next -> next request
 *
 * Writes go to the kernel at once and only the rest is kept, so a body that many pods share is
 * never copied unless its reader is slow. What is closed is freed at the end of the turn.
 */
#include "sim/port.h"

#include "base/memory.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static const size_t IN_LIMIT = (size_t)256 << 20;
static const size_t OUT_LIMIT = (size_t)1 << 30;

static ssize_t receive(struct connection *connection, char *room, size_t length)
{
    if (connection->tls == NULL)
        return recv(connection->source.descriptor, room, length, 0);
    int got = SSL_read(connection->tls, room, (int)length);
    if (got > 0)
        return got;
    int reason = SSL_get_error(connection->tls, got);
    errno = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return reason == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t transmit(struct connection *connection, struct str head, struct str body)
{
    if (connection->tls == NULL) {
        struct iovec pieces[2] = {{.iov_len = head.length}, {.iov_len = body.length}};
        memcpy(&pieces[0].iov_base, &head.data, sizeof head.data); /* which are only read */
        memcpy(&pieces[1].iov_base, &body.data, sizeof body.data);
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
        return sendmsg(connection->source.descriptor, &message, MSG_NOSIGNAL);
    }
    struct str piece = head.length > 0 ? head : body;
    int most = piece.length > 1 << 20 ? 1 << 20 : (int)piece.length;
    int sent = SSL_write(connection->tls, piece.data, most);
    if (sent > 0)
        return sent;
    int reason = SSL_get_error(connection->tls, sent);
    errno = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
}

static void close_with(struct connection *connection, bool reset)
{
    if (connection->source.descriptor < 0)
        return;
    struct port *port = connection->port;
    if (reset) {
        struct linger linger = {.l_onoff = 1, .l_linger = 0};
        setsockopt(connection->source.descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    source_close(&connection->source);
    timer_stop(port->reactor, &connection->timer);
    list_remove(&connection->link);
    port->open--;
    if (port->ops->on_closed != NULL)
        port->ops->on_closed(connection);
    SSL_free(connection->tls);
    buffer_done(&connection->in);
    buffer_done(&connection->out);
    reactor_free_later(port->reactor, connection);
}

void connection_close(struct connection *connection)
{
    close_with(connection, false);
}

void connection_reset(struct connection *connection)
{
    close_with(connection, true);
}

bool connection_is_written(const struct connection *connection)
{
    return connection->out_sent == connection->out.length;
}

static bool is_gone(const struct connection *connection)
{
    return connection->source.descriptor < 0;
}

/* False where the connection broke and is closed. */
static bool flush(struct connection *connection)
{
    while (!connection_is_written(connection)) {
        struct str rest = str_skip(buffer_view(&connection->out), connection->out_sent);
        ssize_t sent = transmit(connection, rest, (struct str){NULL, 0});
        if (sent < 0 && errno == EAGAIN)
            return true;
        if (sent < 0) {
            connection_close(connection);
            return false;
        }
        connection->out_sent += (size_t)sent;
    }
    buffer_clear(&connection->out);
    connection->out_sent = 0;
    return true;
}

void connection_write_pair(struct connection *connection, struct str head, struct str body)
{
    if (is_gone(connection) || head.length + body.length == 0)
        return;
    size_t done = 0;
    if (connection_is_written(connection)) {
        ssize_t sent = transmit(connection, head, body);
        if (sent < 0 && errno != EAGAIN)
            return; /* the read side will see it */
        done = sent < 0 ? 0 : (size_t)sent;
    }
    size_t of_head = done < head.length ? done : head.length;
    buffer_append(&connection->out, str_skip(head, of_head));
    buffer_append(&connection->out, str_skip(body, done - of_head));
    if (connection->tls != NULL)
        flush(connection);
}

void connection_write(struct connection *connection, struct str bytes)
{
    connection_write_pair(connection, bytes, (struct str){NULL, 0});
}

void connection_finish(struct connection *connection)
{
    connection->is_closing = true;
    if (connection_is_written(connection))
        connection_close(connection);
}

void connection_wait(struct connection *connection, uint64_t delay_ms)
{
    timer_start(connection->port->reactor, &connection->timer, delay_ms);
}

static void handle_input(struct connection *connection)
{
    connection->is_in_input = true;
    while (!is_gone(connection) && !connection->is_busy && !connection->is_closing) {
        struct request request;
        long length = request_parse(buffer_view(&connection->in), &request);
        if (length == 0)
            break;
        if (length < 0) {
            connection_close(connection);
            break;
        }
        connection->is_busy = true;
        connection->wants_close =
            request.is_http_1_0 ||
            str_equal_ignore_case(request_header(&request, STR("connection")), STR("close"));
        connection->port->ops->on_request(connection, &request);
        if (!is_gone(connection))
            buffer_consume(&connection->in, (size_t)length);
    }
    connection->is_in_input = false;
}

void connection_next(struct connection *connection)
{
    connection->is_busy = false;
    if (connection->wants_close)
        connection_finish(connection);
    else if (!connection->is_in_input)
        handle_input(connection);
}

/* False at the end of the stream or where it broke. */
static bool read_all(struct connection *connection)
{
    char room[16384]; /* not in the buffer: ten thousand idle ones would hold it for nothing */
    for (;;) {
        ssize_t got = receive(connection, room, sizeof(room));
        if (got <= 0)
            return got < 0 && errno == EAGAIN;
        buffer_append(&connection->in, (struct str){room, (size_t)got});
        if (!buffer_ok(&connection->in))
            return false;
        if ((size_t)got < sizeof(room) && connection->tls == NULL)
            return true;
    }
}

static void on_connection_ready(struct source *source, uint32_t events)
{
    struct connection *connection = container_of(source, struct connection, source);
    bool had_output = !connection_is_written(connection);
    bool alive = (events & EPOLLIN) == 0 || read_all(connection);
    handle_input(connection);
    if (is_gone(connection))
        return;
    if (!alive || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        connection_close(connection);
        return;
    }
    if (!flush(connection) || !connection_is_written(connection))
        return;
    if (connection->is_closing)
        connection_close(connection);
    else if (had_output && connection->port->ops->on_drained != NULL)
        connection->port->ops->on_drained(connection);
}

static void on_connection_timer(struct timer *timer)
{
    struct connection *connection = container_of(timer, struct connection, timer);
    connection->port->ops->on_timer(connection);
}

static void open_connection(struct port *port, int descriptor)
{
    struct connection *connection = memory_new(1, sizeof(*connection));
    connection->source = (struct source){.descriptor = descriptor, .on_ready = on_connection_ready};
    connection->port = port;
    connection->id = ++port->accepted;
    connection->timer.on_due = on_connection_timer;
    buffer_init(&connection->in, IN_LIMIT);
    buffer_init(&connection->out, OUT_LIMIT);
    socklen_t length = sizeof(connection->local);
    getsockname(descriptor, (struct sockaddr *)&connection->local, &length);
    list_append(&port->connections, &connection->link);
    port->open++;
    if (port->tls != NULL) {
        connection->tls = SSL_new(port->tls);
        SSL_set_fd(connection->tls, descriptor);
        SSL_set_accept_state(connection->tls);
    }
    reactor_add(port->reactor, &connection->source);
    if (port->ops->on_open != NULL)
        port->ops->on_open(connection);
}

static void on_port_ready(struct source *source, uint32_t events)
{
    (void)events;
    struct port *port = container_of(source, struct port, source);
    while (source->descriptor >= 0) {
        int descriptor = accept4(source->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0)
            open_connection(port, descriptor);
        else if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

static bool bind_socket(struct port *port)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* inherited by accept */
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port->number)};
    address.sin_addr = port->address;
    socklen_t length = sizeof(address);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(descriptor);
        return false;
    }
    getsockname(descriptor, (struct sockaddr *)&address, &length);
    port->number = ntohs(address.sin_port);
    port->source = (struct source){.descriptor = descriptor, .on_ready = on_port_ready};
    return true;
}

bool port_bind(struct port *port, struct reactor *reactor, struct in_addr address, uint16_t number)
{
    port->reactor = reactor;
    port->address = address;
    port->number = number;
    list_init(&port->connections);
    return bind_socket(port);
}

void port_listen(struct port *port)
{
    if (port->source.descriptor < 0 && !bind_socket(port))
        return;
    listen(port->source.descriptor, 4096);
    reactor_add(port->reactor, &port->source);
}

void port_refuse(struct port *port)
{
    source_close(&port->source);
    bind_socket(port);
}

void port_close(struct port *port)
{
    source_close(&port->source);
    while (!list_is_empty(&port->connections))
        connection_close(container_of(port->connections.next, struct connection, link));
}
