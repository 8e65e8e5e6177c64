#ifndef KUBE_EXEC_REPLY_H
#define KUBE_EXEC_REPLY_H

#include "base/error.h"
#include "base/str.h"

/* What an exec plugin printed: a token, or a client certificate with its key, or all of them. */
struct exec_reply {
    char *token; /* all owned; NULL where not given */
    char *certificate_pem;
    char *key_pem;
    bool expires;
    int64_t expires_ms; /* since 1970 */
};

/* Reads an ExecCredential of the API version asked for. The error never shows what was printed. */
bool exec_reply_read(struct str output, const char *api_version, struct exec_reply *ret_reply,
                     struct error *error);
void exec_reply_done(struct exec_reply *reply);

#endif
