#include "exposition/reader_limits.h"

#include "exposition/held_buffer.h"

/* One source may bring this part of the total in names and helps that no other had, or so many. */
#define NAMES_PARTS 4
#define NAMES_LEAST ((size_t)1024 * 1024)

static size_t names_limit(const struct merge *merge)
{
    size_t part = merge->limits.total_bytes / NAMES_PARTS;
    return part > NAMES_LEAST ? part : NAMES_LEAST;
}

void reader_limits_init(struct reader *reader)
{
    reader->names_left = names_limit(reader->merge);
}

void reader_limits_begin(struct reader *reader)
{
    reader->names_until = reader->merge->families.bytes + reader->names_left;
}

void reader_limits_end(struct reader *reader)
{
    bool has_left = !reader_passes_names(reader);
    reader->names_left = has_left ? reader->names_until - reader->merge->families.bytes : 0;
}

static void set_waiting(struct reader *reader, size_t bytes)
{
    reader->held = reader->held - reader->waiting + bytes;
    reader->merge->held = reader->merge->held - reader->waiting + bytes;
    reader->waiting = bytes;
}

void reader_count_waiting(struct reader *reader)
{
    struct buffer *const kept[] = {&reader->carry, NULL};
    set_waiting(reader, held_buffers(kept) + reader_wire_rest(reader->wire));
}

void reader_count_no_waiting(struct reader *reader)
{
    set_waiting(reader, 0);
}

bool reader_limits_check(const struct reader *reader, const char *place, struct error *error)
{
    if (reader_passes_total(reader, 0))
        error_set(error, "%sall bodies together take more than %zu bytes", place,
                  reader->merge->limits.total_bytes);
    else if (reader_passes_names(reader))
        error_set(error, "%sits names and helps that no other body has take more than %zu bytes",
                  place, names_limit(reader->merge));
    else
        return true;
    return false;
}
