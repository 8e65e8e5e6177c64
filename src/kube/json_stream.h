#ifndef KUBE_JSON_STREAM_H
#define KUBE_JSON_STREAM_H

#include "base/buffer.h"

/*
 * Cuts JSON that arrives in pieces into the objects it is made of, one at a time, wherever the
 * pieces end. A list of pods never stands in memory as a whole: its pods come out singly, and at
 * the end the list itself without them. Parts of a pod that are large and that nobody here wants
 * (managedFields, containers and the like) come out as empty arrays.
 */
enum json_stream_shape {
    JSON_STREAM_EVENTS, /* objects one after another, each around a pod: a watch */
    JSON_STREAM_LIST,   /* one object, whose member "items" is an array of pods */
};

enum json_stream_result {
    JSON_STREAM_HUNGRY,  /* the input is used up */
    JSON_STREAM_OBJECT,  /* an event, or one of the items */
    JSON_STREAM_REST,    /* the list is complete: all of it, with its items left out */
    JSON_STREAM_INVALID, /* it is not of that shape, or too large; it stays so */
};

/* Embedded by its user; everything in it but has_containers is private. */
struct json_stream {
    enum json_stream_shape shape;
    struct buffer object; /* what is being collected: an event or an item */
    struct buffer rest;   /* of a list: what stands around its items */
    size_t depth;         /* brackets that are open */
    size_t skip_depth;    /* where an array that is left out ends; 0: nothing is left out now */
    size_t string_start;  /* the latest string in what is being collected, quotes included */
    size_t string_end;
    const char *fault;
    bool in_string;
    bool escaped;        /* the next byte of the string is */
    bool has_key;        /* the latest string is the key of the value that comes */
    bool in_items;       /* the array of items is open */
    bool wants_item;     /* after its comma */
    bool had_item;       /* since its comma or its bracket */
    bool is_over;        /* the list's last bracket was seen */
    bool is_given;       /* the object was handed out: the next call starts anew */
    bool has_containers; /* they are wanted, and not left out; may be set after init */
};

void json_stream_init(struct json_stream *stream, enum json_stream_shape shape,
                      size_t object_limit);
void json_stream_done(struct json_stream *stream); /* fine on a zeroed one */

/*
 * Takes from the front of *input up to the end of the next object. The object is a view that lives
 * until the next call; its brackets are balanced, the rest is its parser's business. Each is at
 * most as long as the limit, without what was left out; a list's rest at most 1 MiB.
 */
enum json_stream_result json_stream_next(struct json_stream *stream, struct str *input,
                                         struct str *ret_object);

/* Why the stream is invalid, for people. */
const char *json_stream_fault(const struct json_stream *stream);

#endif
