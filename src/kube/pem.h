#ifndef KUBE_PEM_H
#define KUBE_PEM_H

#include "base/error.h"
#include "base/str.h"

/*
 * Whether PEM text is what it should be, as far as can be told without a TLS library: it holds at
 * least one whole block of the kind asked for, and each block of that kind is base64. What is in
 * there, the TLS library finds out. The error speaks of the text as "it".
 */
bool pem_has_certificate(struct str text, struct error *error);
bool pem_has_key(struct str text, struct error *error); /* an encrypted key is refused: nobody is
                                                           there to type its pass phrase */

#endif
