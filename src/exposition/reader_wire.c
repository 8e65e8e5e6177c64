#include "exposition/reader_limits.h"

#include "base/memory.h"
#include "exposition/double_text.h"
#include "exposition/exemplar_message.h"
#include "exposition/metric_group.h"
#include "exposition/number.h"
#include "exposition/wire_reader.h"

#include <stdlib.h>

struct reader_wire {
    struct metric_writer writer;
    struct metric_group group;  /* of a text body */
    struct wire_reader *reader; /* of a protobuf body; owned */
    size_t counted;             /* of what the writer has written, in `held` */
    bool writes;                /* the page is protobuf */
};

static bool take_lines(void *context, struct str lines, struct error *error)
{
    return reader_read_lines(context, lines, error);
}

/* Only the first is told of. */
static bool leave_out(void *context, const struct error *fault)
{
    struct reader *reader = context;
    if (!reader->merge->skips_bad_lines)
        return false;
    if (reader->skipped++ == 0)
        reader->first_skipped = str_copy(str_from(fault->text));
    return true;
}

static const struct wire_host host = {.take_lines = take_lines, .leave_out = leave_out};

void reader_wire_begin(struct reader *reader, bool body_is_protobuf)
{
    struct reader_wire *wire = reader->wire;
    if (wire == NULL) {
        wire = memory_new(1, sizeof *wire);
        reader->wire = wire;
        metric_writer_init(&wire->writer, reader->merge, reader->source);
        metric_group_init(&wire->group, &wire->writer);
        wire->writes = reader->merge->is_protobuf;
    }
    if (body_is_protobuf && wire->reader == NULL)
        wire->reader = wire_reader_new(&wire->writer, &host, reader);
}

void reader_wire_free(struct reader_wire *wire)
{
    if (wire == NULL)
        return;
    metric_group_done(&wire->group);
    metric_writer_done(&wire->writer);
    wire_reader_free(wire->reader);
    free(wire);
}

size_t reader_wire_rest(struct reader_wire *wire)
{
    if (wire == NULL)
        return 0;
    size_t bytes = metric_writer_rest(&wire->writer) + metric_group_rest(&wire->group);
    return wire->reader ? bytes + wire_reader_rest(wire->reader) : bytes;
}

bool reader_wire_reads(const struct reader *reader)
{
    return reader->wire && reader->wire->reader;
}

bool reader_wire_writes(const struct reader *reader)
{
    return reader->wire && reader->wire->writes;
}

/* What was written since the last time is held for this source. */
static void count_written(struct reader *reader)
{
    struct reader_wire *wire = reader->wire;
    size_t added = wire->writer.written - wire->counted;
    wire->counted += added;
    reader->held += added;
    reader->merge->held += added;
}

bool reader_wire_feed(struct reader *reader, struct str bytes, struct error *error)
{
    uint32_t runs = reader->source->run_count;
    bool fine = wire_reader_feed(reader->wire->reader, bytes, error);
    if (!reader->wire->writes)
        return fine;
    count_written(reader);
    reader_count_runs(reader, runs);
    return fine && reader_limits_check(reader, "", error);
}

bool reader_wire_end(struct reader *reader, struct error *error)
{
    return wire_reader_end(reader->wire->reader, error);
}

void reader_wire_state(struct reader *reader, const struct meta *meta)
{
    metric_group_state(&reader->wire->group, meta, reader->strict);
    count_written(reader);
}

/* Seconds of OpenMetrics are cut to whole milliseconds. */
static int64_t milliseconds_of(const struct reader *reader, const struct sample *sample)
{
    struct str timestamp = sample->timestamp;
    uint64_t number = 0;
    if (timestamp.length == 0 || reader->merge->form.drop_timestamps)
        return 0;
    if (!sample->timestamp_is_seconds)
        return str_to_uint(timestamp, INT64_MAX, &number) ? (int64_t)number : 0;
    double milliseconds = double_read(timestamp) * 1000;
    bool fits = milliseconds > -9.2e18 && milliseconds < 9.2e18;
    return fits ? (int64_t)milliseconds : 0;
}

void reader_wire_add(struct reader *reader, const struct sample *sample)
{
    reader->source->samples++;
    metric_group_add(&reader->wire->group, sample, milliseconds_of(reader, sample));
    count_written(reader);
}

void reader_wire_finish(struct reader *reader)
{
    uint32_t runs = reader->source->run_count;
    metric_group_flush(&reader->wire->group);
    count_written(reader);
    reader_count_runs(reader, runs);
}
