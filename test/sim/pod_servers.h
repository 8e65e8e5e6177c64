#ifndef SIM_POD_SERVERS_H
#define SIM_POD_SERVERS_H

#include "base/map.h"
#include "sim/json.h"
#include "sim/pod_body.h"
#include "sim/port.h"

/* What a pod does when it is asked. */
enum behaviour {
    BEHAVIOUR_ANSWER,          /* status, headers and body, as they are set */
    BEHAVIOUR_HANG_HEAD,       /* reads and says nothing */
    BEHAVIOUR_HANG_BODY,       /* head and half of the body, then nothing */
    BEHAVIOUR_DRIP,            /* a byte every step_ms, head included */
    BEHAVIOUR_RESET,           /* RST in place of an answer */
    BEHAVIOUR_RESET_ACCEPT,    /* RST as soon as the connection is there */
    BEHAVIOUR_RESET_BODY,      /* head and half of the body, then RST */
    BEHAVIOUR_DROP,            /* closes without an answer */
    BEHAVIOUR_CUT,             /* Content-Length, half of the body, end of stream */
    BEHAVIOUR_CUT_CHUNKED,     /* the same in chunks, without the last one */
    BEHAVIOUR_CLOSE_AFTER,     /* a good answer, then closes though it promised to stay */
    BEHAVIOUR_ENDLESS,         /* valid lines for ever, chunked */
    BEHAVIOUR_ENDLESS_HEADERS, /* header lines for ever */
    BEHAVIOUR_LONG_HEADER,     /* one header line of `size` bytes before the answer */
    BEHAVIOUR_HEADER_FLOOD,    /* `size` bytes of small header lines before the answer */
    BEHAVIOUR_INFORMATIONAL,   /* `size` heads with status 103 before the answer; 0 = for ever */
    BEHAVIOUR_RAW,             /* the body is all that is sent, then the end of the stream */
    BEHAVIOUR_RAW_HOLD,        /* the body is all that is sent, then nothing */
};

struct pod_server {
    char key[6]; /* address and port as on the wire: the key in the map */
    uint64_t index;
    enum behaviour behaviour;
    uint64_t delay_ms; /* before anything is sent */
    uint64_t step_ms;
    uint64_t size;
    unsigned status;
    bool is_chunked;
    bool packs; /* with gzip, where the request asks for it */
    bool has_text;
    char *content_type;    /* owned; NULL = text format; "" = no such header */
    char *headers;         /* owned; whole lines; NULL = none */
    struct buffer text;    /* a body of its own, where has_text */
    struct pod_body *body; /* borrowed from the servers */
    uint64_t connections;
    uint64_t open;
    uint64_t requests;
    uint64_t answered;
    uint64_t aborted; /* connections that ended before their answer was written */
    char *last_head;  /* owned; of the last request */
};

/* All pods' HTTP servers: one socket for the whole of 127.0.0.0/8 and some with ports of their
 * own. */
struct pod_servers {
    struct reactor *reactor;
    struct port port;
    struct port *extra_ports; /* owned; `extra_count` of EXTRA_PORTS */
    size_t extra_count;
    struct port dead_port;    /* bound and not listening: nothing ever answers there */
    struct map servers;       /* by key; owned */
    struct pod_body **bodies; /* owned, by size */
    size_t *body_sizes;
    size_t body_count;
    size_t default_bytes;
    struct buffer packed; /* the body that was packed last */
};

enum { EXTRA_PORTS = 64 };

bool pod_servers_start(struct pod_servers *servers, struct reactor *reactor, uint16_t number);
void pod_servers_done(struct pod_servers *servers);

/* The server of an address, made if need be. */
struct pod_server *pod_servers_at(struct pod_servers *servers, struct in_addr address,
                                  uint16_t port);

/* A further port on all addresses; 0 where there are no more. */
uint16_t pod_servers_add_port(struct pod_servers *servers);

/* Sets what the object names and leaves the rest; false where a value is unknown. */
bool pod_server_configure(struct pod_servers *servers, struct pod_server *server,
                          const cJSON *settings);
cJSON *pod_server_state(const struct pod_server *server);

struct pod_body *pod_servers_body(struct pod_servers *servers, size_t bytes);

/* Closes every n-th idle kept connection of the shared port. Returns how many. */
uint64_t pod_servers_close_idle(struct pod_servers *servers, uint64_t every);

/* pod_answers.c */
extern const struct port_ops POD_PORT_OPS;

#endif
