#ifndef KUBE_SELECTOR_H
#define KUBE_SELECTOR_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * Checks a label selector by the grammar of Kubernetes' labels.Parse and appends its canonical form
 * (requirements sorted by key, values sorted and without duplicates). On failure nothing is
 * appended and the error is the message of labels.Parse. An empty selector is valid: it selects
 * everything.
 */
bool selector_canonical(struct str text, struct buffer *out, struct error *error);

#endif
