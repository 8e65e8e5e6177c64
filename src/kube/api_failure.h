#ifndef KUBE_API_FAILURE_H
#define KUBE_API_FAILURE_H

#include "base/error.h"
#include "base/str.h"

struct cJSON;

/* Why the API server did not give what it was asked for, by what is to be done about it. */
enum api_failure_kind {
    API_UNREACHABLE,    /* no answer */
    API_UNTRUSTED,      /* not even asked: its certificate is not believed, or ours is no good */
    API_NO_CREDENTIALS, /* not even asked */
    API_CUT,            /* the answer was fine and ended too soon */
    API_GONE,           /* the version asked for is too old */
    API_TOO_NEW,        /* the version asked for is newer than what the server has */
    API_BUSY,           /* come back later, it said */
    API_BROKEN,         /* it is in trouble itself: 5xx */
    API_UNAUTHORIZED,
    API_FORBIDDEN,
    API_NOT_FOUND,
    API_BAD_REQUEST, /* 400 or 422 */
    API_FOREIGN,     /* not the answer of an API server */
};

struct api_failure {
    enum api_failure_kind kind;
    int status;            /* of HTTP or of the Status object; 0 where there was none */
    int64_t retry_after_s; /* 0 to 300; -1: nothing said */
    bool timed_out;
    struct error reason;
};

/* What is known from the head of an answer that is not 200. */
struct api_answer {
    int status;
    int64_t retry_after_s; /* -1: nothing said */
    struct str body;       /* or its beginning */
};

/* Never fails: an answer that makes no sense is a failure of some kind, too. */
void api_failure_from_answer(const struct api_answer *answer, struct api_failure *ret_failure);

/* Of an ERROR event. False where the object is not a Status. */
bool api_failure_from_status(const struct cJSON *object, struct api_failure *ret_failure);

void api_failure_set(struct api_failure *failure, enum api_failure_kind kind, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));

#endif
