#ifndef EXPOSITION_READER_LIMITS_H
#define EXPOSITION_READER_LIMITS_H

#include "exposition/reader_state.h"

/*
 * What a source takes of the bytes that all may hold together, and what it brings of names and
 * helps: those stay in the table when it is refused, so one source may bring only so many.
 */
void reader_limits_init(struct reader *reader);

/* Around each call that reads: others bring names in between. */
void reader_limits_begin(struct reader *reader);
void reader_limits_end(struct reader *reader);

/* Counts anew what the reader takes between two feeds beside lines and runs, such as a line that
 * has not ended; and once it has ended, that nothing of it is left. */
void reader_count_waiting(struct reader *reader);
void reader_count_no_waiting(struct reader *reader);

/* False, with the fault told behind `place`, where one of these limits is passed. */
bool reader_limits_check(const struct reader *reader, const char *place, struct error *error);

/* Counts the bytes of runs that were added to so many. */
static inline void reader_count_runs(struct reader *reader, uint32_t before)
{
    size_t added = (reader->source->run_count - before) * sizeof(struct run);
    reader->held += added;
    reader->merge->held += added;
}

/* Do all bodies together take more than they may, with so many bytes more? */
static inline bool reader_passes_total(const struct reader *reader, size_t more)
{
    return merge_taken(reader->merge) + more > reader->merge->limits.total_bytes;
}

/* Has this source brought more names and helps than one may? */
static inline bool reader_passes_names(const struct reader *reader)
{
    return reader->merge->families.bytes > reader->names_until;
}

#endif
