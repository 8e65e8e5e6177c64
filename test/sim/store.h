#ifndef SIM_STORE_H
#define SIM_STORE_H

#include "base/buffer.h"
#include "base/map.h"
#include "sim/json.h"
#include "sim/selector.h"

enum { FIELDS = 5 };

/*
 * What etcd is to a cluster: the pods, each change of them under a resource version of its own, and
 * the history that a watch starts from. Versions of a pod are immutable and counted, so that pages
 * of a list show one moment while the cluster goes on.
 */
struct object {
    size_t references;
    uint64_t version;
    char *uid;
    char *space; /* its namespace */
    char *name;
    struct buffer text; /* JSON; the resource version stands at version_offset */
    size_t version_offset;
    size_t version_length;
    struct label *labels;
    size_t label_count;
    struct label fields[FIELDS]; /* what field selectors may ask for */
};

struct event {
    uint64_t version;
    struct object *before; /* NULL = created */
    struct object *after;  /* NULL = deleted */
};

/* A list as of one version. */
struct snapshot {
    uint64_t version;
    struct object **objects; /* counted references */
    size_t count;
};

enum { SNAPSHOTS = 16 };

struct store {
    struct map by_uid;       /* -> struct entry */
    struct object **objects; /* counted references, oldest first; holes are NULL */
    size_t places;           /* in `objects`, holes included */
    size_t room;
    size_t count;
    uint64_t version;
    uint64_t uids;        /* given out */
    struct event *events; /* those after `compacted`, oldest first */
    size_t event_count;
    size_t event_room;
    size_t history_limit;
    uint64_t compacted;
    struct snapshot snapshots[SNAPSHOTS];
    size_t next_snapshot;
    void (*on_event)(void *context, const struct event *event);
    void *context;
};

void store_init(struct store *store, size_t history_limit);
void store_done(struct store *store);

/* Puts a pod in, new or in place of the one with its uid; a uid and a version are given where
 * there are none. Takes the JSON. NULL where it has no name or namespace. */
const struct object *store_put(struct store *store, cJSON *pod);

/* Merges into a pod by RFC 7386. */
bool store_patch(struct store *store, const struct object *object, const cJSON *patch);

/* The same pod under a new version: the cheapest MODIFIED there is. */
void store_touch(struct store *store, const struct object *object);

void store_delete(struct store *store, const struct object *object);

/* The newest of that namespace and name, or NULL. */
const struct object *store_find(const struct store *store, struct str space, struct str name);
const struct object *store_find_uid(const struct store *store, struct str uid);

/* Forgets the history: who watches from before must list again. */
void store_compact(struct store *store);

/* Moves the version, in either direction, as an etcd restore does. */
void store_set_version(struct store *store, uint64_t version);

/* The first event after that version. */
size_t store_first_event(const struct store *store, uint64_t version);

/* The moment now, kept for a while so that later pages can come from it. */
const struct snapshot *store_snapshot(struct store *store);
const struct snapshot *store_snapshot_of(const struct store *store, uint64_t version);

bool object_matches(const struct object *object, struct str space, const struct selector *labels,
                    const struct selector *fields);
/* Its JSON with another resource version. */
void object_append(struct buffer *out, const struct object *object, uint64_t version);

#endif
