/*
 * One view is current; it is made anew when what it is made of has changed, and its generation with
 * it. Everything is looked at when somebody asks, nothing in between: a watch that runs for minutes
 * is authenticated at its start only.
 *
 *      get -> (next turn) look at the files -> no plugin, or its credential is good -> answer
 *                                           -> parked until the plugin has run -> (next turn)
 * answer
 *
 * Each answer comes from a timer of its own and is the last thing that its function does, so that
 * the receiver may cancel or free anything, us included. Files are read synchronously: they are
 * local and small, and looked at no more than once a second. Nothing else blocks.
 *
 * Towards plain http there is nothing to send, and nothing is read.
 */
#include "kube/credentials.h"

#include "base/list.h"
#include "base/memory.h"
#include "kube/config.h"
#include "kube/credentials_view.h"
#include "kube/exec_runner.h"
#include "kube/jwt.h"
#include "kube/pem.h"
#include "kube/rfc3339.h"
#include "kube/rotating_file.h"
#include "kube/secret.h"
#include "net/timers.h"

#include <assert.h>
#include <stdlib.h>

struct credentials {
    const struct kube_config *config; /* borrowed */
    struct timers *timers;            /* borrowed */
    struct exec_runner *runner;       /* NULL: no plugin */
    bool is_plain;                    /* http: nothing may be sent */
    struct rotating_file token;
    struct rotating_file ca;
    struct rotating_file certificate;
    struct rotating_file key;
    const struct credentials_view *current; /* a reference of ours; NULL at first */
    uint64_t generation;
    struct list parked; /* of waits, until the plugin has run */
    size_t waits;       /* parked or not */
    char *source;
};

struct credentials_wait {
    struct list link; /* of credentials.parked, or of nothing */
    struct credentials *credentials;
    credentials_ready_fn on_ready;
    void *context;
    struct timer *timer; /* NULL: parked */
    bool is_decided;     /* the timer only delivers what stands below */
    const struct credentials_view *view;
    struct error error;
};

/* What the view is made of */

/* `now`: whatever the pause since the last look. False where something was never good. */
static bool refresh_files(struct credentials *credentials, bool now, struct error *error)
{
    uint64_t now_ms = timers_now_ms(credentials->timers);
    if (credentials->is_plain)
        return true;
    if (!rotating_file_refresh(&credentials->token, now_ms, now, error) &&
        credentials->config->token == NULL)
        return false;
    return rotating_file_refresh(&credentials->ca, now_ms, now, error) &&
           rotating_file_refresh(&credentials->certificate, now_ms, now, error) &&
           rotating_file_refresh(&credentials->key, now_ms, now, error);
}

static struct str content_or(const struct rotating_file *file, const char *text)
{
    return file->is_good ? buffer_view(&file->content) : str_from(text);
}

static void add_reply(const struct exec_reply *reply, struct credentials_material *material)
{
    if (reply->token)
        material->token = str_from(reply->token);
    if (reply->certificate_pem) {
        material->certificate_pem = str_from(reply->certificate_pem);
        material->key_pem = str_from(reply->key_pem);
    }
}

static struct credentials_material gather(const struct credentials *credentials)
{
    const struct kube_config *config = credentials->config;
    if (credentials->is_plain)
        return (struct credentials_material){.server_name = NULL};
    struct credentials_material material = {
        .token = str_trim(content_or(&credentials->token, config->token)),
        .ca_pem = content_or(&credentials->ca, config->ca_pem),
        .certificate_pem = content_or(&credentials->certificate, config->certificate_pem),
        .key_pem = content_or(&credentials->key, config->key_pem),
        .impersonation = config->impersonation,
        .server_name = config->tls_server_name,
        .insecure = config->insecure,
    };
    if (credentials->runner && exec_runner_reply(credentials->runner))
        add_reply(exec_runner_reply(credentials->runner), &material);
    return material;
}

static void renew_view(struct credentials *credentials)
{
    struct credentials_material material = gather(credentials);
    if (credentials->current && credentials_view_is_of(credentials->current, &material))
        return;
    credentials_view_release(credentials->current);
    credentials->current = credentials_view_new(&material, ++credentials->generation);
}

/* Waits */

static void forget_wait(struct credentials_wait *wait)
{
    timer_cancel(wait->credentials->timers, &wait->timer);
    list_remove(&wait->link);
    wait->credentials->waits--;
    free(wait);
}

/* The last thing that happens in a turn of a wait. */
static void answer(struct credentials_wait *wait, const struct credentials_view *view,
                   const struct error *error)
{
    credentials_ready_fn on_ready = wait->on_ready;
    void *context = wait->context;
    forget_wait(wait);
    on_ready(context, view, error);
}

static void answer_with_view(struct credentials_wait *wait)
{
    struct credentials *credentials = wait->credentials;
    renew_view(credentials);
    answer(wait, credentials_view_share(credentials->current), NULL);
}

static struct str ca_pem(const struct credentials *credentials)
{
    return content_or(&credentials->ca, credentials->config->ca_pem);
}

static void decide(struct credentials_wait *wait)
{
    struct credentials *credentials = wait->credentials;
    struct error error = {.text = ""};
    if (!refresh_files(credentials, false, &error)) {
        answer(wait, NULL, &error);
        return;
    }
    enum exec_state state = EXEC_READY;
    if (credentials->runner)
        state = exec_runner_ask(credentials->runner, ca_pem(credentials), &error);
    switch (state) {
    case EXEC_READY:
        answer_with_view(wait);
        return;
    case EXEC_WAITING:
        list_append(&credentials->parked, &wait->link);
        return;
    case EXEC_FAILED:
        answer(wait, NULL, &error);
        return;
    }
}

static void on_turn(void *context)
{
    struct credentials_wait *wait = context;
    wait->timer = NULL;
    const struct error error = wait->error; /* the wait is gone when the answer is read */
    if (!wait->is_decided)
        decide(wait);
    else
        answer(wait, wait->view, wait->view ? NULL : &error);
}

static void turn_soon(struct credentials_wait *wait)
{
    list_remove(&wait->link);
    wait->timer = timer_start(wait->credentials->timers, 0, on_turn, wait);
}

static struct credentials_wait *first_parked(struct credentials *credentials)
{
    if (list_is_empty(&credentials->parked))
        return NULL;
    return container_of(credentials->parked.next, struct credentials_wait, link);
}

static void on_due(void *context)
{
    struct credentials *credentials = context;
    struct credentials_wait *wait;
    while ((wait = first_parked(credentials)) != NULL)
        turn_soon(wait);
}

static void on_settled(void *context, const struct error *error)
{
    struct credentials *credentials = context;
    struct credentials_wait *wait;
    bool has_view = error == NULL || exec_runner_is_usable(credentials->runner);
    if (has_view)
        renew_view(credentials);
    while ((wait = first_parked(credentials)) != NULL) {
        wait->is_decided = true;
        if (has_view)
            wait->view = credentials_view_share(credentials->current);
        else
            wait->error = *error;
        turn_soon(wait);
    }
}

struct credentials_wait *credentials_get(struct credentials *credentials,
                                         credentials_ready_fn on_ready, void *context)
{
    struct credentials_wait *wait = memory_new(1, sizeof *wait);
    wait->credentials = credentials;
    wait->on_ready = on_ready;
    wait->context = context;
    list_init(&wait->link);
    credentials->waits++;
    turn_soon(wait);
    return wait;
}

void credentials_cancel(struct credentials_wait *wait)
{
    credentials_view_release(wait->view);
    forget_wait(wait);
}

bool credentials_rejected(struct credentials *credentials, uint64_t generation)
{
    if (generation != credentials->generation)
        return true;
    if (credentials->is_plain)
        return false;
    if (refresh_files(credentials, true, NULL) && credentials->current)
        renew_view(credentials);
    if (generation != credentials->generation)
        return true;
    return credentials->runner && exec_runner_rejected(credentials->runner);
}

/* The whole */

static char *describe(const struct kube_config *config)
{
    struct buffer text = {.limit = (size_t)64 * 1024};
    if (str_starts(str_from(config->server), STR("http://")))
        buffer_append(&text, STR("none over plain http"));
    else if (config->exec.command)
        buffer_append_format(&text, "exec plugin %s", config->exec.command);
    else if (config->token_file)
        buffer_append_format(&text, "token file %s", config->token_file);
    else if (config->token)
        buffer_append(&text, STR("token"));
    else if (config->certificate_file)
        buffer_append_format(&text, "client certificate %s", config->certificate_file);
    else if (config->certificate_pem)
        buffer_append(&text, STR("client certificate"));
    else
        buffer_append(&text, STR("none"));
    char *copy = str_copy(buffer_view(&text));
    buffer_done(&text);
    return copy;
}

struct credentials *credentials_new(const struct kube_config *config, struct children *children,
                                    struct timers *timers)
{
    static const struct exec_runner_listener listener = {.on_settled = on_settled,
                                                         .on_due = on_due};
    struct credentials *credentials = memory_new(1, sizeof *credentials);
    credentials->config = config;
    credentials->timers = timers;
    credentials->is_plain = str_starts(str_from(config->server), STR("http://"));
    list_init(&credentials->parked);
    rotating_file_init(&credentials->token, config->token_file, secret_check_token);
    rotating_file_init(&credentials->ca, config->ca_file, pem_has_certificate);
    rotating_file_init(&credentials->certificate, config->certificate_file, pem_has_certificate);
    rotating_file_init(&credentials->key, config->key_file, pem_has_key);
    if (config->exec.command && !credentials->is_plain)
        credentials->runner = exec_runner_new(config, children, timers, &listener, credentials);
    credentials->source = describe(config);
    return credentials;
}

void credentials_free(struct credentials *credentials)
{
    if (credentials == NULL)
        return;
    assert(credentials->waits == 0);
    exec_runner_free(credentials->runner);
    credentials_view_release(credentials->current);
    rotating_file_done(&credentials->token);
    rotating_file_done(&credentials->ca);
    rotating_file_done(&credentials->certificate);
    rotating_file_done(&credentials->key);
    free(credentials->source);
    free(credentials);
}

struct str credentials_source(const struct credentials *credentials)
{
    return str_from(credentials->source);
}

void credentials_explain(const struct credentials *credentials, struct buffer *text)
{
    struct credentials_material material = gather(credentials);
    int64_t expiry_s;
    buffer_append(text, credentials_source(credentials));
    if (credentials->token.is_good) {
        buffer_append(text, STR(", written "));
        rfc3339_append(text, (int64_t)credentials->token.seen.st_mtime);
    }
    if (jwt_expiry(material.token, &expiry_s)) {
        buffer_append(text, STR(", valid until "));
        rfc3339_append(text, expiry_s);
    }
}
