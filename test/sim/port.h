#ifndef SIM_PORT_H
#define SIM_PORT_H

#include "base/buffer.h"
#include "base/list.h"
#include "sim/reactor.h"
#include "sim/request.h"

#include <netinet/in.h>
#include <openssl/types.h>

struct connection;

/* What a port does with its connections. Any may be NULL but on_request. */
struct port_ops {
    void (*on_open)(struct connection *connection);
    void (*on_request)(struct connection *connection, const struct request *request);
    void (*on_drained)(struct connection *connection); /* all that was written is with the kernel */
    void (*on_timer)(struct connection *connection);
    void (*on_closed)(struct connection *connection); /* owner's last word; freed after it */
};

/* A listening socket and its connections. The holder owns it; zeroed is "not listening". */
struct port {
    struct source source;
    struct reactor *reactor;    /* borrowed */
    const struct port_ops *ops; /* borrowed */
    void *context;              /* borrowed: what the port belongs to */
    SSL_CTX *tls;               /* borrowed; NULL = plain */
    struct in_addr address;
    uint16_t number;
    struct list connections;
    uint64_t accepted;
    uint64_t open;
};

/*
 * One TCP connection. Requests come one at a time: the next is read once connection_next() was
 * called for the last, so a handler may take as long as it likes.
 */
struct connection {
    struct source source;
    struct list link; /* in its port's list */
    struct port *port;
    SSL *tls;
    struct sockaddr_in local;
    struct buffer in;
    struct buffer out;
    size_t out_sent;
    struct timer timer;
    uint64_t id;
    bool is_busy;    /* a request waits for its answer */
    bool is_closing; /* closes once `out` is written */
    bool is_in_input;
    bool wants_close; /* the client said Connection: close */
    void *owner;      /* of the port's user */
    size_t progress;  /* of the port's user: how far an answer that comes in steps has got */
};

/* Binds address:number (0 = any) without listening; false with errno. */
bool port_bind(struct port *port, struct reactor *reactor, struct in_addr address, uint16_t number);
void port_listen(struct port *port);
/* From now on connections are refused; those that are open stay. The number stays reserved. */
void port_refuse(struct port *port);
void port_close(struct port *port); /* with all its connections */

void connection_write(struct connection *connection, struct str bytes);
void connection_write_pair(struct connection *connection, struct str head, struct str body);
void connection_finish(struct connection *connection); /* closes when all is written */
void connection_close(struct connection *connection);
void connection_reset(struct connection *connection); /* with RST */
void connection_next(struct connection *connection);  /* the answer is complete */
bool connection_is_written(const struct connection *connection);
void connection_wait(struct connection *connection, uint64_t delay_ms); /* then on_timer */

#endif
