/* Any output of a plugin: what is taken can be sent, and what is not says why. */
#include "kube/exec_reply.h"

#include "kube/pem.h"
#include "kube/secret.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str output = {.data = (const char *)data, .length = size};
    struct exec_reply reply;
    struct error error = {.text = ""};
    if (!exec_reply_read(output, "client.authentication.k8s.io/v1", &reply, &error)) {
        require(error.text[0] != '\0');
        return 0;
    }
    require(reply.token || reply.certificate_pem);
    require(!reply.token || secret_is_token(str_from(reply.token)));
    require((reply.certificate_pem == NULL) == (reply.key_pem == NULL));
    require(!reply.key_pem || pem_has_key(str_from(reply.key_pem), NULL));
    exec_reply_done(&reply);
    return 0;
}
