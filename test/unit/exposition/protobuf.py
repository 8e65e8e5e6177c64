#!/usr/bin/env python3
"""Protobuf in and out, as Google's own library sees it: random bodies of it become pages of protobuf and of text, all
bodies of text become pages of protobuf, and every sample is there, with its labels and its value.

    protobuf.py PROGRAM [SEED [COUNT]]        PROGRAM: exposition_merge_files

Exits 77 where python3-protobuf is not there (test/install tests unpacks it under build/tools)."""
import collections
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parents[2] / "build" / "tools" / "usr" / "lib" / "python3" / "dist-packages"
sys.path[:0] = [str(HERE.parent.parent / "tools"), str(TOOLS)]
import exposition_checker  # noqa: E402

try:
    import metric_messages as wire  # noqa: E402
except ImportError as error:
    print(f"python3-protobuf is not there: {error}")
    sys.exit(77)

INJECTED = [("k8s_pod_name", "0"), ("k8s_namespace", "n")]
INFINITY = float("inf")
NAMES = ["a", "a_total", "b_seconds", "up", "c:d", "a_count", "ü.x"]
LABELS = ["x", "y", "k8s_pod_name", "exported_k8s_pod_name", "z_9"]
VALUES = [0.0, 1.0, -1.5, 1e300, 5e-324, INFINITY, -INFINITY, float("nan"), 0.1, 123456789.0, 2.0**53]


def page(program, form, *paths):
    run = subprocess.run([program, f"--format={form}", *map(str, paths)], check=True, capture_output=True)
    assert not run.stderr, run.stderr.decode()
    return run.stdout


def number(value):
    return repr(float(value))


def key(name, labels, value, timestamp):
    """A sample in a form that both kinds of page give: gauge histograms have other names in OpenMetrics, and a start
    has no time of its own in protobuf."""
    timestamp = 0 if name.endswith("_created") else timestamp
    for ending in ("sum", "count"):
        name = name[:-len(ending) - 2] + "_" + ending if name.endswith("_g" + ending) else name
    pairs = ((label, number(text) if label in ("le", "quantile") else text) for label, text in labels if text)
    return name, tuple(sorted(pairs)), value if isinstance(value, bytes) else number(value), timestamp or 0


def of_text(body, ours=False):
    """Our own `up` is left out unless it is wanted."""
    found = collections.Counter()
    for name, labels, value, timestamp in exposition_checker.samples(body):
        if name == "up" and set(labels) == {"k8s_pod_name", "k8s_namespace"} and not ours:
            continue
        found[key(name, labels.items(), value, timestamp)] += 1
    return found


def start_of(family, metric):
    kind = wire.TYPES[family.type].lower().replace("gauge_", "")
    message = getattr(metric, kind)
    if not hasattr(message, "start_timestamp") or not message.HasField("start_timestamp"):
        return None
    return message.start_timestamp.seconds + message.start_timestamp.nanos / 1e9


def of_protobuf(families, created=False, native=True):
    found = collections.Counter(
        key(*sample) for sample in wire.samples(families) if native or not isinstance(sample[2], bytes))
    for family in families if created else ():
        for metric in family.metric:
            if start_of(family, metric) is not None:
                labels = [(pair.name, pair.value) for pair in metric.label]
                name = family.name[:-6] if family.name.endswith("_total") else family.name
                found[key(name + "_created", labels, start_of(family, metric), 0)] += 1
    return found


def without_ours(families):
    """Of the first family, which is `up`, what the pods said."""
    ours, rest = families[0], families[1:]
    assert ours.name == "up" and wire.TYPES[ours.type] == "GAUGE"
    kept = [one for one in ours.metric if len(one.label) > 2]
    del ours.metric[:]
    ours.metric.extend(kept)
    return [ours, *rest]


def relabelled(family):
    """What has to become of a family of a pod."""
    made = wire.MetricFamily.FromString(family.SerializeToString())
    made.name = made.name.replace("ü.x", "__x")
    del made.metric[:]
    bare = []
    for metric in family.metric:
        changed = wire.CLASSES["Metric"].FromString(metric.SerializeToString())
        pairs = [(pair.name, pair.value) for pair in metric.label]
        names = {name for name, _ in pairs}
        del changed.label[:]
        for name, value in INJECTED + pairs:
            if (name, value) in pairs and name in dict(INJECTED):
                if value == "":
                    continue
                while name in names or name in dict(INJECTED):
                    name = "exported_" + name
                names.add(name)
            changed.label.add(name=name, value=value)
        is_line = wire.TYPES[made.type] in ("COUNTER", "GAUGE", "UNTYPED")
        is_bare = made.name == "up" and is_line and not any(value for _, value in pairs)
        (bare if is_bare else made.metric).append(changed)
    found = [made] if made.metric else []
    if bare:
        found.append(wire.MetricFamily(name="exported_up", type=made.type, metric=bare))
    return found


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def labels(self):
        names = self.random.sample(LABELS, self.random.randint(0, 3))
        return [dict(name=name, value=self.random.choice(["", "v", 'q"\\\n', "ü" * 70])) for name in names]

    def value(self):
        return self.random.choice(VALUES + [self.random.random() * 1000])

    def exemplar(self):
        return dict(label=[dict(name="trace", value="1")], value=self.value(), timestamp=dict(seconds=12, nanos=7))

    def simple(self, kind):
        value = dict(value=self.value())
        if kind == "COUNTER" and self.random.random() < 0.3:
            value.update(exemplar=self.exemplar(), start_timestamp=dict(seconds=99))
        return {kind.lower(): value}

    def summary(self):
        ranks = [dict(quantile=rank, value=self.value()) for rank in (0.5, 0.99)[:self.random.randint(0, 2)]]
        return dict(summary=dict(sample_count=self.random.randint(0, 2**40), sample_sum=self.value(), quantile=ranks))

    def classic(self):
        bounds = [0.5, 1.0, 1e9, INFINITY][self.random.randint(0, 3):]
        if self.random.random() < 0.3 and bounds:
            bounds.pop()
        buckets = [dict(cumulative_count=i, upper_bound=bound) for i, bound in enumerate(bounds)]
        if buckets and self.random.random() < 0.3:
            buckets[0]["exemplar"] = self.exemplar()
        if buckets and self.random.random() < 0.2:
            buckets[-1]["cumulative_count_float"] = 2.5
        return dict(histogram=dict(sample_count=len(buckets), sample_sum=self.value(), bucket=buckets))

    def native(self):
        counts = [self.random.randint(0, 9) for _ in range(self.random.randint(1, 4))]
        deltas = [now - before for now, before in zip(counts, [0] + counts)]
        return dict(histogram=dict(
            sample_count=sum(counts) + 1, sample_sum=1.5, schema=3, zero_threshold=0.5, zero_count=1,
            positive_span=[dict(offset=-3, length=1), dict(offset=2, length=len(counts) - 1)],
            positive_delta=deltas, exemplars=[self.exemplar()]))

    def metric(self, kind):
        if kind == "SUMMARY":
            value = self.summary()
        elif "HISTOGRAM" in kind:
            value = self.native() if self.random.random() < 0.4 else self.classic()
        else:
            value = self.simple(kind)
        if self.random.random() < 0.2:
            value["timestamp_ms"] = self.random.randint(1, 2**45)
        return dict(label=self.labels(), **value)

    def family(self):
        kind = self.random.choice(wire.TYPES)
        metrics = [self.metric(kind) for _ in range(self.random.randint(0, 4))]
        names = NAMES if "HISTOGRAM" not in kind else [name for name in NAMES if name != "up"]
        return wire.family(self.random.choice(names), kind, help=self.random.choice(["", 'a\\b"\nü']), metric=metrics)

    def families(self):
        return [self.family() for _ in range(self.random.randint(0, 6))]


def expect_same(what, found, expected):
    assert found == expected, f"{what}\nonly found: {found - expected}\nonly expected: {expected - found}"


def in_text(expected):
    """A native histogram is a count, a sum and a bucket there."""
    made = collections.Counter()
    for (name, labels, value, timestamp), count in expected.items():
        if not isinstance(value, bytes):
            made[name, labels, value, timestamp] += count
            continue
        message = wire.CLASSES["Histogram"].FromString(value)
        for ending, extra, number_ in (("count", (), message.sample_count), ("sum", (), message.sample_sum),
                                       ("bucket", (("le", "inf"),), message.sample_count)):
            made[f"{name}_{ending}", tuple(sorted(labels + extra)), number(number_), timestamp] += count
    return made


def check_random(program, folder, seed):
    families = Maker(seed).families()
    body, again = folder / "random.pb", folder / "again.txt"
    body.write_bytes(wire.delimited(families))
    expected = of_protobuf([made for family in families for made in relabelled(family)])
    out = without_ours(wire.families(page(program, "PrometheusProto", body)))
    expect_same(f"seed {seed}: protobuf", of_protobuf(out), expected)
    text = page(program, "PrometheusText0.0.4", body)
    assert exposition_checker.check(text) == [], f"seed {seed}: {exposition_checker.check(text)}"
    expect_same(f"seed {seed}: text", of_text(text), in_text(expected))
    again.write_bytes(text)
    check_text(program, again, f"seed {seed}: text again")


def check_text(program, path, what):
    """The same body on a page of text and on one of protobuf has the same samples."""
    text = of_text(page(program, "PrometheusText0.0.4", path), ours=True)
    out = wire.families(page(program, "PrometheusProto", path))
    expect_same(what, of_protobuf(out, created=True), text)


def main():
    program = sys.argv[1]
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 150
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            check_random(program, pathlib.Path(folder), seed)
    bodies = [path for path in sorted((HERE / "bodies").iterdir()) if path.name != "broken.txt"]
    for path in bodies:
        check_text(program, path, path.name)
    print(f"{count} random bodies of protobuf, {len(bodies)} of text: no sample lost, none made up")


if __name__ == "__main__":
    main()
