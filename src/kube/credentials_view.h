#ifndef KUBE_CREDENTIALS_VIEW_H
#define KUBE_CREDENTIALS_VIEW_H

#include "base/str.h"
#include "kube/credentials.h"

/* What a view is made of, borrowed. Empty: not given. */
struct credentials_material {
    struct str token;
    struct str ca_pem;
    struct str certificate_pem;
    struct str key_pem;
    char *const *impersonation; /* header lines, ended by NULL; or NULL */
    const char *server_name;
    bool insecure;
};

/* A view of copies, with one reference, which is the caller's. Released by
 * credentials_view_release(). */
const struct credentials_view *credentials_view_new(const struct credentials_material *material,
                                                    uint64_t generation);
const struct credentials_view *credentials_view_share(const struct credentials_view *view);

/* Whether a view made of that would be the same; what never changes is not compared. */
bool credentials_view_is_of(const struct credentials_view *view,
                            const struct credentials_material *material);

#endif
