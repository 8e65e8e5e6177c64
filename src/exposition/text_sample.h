#ifndef EXPOSITION_TEXT_SAMPLE_H
#define EXPOSITION_TEXT_SAMPLE_H

#include "base/buffer.h"
#include "exposition/format.h"
#include "exposition/sample.h"

/* How lines are written, the same for all of a merge. */
struct line_form {
    enum escaping_scheme escaping;
    bool keeps_names; /* of metrics, in quotes: who writes the page escapes them */
    bool is_openmetrics;
    bool has_exemplars;   /* the page can show them */
    bool honor_labels;    /* a sample's own label stays where it has the name of an injected one */
    bool drop_timestamps; /* of samples; those of exemplars stay */
};

/* What is put into each sample of a source. */
struct injection {
    struct str prefix; /* {a="b",c="d" ready to be copied; empty where there are no labels. In an
                          arena: bytes behind it can be read */
    struct str *names; /* the shortest first */
    size_t count;
    size_t up_length; /* of the prefix: what of it is on our `up` */
};

/* Is a label of this name put in? */
static inline bool injection_has_name(const struct injection *injection, struct str name)
{
    return str_is_among(name, injection->names, injection->count);
}

/* What of the prefix is on our `up`. */
static inline struct str injection_up_labels(const struct injection *injection)
{
    return str_slice(injection->prefix, 0, injection->up_length);
}

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
 * Brings the names of a parsed sample into the form that is written, checks them among each other,
 * and moves labels out of the way of the injected ones: an empty one goes, another becomes
 * exported_... (unless labels are honoured). A name is escaped but for its ending, if one is given:
 * clients escape the name of a family and put the ending behind it. What is afterwards marked as
 * quoted has to be written in quotes. An exemplar that no page may show, for its labels, is
 * forgotten.
 */
bool text_sample_resolve(struct sample *sample, const struct injection *injection,
                         const struct line_form *form, struct text_scratch *scratch,
                         struct line_fault *ret_fault);

/* Puts a resolved sample together in scratch->line, LF included. */
void text_sample_compose(const struct sample *sample, const struct injection *injection,
                         const struct line_form *form, struct text_scratch *scratch);

/* Of a line that was composed: the name of its sample, without quotes; and where its exemplar
 * starts, at the blank before the #, or its length where it has none. */
struct str text_line_name(struct str line);
size_t text_line_exemplar(struct str line);

#endif
