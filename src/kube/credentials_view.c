/*
 * Views are copies with a count of their references, so that a request may go on with its own while
 * the credentials move on, or are freed. They are const to everybody but this file.
 */
#include "kube/credentials_view.h"

#include "base/memory.h"
#include "kube/secret.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct view {
    struct credentials_view shown; /* first, so that it leads to the rest */
    struct view *self;             /* ours to change, unlike what is shown */
    size_t references;
    char **headers; /* owned, as are all texts below; what `shown` points at */
    char *token;
    char *ca_pem;
    char *certificate_pem;
    char *key_pem;
    char *server_name;
};

static struct view *view_of(const struct credentials_view *shown)
{
    return ((const struct view *)(const void *)shown)->self;
}

static char *bearer_line(struct str token)
{
    struct buffer line;
    secret_init(&line, token.length + 64, token.length + 64);
    buffer_append(&line, STR("Authorization: Bearer "));
    buffer_append(&line, token);
    char *copy = str_copy(buffer_view(&line));
    secret_done(&line);
    return copy;
}

static char **make_headers(const struct credentials_material *material)
{
    size_t count = 0;
    while (material->impersonation && material->impersonation[count])
        count++;
    char **headers = memory_new(count + 2, sizeof *headers);
    for (size_t i = 0; i < count; i++)
        headers[i] = str_copy(str_from(material->impersonation[i]));
    if (material->token.length > 0)
        headers[count] = bearer_line(material->token);
    return headers;
}

const struct credentials_view *credentials_view_new(const struct credentials_material *material,
                                                    uint64_t generation)
{
    struct view *view = memory_new(1, sizeof *view);
    view->self = view;
    view->references = 1;
    view->headers = make_headers(material);
    view->token = str_copy(material->token);
    view->ca_pem = str_copy(material->ca_pem);
    view->certificate_pem = str_copy(material->certificate_pem);
    view->key_pem = str_copy(material->key_pem);
    view->server_name = material->server_name ? str_copy(str_from(material->server_name)) : NULL;
    view->shown = (struct credentials_view){
        .headers = (const char *const *)view->headers,
        .tls = {.ca_pem = str_from(view->ca_pem),
                .certificate_pem = str_from(view->certificate_pem),
                .key_pem = str_from(view->key_pem),
                .server_name = view->server_name,
                .insecure = material->insecure},
        .generation = generation,
    };
    return &view->shown;
}

const struct credentials_view *credentials_view_share(const struct credentials_view *view)
{
    view_of(view)->references++;
    return view;
}

void credentials_view_release(const struct credentials_view *view)
{
    if (view == NULL)
        return;
    struct view *own = view_of(view);
    assert(own->references > 0);
    if (--own->references > 0)
        return;
    secret_list_free(own->headers);
    secret_free(own->token);
    free(own->ca_pem);
    free(own->certificate_pem);
    secret_free(own->key_pem);
    free(own->server_name);
    free(own);
}

bool credentials_view_is_of(const struct credentials_view *view,
                            const struct credentials_material *material)
{
    const struct http_tls *tls = &view->tls;
    return str_equal(str_from(view_of(view)->token), material->token) &&
           str_equal(tls->ca_pem, material->ca_pem) &&
           str_equal(tls->certificate_pem, material->certificate_pem) &&
           str_equal(tls->key_pem, material->key_pem);
}
