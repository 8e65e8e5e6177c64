#ifndef SIM_API_H
#define SIM_API_H

#include "sim/port.h"
#include "sim/store.h"

enum { API_LOG = 2000 };

/* One request as it came. */
struct logged_request {
    uint64_t time_ms;
    uint64_t connection;
    char *head; /* owned; request line and headers */
};

/* The Kubernetes API: list and watch of pods, with faults on demand. */
struct api {
    struct reactor *reactor;
    struct port port;
    struct store store;
    struct list watchers;
    struct list faults;
    bool is_listening;
    char *token;      /* owned; NULL = anybody may */
    cJSON *forbidden; /* owned; [{"verb":"list","namespace":"x"}], either may be missing */
    uint64_t bookmark_ms;
    uint64_t page_most; /* items of a page at most, whatever was asked; 0 = as asked */
    bool pages_always;  /* honours limit with resourceVersion=0 too */
    bool has_watch_list;
    bool ignores_limit;
    uint64_t lists;
    uint64_t watches;
    struct logged_request log[API_LOG];
    uint64_t logged;
};

/* The query of a list or watch. Texts are decoded and owned by `space` and the buffers. */
struct list_options {
    bool is_watch;
    bool wants_bookmarks;
    bool wants_initial;
    struct str space; /* view into the request */
    struct buffer version;
    struct buffer match;
    struct buffer token; /* continue */
    struct buffer label_text;
    struct buffer field_text;
    struct selector labels;
    struct selector fields;
    uint64_t limit;
    uint64_t timeout_s; /* 0 = not given */
};

/* What goes on on a connection after its request was read: a watch, or a script of faults. Starts
 * each struct that connection->owner points to. */
struct api_call {
    void (*on_timer)(struct connection *connection);
    void (*end)(struct connection *connection); /* frees it */
};

bool api_start(struct api *api, struct reactor *reactor, uint16_t number);
void api_done(struct api *api);
void api_listen(struct api *api, bool on);

void api_handle(struct connection *connection, const struct request *request);

/* A Status object as the answer, or as the object of an ERROR event. */
void api_answer_status(struct connection *connection, unsigned code, const char *reason,
                       const char *message);
cJSON *api_status(unsigned code, const char *reason, const char *message);
void api_answer(struct connection *connection, unsigned code, const char *headers, struct str body);

/* The body of a list; `error` set and 0 given where it cannot be. */
struct list_failure {
    unsigned code;
    const char *reason;
    char message[256];
};
bool api_list_body(struct api *api, const struct list_options *options, struct buffer *out,
                   struct list_failure *failure);

bool list_options_read(struct list_options *options, const struct request *request,
                       struct str space, struct error *error);
void list_options_done(struct list_options *options);

/* watchers.c: takes the options over. */
void watch_start(struct connection *connection, struct list_options *options);
void watchers_on_event(void *context, const struct event *event);
uint64_t watchers_do(struct api *api, const cJSON *command);
uint64_t watchers_count(const struct api *api);

/* api_faults.c: true where a fault took the request. */
bool faults_take(struct connection *connection, const struct request *request, struct str space,
                 bool is_watch);
void faults_add(struct api *api, const cJSON *settings);
void faults_clear(struct api *api);

#endif
