#include "sim/store.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t TEXT_LIMIT = (size_t)64 << 20;

struct entry {
    struct object *object;
    size_t place;
};

static struct object *object_keep(struct object *object)
{
    object->references++;
    return object;
}

static void free_labels(struct label *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(labels[i].key);
        free(labels[i].value);
    }
}

static void object_drop(struct object *object)
{
    if (object == NULL || --object->references > 0)
        return;
    free_labels(object->labels, object->label_count);
    free_labels(object->fields, FIELDS);
    free(object->labels);
    free(object->uid);
    free(object->space);
    free(object->name);
    buffer_done(&object->text);
    free(object);
}

/* -- from and to JSON -- */

static cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void read_labels(struct object *object, const cJSON *labels)
{
    int count = cJSON_GetArraySize(labels);
    object->labels = memory_new((size_t)count + 1, sizeof(struct label));
    const cJSON *label;
    cJSON_ArrayForEach(label, labels)
    {
        const char *value = cJSON_GetStringValue(label);
        if (value != NULL)
            object->labels[object->label_count++] = (struct label){
                .key = str_copy(str_from(label->string)), .value = str_copy(str_from(value))};
    }
}

static struct label field(const char *key, const cJSON *parent, const char *name)
{
    return (struct label){.key = str_copy(str_from(key)),
                          .value = str_copy(json_text(parent, name, STR("")))};
}

static void read_fields(struct object *object, const cJSON *pod)
{
    object->fields[0] = field("metadata.name", member(pod, "metadata"), "name");
    object->fields[1] = field("metadata.namespace", member(pod, "metadata"), "namespace");
    object->fields[2] = field("status.phase", member(pod, "status"), "phase");
    object->fields[3] = field("spec.nodeName", member(pod, "spec"), "nodeName");
    object->fields[4] = field("status.podIP", member(pod, "status"), "podIP");
}

/* The version is written as a mark that nothing else in the object can hold, and then found. */
static void render(struct object *object, cJSON *pod)
{
    static const char mark[] = "\"resourceVersion\":\"@@\"";
    cJSON *metadata = member(pod, "metadata");
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "resourceVersion");
    cJSON_AddStringToObject(metadata, "resourceVersion", "@@");
    char *text = cJSON_PrintUnformatted(pod);
    const char *place = strstr(text, mark);
    char digits[24];
    object->version_offset = (size_t)(place - text) + sizeof(mark) - 4;
    object->version_length =
        (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)object->version);
    buffer_init(&object->text, TEXT_LIMIT);
    buffer_append(&object->text, (struct str){text, object->version_offset});
    buffer_append(&object->text, str_from(digits));
    buffer_append(&object->text, str_from(text + object->version_offset + 2));
    free(text);
}

static struct object *object_from_json(cJSON *pod, uint64_t version)
{
    const cJSON *metadata = member(pod, "metadata");
    struct object *object = memory_new(1, sizeof(*object));
    object->references = 1;
    object->version = version;
    object->uid = str_copy(json_text(metadata, "uid", STR("")));
    object->space = str_copy(json_text(metadata, "namespace", STR("")));
    object->name = str_copy(json_text(metadata, "name", STR("")));
    read_labels(object, member(metadata, "labels"));
    read_fields(object, pod);
    render(object, pod);
    cJSON_Delete(pod);
    return object;
}

static struct label label_copy(const struct label *label)
{
    return (struct label){.key = str_copy(str_from(label->key)),
                          .value = str_copy(str_from(label->value))};
}

static struct object *object_renumbered(const struct object *old, uint64_t version)
{
    struct object *object = memory_new(1, sizeof(*object));
    *object = (struct object){.references = 1,
                              .version = version,
                              .uid = str_copy(str_from(old->uid)),
                              .space = str_copy(str_from(old->space)),
                              .name = str_copy(str_from(old->name)),
                              .version_offset = old->version_offset,
                              .label_count = old->label_count};
    object->labels = memory_new(old->label_count + 1, sizeof(struct label));
    for (size_t i = 0; i < old->label_count; i++)
        object->labels[i] = label_copy(&old->labels[i]);
    for (size_t i = 0; i < FIELDS; i++)
        object->fields[i] = label_copy(&old->fields[i]);
    buffer_init(&object->text, TEXT_LIMIT);
    object_append(&object->text, old, version);
    object->version_length = old->version_length + object->text.length - old->text.length;
    return object;
}

void object_append(struct buffer *out, const struct object *object, uint64_t version)
{
    struct str text = buffer_view(&object->text);
    buffer_append(out, str_slice(text, 0, object->version_offset));
    buffer_append_uint(out, version);
    buffer_append(out, str_skip(text, object->version_offset + object->version_length));
}

bool object_matches(const struct object *object, struct str space, const struct selector *labels,
                    const struct selector *fields)
{
    return (space.length == 0 || str_equal(space, str_from(object->space))) &&
           selector_matches(labels, object->labels, object->label_count) &&
           selector_matches(fields, object->fields, FIELDS);
}

/* -- the store -- */

void store_init(struct store *store, size_t history_limit)
{
    *store = (struct store){.history_limit = history_limit, .version = 1000, .compacted = 0};
}

static void drop_event(struct event *event)
{
    object_drop(event->before);
    object_drop(event->after);
}

static void drop_snapshot(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++)
        object_drop(snapshot->objects[i]);
    free(snapshot->objects);
    *snapshot = (struct snapshot){.version = 0};
}

void store_done(struct store *store)
{
    for (size_t i = 0; i < store->event_count; i++)
        drop_event(&store->events[i]);
    for (size_t i = 0; i < SNAPSHOTS; i++)
        drop_snapshot(&store->snapshots[i]);
    size_t position = 0;
    for (struct entry *entry; (entry = map_next(&store->by_uid, &position)) != NULL;)
        free(entry);
    for (size_t i = 0; i < store->places; i++)
        object_drop(store->objects[i]);
    map_done(&store->by_uid);
    free(store->objects);
    free(store->events);
}

/* The older half goes at once, so that moving the rest costs little per event. */
static void forget_events(struct store *store, size_t count)
{
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        drop_event(&store->events[i]);
    store->compacted = store->events[count - 1].version;
    store->event_count -= count;
    memmove(store->events, store->events + count, store->event_count * sizeof(struct event));
}

static void record(struct store *store, struct object *before, struct object *after)
{
    if (store->event_count >= store->history_limit)
        forget_events(store, store->event_count / 2 + 1);
    if (store->event_count == store->event_room) {
        store->event_room = store->event_room == 0 ? 256 : store->event_room * 2;
        store->events = memory_resize(store->events, store->event_room, sizeof(struct event));
    }
    struct event *event = &store->events[store->event_count++];
    *event = (struct event){.version = store->version,
                            .before = before == NULL ? NULL : object_keep(before),
                            .after = after == NULL ? NULL : object_keep(after)};
    if (store->on_event != NULL)
        store->on_event(store->context, event);
}

static void close_holes(struct store *store)
{
    size_t to = 0;
    for (size_t from = 0; from < store->places; from++) {
        struct object *object = store->objects[from];
        if (object == NULL)
            continue;
        struct entry *entry = map_get(&store->by_uid, str_from(object->uid));
        entry->place = to;
        store->objects[to++] = object;
    }
    store->places = to;
}

static size_t new_place(struct store *store)
{
    if (store->places == store->room && store->count < store->places / 2)
        close_holes(store);
    if (store->places == store->room) {
        store->room = store->room == 0 ? 256 : store->room * 2;
        store->objects = memory_resize(store->objects, store->room, sizeof(struct object *));
    }
    return store->places++;
}

/* Takes the reference. */
static void replace(struct store *store, struct object *object)
{
    struct entry *entry = map_get(&store->by_uid, str_from(object->uid));
    struct object *before = NULL;
    if (entry == NULL) {
        entry = memory_new(1, sizeof(*entry));
        entry->place = new_place(store);
        store->count++;
    } else {
        before = entry->object;
    }
    entry->object = object;
    store->objects[entry->place] = object;
    map_put(&store->by_uid, str_from(object->uid), entry);
    record(store, before, object);
    object_drop(before);
}

static void give_uid(struct store *store, cJSON *metadata)
{
    char uid[48];
    if (json_has(metadata, "uid"))
        return;
    snprintf(uid, sizeof(uid), "5171a000-0000-4000-8000-%012llx",
             (unsigned long long)++store->uids);
    cJSON_AddStringToObject(metadata, "uid", uid);
}

const struct object *store_put(struct store *store, cJSON *pod)
{
    cJSON *metadata = member(pod, "metadata");
    if (json_text(metadata, "name", STR("")).length == 0 ||
        json_text(metadata, "namespace", STR("")).length == 0) {
        cJSON_Delete(pod);
        return NULL;
    }
    give_uid(store, metadata);
    struct object *object = object_from_json(pod, ++store->version);
    replace(store, object);
    return object;
}

bool store_patch(struct store *store, const struct object *object, const cJSON *patch)
{
    cJSON *pod = cJSON_ParseWithLength(object->text.data, object->text.length);
    return store_put(store, json_merge(pod, patch)) != NULL;
}

void store_touch(struct store *store, const struct object *object)
{
    replace(store, object_renumbered(object, ++store->version));
}

void store_delete(struct store *store, const struct object *object)
{
    struct entry *entry = map_remove(&store->by_uid, str_from(object->uid));
    struct object *last = entry->object;
    store->objects[entry->place] = NULL;
    store->count--;
    store->version++;
    free(entry);
    record(store, last, NULL);
    object_drop(last);
}

const struct object *store_find(const struct store *store, struct str space, struct str name)
{
    for (size_t i = store->places; i > 0; i--) {
        const struct object *object = store->objects[i - 1];
        if (object != NULL && str_equal(name, str_from(object->name)) &&
            str_equal(space, str_from(object->space)))
            return object;
    }
    return NULL;
}

const struct object *store_find_uid(const struct store *store, struct str uid)
{
    const struct entry *entry = map_get(&store->by_uid, uid);
    return entry == NULL ? NULL : entry->object;
}

void store_compact(struct store *store)
{
    store->version++; /* whoever has seen everything is still behind */
    forget_events(store, store->event_count);
    store->compacted = store->version;
    for (size_t i = 0; i < SNAPSHOTS; i++)
        drop_snapshot(&store->snapshots[i]);
}

void store_set_version(struct store *store, uint64_t version)
{
    forget_events(store, store->event_count);
    store->version = version;
    store->compacted = 0;
}

size_t store_first_event(const struct store *store, uint64_t version)
{
    size_t low = 0;
    size_t high = store->event_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (store->events[middle].version <= version)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct snapshot *store_snapshot_of(const struct store *store, uint64_t version)
{
    for (size_t i = 0; i < SNAPSHOTS; i++)
        if (store->snapshots[i].version == version)
            return &store->snapshots[i];
    return NULL;
}

const struct snapshot *store_snapshot(struct store *store)
{
    const struct snapshot *known = store_snapshot_of(store, store->version);
    if (known != NULL)
        return known;
    struct snapshot *snapshot = &store->snapshots[store->next_snapshot++ % SNAPSHOTS];
    drop_snapshot(snapshot);
    snapshot->version = store->version;
    snapshot->objects = memory_new(store->count + 1, sizeof(struct object *));
    for (size_t i = 0; i < store->places; i++)
        if (store->objects[i] != NULL)
            snapshot->objects[snapshot->count++] = object_keep(store->objects[i]);
    return snapshot;
}
