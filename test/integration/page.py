"""Reads a page the way a strict consumer would: whatever is doubtful is an error."""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
VALUE = r'"((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"(?P<name>{NAME})\{{(?P<labels>{LABEL}={VALUE}(?:,{LABEL}={VALUE})*)\}} "
                    r"(?P<value>\S+)(?: (?P<timestamp>-?[0-9]+))?")
ONE_LABEL = re.compile(rf"({LABEL})={VALUE}")
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?Inf|NaN")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Sample:
    def __init__(self, name, labels, value, timestamp):
        self.name = name
        self.labels = labels  # pairs, in order
        self.value = value    # as written
        self.timestamp = timestamp

    @property
    def number(self):
        return float(self.value)

    def label(self, name):
        return dict(self.labels).get(name)

    def __repr__(self):
        return f"{self.name}{self.labels} {self.value}"


class Page:
    def __init__(self, text):
        assert text == "" or text.endswith("\n"), "the last line does not end"
        self.text = text
        self.types = {}
        self.helps = {}
        self.samples = []
        self.family = None
        self.finished = set()
        for line in text.split("\n")[:-1]:
            self.read(line)
        self.check_series()
        self.check_order()

    def read(self, line):
        if line.startswith("# TYPE "):
            name, kind = line[len("# TYPE "):].split(" ")
            self.begin(name, has_type=True)
            assert name not in self.types, f"second TYPE of {name}"
            assert kind in ("counter", "gauge", "histogram", "summary", "untyped"), line
            self.types[name] = kind
        elif line.startswith("# HELP "):
            name, text = line[len("# HELP "):].split(" ", 1)
            self.begin(name, has_type=False)
            assert name not in self.helps, f"second HELP of {name}"
            self.helps[name] = text
        else:
            self.read_sample(line)

    def begin(self, name, has_type):
        if name == self.family:
            return
        assert name not in self.finished, f"{name} comes again"
        assert has_type, f"HELP of {name} before its TYPE"
        self.finished.add(name)
        self.family = name

    def read_sample(self, line):
        match = SAMPLE.fullmatch(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value, timestamp = match["name"], match["labels"], match["value"], match["timestamp"]
        assert NUMBER.fullmatch(value), f"not a number: {line!r}"
        pairs = [(key, re.sub(r"\\.", lambda escape: ESCAPES[escape.group()], text))
                 for key, text in ONE_LABEL.findall(labels)]
        assert len({key for key, _ in pairs}) == len(pairs), f"a label twice: {line!r}"
        assert [key for key, _ in pairs[:2]] == ["k8s_pod_name", "k8s_namespace"], line
        suffixes = SUFFIXES.get(self.types.get(self.family), ("",))
        assert name in [f"{self.family}{suffix}" for suffix in suffixes], f"{name} stands in family {self.family}"
        self.samples.append(Sample(name, pairs, value, timestamp))

    def check_series(self):
        seen = set()
        for sample in self.samples:
            series = (sample.name, frozenset(sample.labels))
            assert series not in seen, f"twice: {sample}"
            seen.add(series)
            float(sample.value)

    def check_order(self):
        names = [name for name in self.types if name != "up"]
        assert names == sorted(names, key=lambda name: name.removesuffix("_total")) or names == sorted(names), \
            f"families are not in order: {names}"
        assert not self.types or next(iter(self.types)) == "up", "up is not first"

    # What tests ask

    def up(self):
        """{(namespace, pod): 0 or 1}."""
        result = {}
        for sample in self.of("up"):
            if len(sample.labels) == 2:
                assert sample.value in ("0", "1"), sample
                result[sample.label("k8s_namespace"), sample.label("k8s_pod_name")] = int(sample.value)
        return result

    def up_by_name(self):
        return {name: value for (_, name), value in self.up().items()}

    def of(self, name, **labels):
        return [sample for sample in self.samples if sample.name == name and
                all(sample.label(key) == value for key, value in labels.items())]

    def value(self, name, **labels):
        found = self.of(name, **labels)
        assert len(found) == 1, f"{name} {labels}: {found}"
        return found[0].number

    def pods(self, name="sim_pod_index"):
        """{pod: value} of a metric with one sample a pod."""
        return {sample.label("k8s_pod_name"): sample.number for sample in self.of(name)}

    def check_histograms(self):
        """Buckets that grow and agree with _count, for each pod."""
        for family, kind in self.types.items():
            if kind != "histogram":
                continue
            series = {}
            for sample in self.of(family + "_bucket"):
                key = frozenset(pair for pair in sample.labels if pair[0] != "le")
                series.setdefault(key, []).append((float(sample.label("le")), sample.number))
            for sample in self.of(family + "_count"):
                buckets = series[frozenset(sample.labels)]
                assert buckets == sorted(buckets), family
                assert [count for _, count in buckets] == sorted(count for _, count in buckets), family
                assert buckets[-1] == (math.inf, sample.number), family
