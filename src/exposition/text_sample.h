#ifndef EXPOSITION_TEXT_SAMPLE_H
#define EXPOSITION_TEXT_SAMPLE_H

#include "base/buffer.h"
#include "exposition/sample.h"

/* What is put into each sample of a source. */
struct injection {
    struct str prefix; /* {a="b",c="d" ready to be copied; empty where there are no labels */
    struct str *names; /* the shortest first */
    size_t count;
    size_t up_length; /* of the prefix: what of it is on our `up` */
};

/* Room to work in, the same for all samples of a merge. */
struct text_scratch {
    struct buffer line;
    struct buffer names;
    struct str *sorted;        /* owned; room for the labels of a sample */
    struct sample_label *room; /* owned; for sample_parse() */
};

void text_scratch_init(struct text_scratch *scratch, size_t label_limit);
void text_scratch_done(struct text_scratch *scratch);

/*
 * Brings the names of a parsed sample into legal ones (quoted names are written with underscores),
 * checks them among each other, and moves labels out of the way of the injected ones: an empty one
 * goes, another becomes exported_...
 */
bool text_sample_resolve(struct sample *sample, const struct injection *injection,
                         struct text_scratch *scratch, struct line_fault *ret_fault);

/* Puts a resolved sample together in scratch->line, LF included. Its timestamp may be in seconds.
 */
void text_sample_compose(const struct sample *sample, const struct injection *injection,
                         bool seconds, struct text_scratch *scratch);

/* Appends a name in quotes, still escaped, as a legal one: each other rune is an underscore. */
void text_append_legal_name(struct buffer *out, struct str quoted, bool is_label);

#endif
