#ifndef KUBE_LABEL_H
#define KUBE_LABEL_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * What is wrong with keys and values of labels, gathered in Kubernetes' own words: init, any
 * checks, end.
 */
struct label_refusal {
    struct buffer text;
    size_t count;
};

void label_refusal_init(struct label_refusal *refusal);

void label_check_key(struct label_refusal *refusal, struct str key);
void label_check_value(struct label_refusal *refusal, struct str key, size_t index,
                       struct str value); /* the index-th value of a requirement on that key */
void label_check_integer(struct label_refusal *refusal, struct str value); /* of 64 bits */

/* True where nothing was wrong; else the error is the message. Frees what was gathered. */
bool label_refusal_end(struct label_refusal *refusal, struct error *error);

#endif
