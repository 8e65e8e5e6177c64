#include "kube/outlook.h"

#include "base/buffer.h"
#include "base/log.h"
#include "kube/pod_requests.h"

#include <string.h>

static const uint64_t REPEAT_MS = (uint64_t)10 * 60 * 1000;

static void append_where(struct buffer *text, const struct outlook *outlook)
{
    if (outlook->namespace.length > 0)
        buffer_append(text, STR("in "));
    else
        buffer_append(text, STR("of "));
    pod_requests_describe(text, outlook->namespace);
}

static void append_grant(struct buffer *text, const struct outlook *outlook, const char *verb)
{
    buffer_append_format(text, "; grant the verb %s on pods (both list and watch are needed) ",
                         verb);
    if (outlook->namespace.length > 0)
        buffer_append_format(text, "with a Role and a RoleBinding in namespace %.*s",
                             STR_ARG(outlook->namespace));
    else
        buffer_append(text, STR("with a ClusterRole and a ClusterRoleBinding, or name the "
                                "namespaces with --namespace"));
    buffer_append(text, STR("; in Juju: juju trust <application> --scope=cluster"));
}

static void append_hint(struct buffer *text, const struct outlook *outlook, const char *verb,
                        const struct api_failure *failure)
{
    bool is_anonymous = strstr(failure->reason.text, "system:anonymous") != NULL;
    if (is_anonymous)
        buffer_append(text, STR("; no credentials were sent: is there a token, and is the server's "
                                "address an https one?"));
    else if (failure->kind == API_FORBIDDEN)
        append_grant(text, outlook, verb);
    else if (failure->kind == API_NOT_FOUND)
        buffer_append_format(text, "; is %.*s, with its path, the address of an API server?",
                             STR_ARG(outlook->server));
    else if (failure->status == 406 || failure->status == 415)
        buffer_append(text, STR("; it was asked for Accept: application/json, as it must be"));
}

/* A server may put anything into its words; a line stays a line. */
static void make_one_line(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
    }
}

static void explain(struct outlook *outlook, uint64_t now_ms, const char *verb,
                    const struct api_failure *failure)
{
    struct buffer text;
    buffer_init(&text, 4 * sizeof outlook->reason.text); /* what is too long is cut below */
    buffer_append_format(&text, "cannot %s the pods ", verb);
    append_where(&text, outlook);
    buffer_append_format(&text, ": %s", failure->reason.text);
    append_hint(&text, outlook, verb, failure);
    error_set(&outlook->reason, "%.*s", STR_ARG(buffer_view(&text)));
    make_one_line(outlook->reason.text);
    outlook->last_error = outlook->reason;
    outlook->last_error_ms = now_ms;
    buffer_done(&text);
}

/* A server that goes away is met in turns as a refused connection, a gateway's 502, a 503, ... */
static bool is_outage(enum api_failure_kind kind)
{
    switch (kind) {
    case API_UNREACHABLE:
    case API_CUT:
    case API_GONE:
    case API_TOO_NEW:
    case API_BUSY:
    case API_BROKEN:
        return true;
    case API_UNTRUSTED:
    case API_NO_CREDENTIALS:
    case API_UNAUTHORIZED:
    case API_FORBIDDEN:
    case API_NOT_FOUND:
    case API_BAD_REQUEST:
    case API_FOREIGN:
        return false;
    }
    return false;
}

static bool is_same_trouble(const struct outlook *outlook, const char *verb,
                            const struct api_failure *failure)
{
    return outlook->condition == REFLECTOR_TROUBLED && outlook->kind == failure->kind &&
           strcmp(outlook->verb, verb) == 0;
}

static bool is_same_state(const struct outlook *outlook, const char *verb,
                          const struct api_failure *failure)
{
    if (is_same_trouble(outlook, verb, failure))
        return true;
    return outlook->condition == REFLECTOR_TROUBLED && is_outage(outlook->kind) &&
           is_outage(failure->kind);
}

static struct str shown_namespace(const struct outlook *outlook)
{
    return outlook->namespace.length > 0 ? outlook->namespace : STR("all");
}

static const char *trouble_message(const struct outlook *outlook)
{
    bool is_list = strcmp(outlook->verb, "list") == 0;
    if (!outlook->has_pods)
        return is_list ? "Cannot list pods, trying again" : "Cannot watch pods, trying again";
    return is_list ? "Cannot list pods, trying again; known pods stay"
                   : "Cannot watch pods, trying again; known pods stay";
}

static void log_trouble(struct outlook *outlook, uint64_t now_ms)
{
    outlook->logged_ms = now_ms;
    log_event(LOG_WARN, trouble_message(outlook),
              LOG_FIELDS(log_str("namespace", shown_namespace(outlook)),
                         log_text("reason", outlook->reason.text),
                         log_number("since_s", (int64_t)((now_ms - outlook->since_ms) / 1000))));
}

bool outlook_trouble(struct outlook *outlook, uint64_t now_ms, const char *verb,
                     const struct api_failure *failure)
{
    struct error before = outlook->reason;
    bool is_new_state = !is_same_state(outlook, verb, failure);
    if (outlook->condition != REFLECTOR_TROUBLED)
        outlook->since_ms = now_ms;
    outlook->condition = REFLECTOR_TROUBLED;
    outlook->kind = failure->kind;
    outlook->verb = verb;
    explain(outlook, now_ms, verb, failure);
    if (is_new_state || now_ms - outlook->logged_ms >= REPEAT_MS)
        log_trouble(outlook, now_ms);
    return strcmp(before.text, outlook->reason.text) != 0;
}

/* A selector or a namespace with a slip in it is no error to the API server, only empty. */
static const char *connected_message(bool was_troubled, size_t pods)
{
    if (was_troubled)
        return "The API server is back";
    return pods > 0 ? "The pods are known and watched" : "No pod matches so far; watching for some";
}

bool outlook_connected(struct outlook *outlook, uint64_t now_ms, size_t pods)
{
    bool was_troubled = outlook->condition == REFLECTOR_TROUBLED;
    if (outlook->condition == REFLECTOR_CONNECTED)
        return false;
    outlook->condition = REFLECTOR_CONNECTED;
    error_set(&outlook->reason, "%s", "");
    int64_t lost_s = was_troubled ? (int64_t)((now_ms - outlook->since_ms) / 1000) : 0;
    log_event(LOG_INFO, connected_message(was_troubled, pods),
              LOG_FIELDS(log_str("namespace", shown_namespace(outlook)),
                         log_str("labels", outlook->label_selector),
                         log_number("pods", (int64_t)pods), log_number("after_s", lost_s)));
    return true;
}

/* Not logged: whoever hears of it ends the program, and says why. */
bool outlook_refused(struct outlook *outlook, uint64_t now_ms, const struct api_failure *failure)
{
    outlook->condition = REFLECTOR_REFUSED;
    explain(outlook, now_ms, "list", failure);
    return true;
}
