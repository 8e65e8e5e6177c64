"""The classes of io.prometheus.client, made at run time from the descriptor below by Debian's python3-protobuf.

    delimited(families)      a body: each family with its length before it
    families(body)           and back

Written for the tests; knows nothing of the program's own reading and writing of the format.
"""
import os

os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: E402

PACKAGE = "io.prometheus.client"
CONTENT_TYPE = f"application/vnd.google.protobuf; proto={PACKAGE}.MetricFamily; encoding=delimited"
TYPES = ["COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM"]

# name, number, kind; "*" repeats.
MESSAGES = {
    "Timestamp": "seconds 1 int64, nanos 2 int32",
    "LabelPair": "name 1 string, value 2 string",
    "Gauge": "value 1 double",
    "Exemplar": "label 1 *LabelPair, value 2 double, timestamp 3 Timestamp",
    "Counter": "value 1 double, exemplar 2 Exemplar, start_timestamp 3 Timestamp",
    "Quantile": "quantile 1 double, value 2 double",
    "Summary": "sample_count 1 uint64, sample_sum 2 double, quantile 3 *Quantile, start_timestamp 4 Timestamp",
    "Untyped": "value 1 double",
    "Bucket": "cumulative_count 1 uint64, cumulative_count_float 4 double, upper_bound 2 double, exemplar 3 Exemplar",
    "BucketSpan": "offset 1 sint32, length 2 uint32",
    "Histogram": "sample_count 1 uint64, sample_count_float 4 double, sample_sum 2 double, bucket 3 *Bucket, "
                 "start_timestamp 15 Timestamp, schema 5 sint32, zero_threshold 6 double, zero_count 7 uint64, "
                 "zero_count_float 8 double, negative_span 9 *BucketSpan, negative_delta 10 *sint64, "
                 "negative_count 11 *double, positive_span 12 *BucketSpan, positive_delta 13 *sint64, "
                 "positive_count 14 *double, exemplars 16 *Exemplar",
    "Metric": "label 1 *LabelPair, gauge 2 Gauge, counter 3 Counter, summary 4 Summary, untyped 5 Untyped, "
              "timestamp_ms 6 int64, histogram 7 Histogram",
    "MetricFamily": "name 1 string, help 2 string, type 3 MetricType, metric 4 *Metric, unit 5 string",
}


def add_field(message, text):
    name, number, kind = text.split()
    field = message.field.add(name=name, number=int(number))
    field.label = field.LABEL_REPEATED if kind.startswith("*") else field.LABEL_OPTIONAL
    kind = kind.lstrip("*")
    if kind == "MetricType":
        field.type, field.type_name = field.TYPE_ENUM, f".{PACKAGE}.{kind}"
    elif kind in MESSAGES:
        field.type, field.type_name = field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    else:
        field.type = getattr(field, f"TYPE_{kind.upper()}")


def make_classes():
    file = descriptor_pb2.FileDescriptorProto(name="metrics.proto", package=PACKAGE, syntax="proto2")
    types = file.enum_type.add(name="MetricType")
    for number, name in enumerate(TYPES):
        types.value.add(name=name, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in fields.split(","):
            add_field(message, text)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


CLASSES = make_classes()
MetricFamily = CLASSES["MetricFamily"]


def family(name, kind, **fields):
    return MetricFamily(name=name, type=TYPES.index(kind), **fields)


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def delimited(all_families):
    return b"".join(varint(len(data)) + data for data in (one.SerializeToString() for one in all_families))


def families(body):
    found, at = [], 0
    while at < len(body):
        length, shift = 0, 0
        while True:
            length |= (body[at] & 0x7F) << shift
            shift += 7
            at += 1
            if body[at - 1] < 0x80:
                break
        assert at + length <= len(body), "a family is cut off"
        found.append(MetricFamily.FromString(body[at:at + length]))
        at += length
    return found


def samples(all_families):
    """What Prometheus makes of them, as sorted (name, labels, value): classic histograms and summaries line by line,
    a native histogram as one value, its message."""
    found = []
    for one in all_families:
        for metric in one.metric:
            labels = sorted((pair.name, pair.value) for pair in metric.label if pair.value)
            for name, extra, value in values(one, metric):
                found.append((name, tuple(sorted(labels + extra)), value, metric.timestamp_ms))
    return sorted(found, key=repr)


def values(one, metric):
    kind = TYPES[one.type]
    if kind == "SUMMARY":
        yield one.name + "_count", [], float(metric.summary.sample_count)
        yield one.name + "_sum", [], metric.summary.sample_sum
        for quantile in metric.summary.quantile:
            yield one.name, [("quantile", str(quantile.quantile))], quantile.value
    elif "HISTOGRAM" in kind:
        yield from histogram_values(one, metric.histogram)
    else:
        yield one.name, [], getattr(metric, kind.lower()).value


def histogram_values(one, histogram):
    native = histogram.positive_span or histogram.negative_span or histogram.zero_threshold > 0 or histogram.zero_count
    if native:
        yield one.name, [], histogram.SerializeToString()
        return
    yield one.name + "_count", [], histogram.sample_count_float or float(histogram.sample_count)
    yield one.name + "_sum", [], histogram.sample_sum
    ends = False
    for bucket in histogram.bucket:
        ends = bucket.upper_bound == float("inf")
        yield one.name + "_bucket", [("le", str(bucket.upper_bound))], bucket.cumulative_count_float or float(
            bucket.cumulative_count)
        if ends:
            break
    if not ends:
        yield one.name + "_bucket", [("le", "inf")], histogram.sample_count_float or float(histogram.sample_count)
