"""A page of samples, read the slow and plain way, so that the tests do not share a parser with what they test."""
import re

SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\.)*)"(?:,|$)')


class Page:
    def __init__(self, text):
        self.text = text
        self.samples = [self.read(line) for line in text.splitlines() if line and not line.startswith("#")]

    @staticmethod
    def read(line):
        match = SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value, _ = match.groups()
        return name, dict(LABEL.findall(labels or "")), float(value)

    def values(self, name, **labels):
        return [value for found, its, value in self.samples if found == name and labels.items() <= its.items()]

    def value(self, name, **labels):
        values = self.values(name, **labels)
        assert len(values) == 1, f"{name} {labels}: {len(values)} samples in\n{self.text}"
        return values[0]

    def pods(self):
        """What `up` says: {"pod": 1.0}."""
        return {labels["k8s_pod_name"]: value for name, labels, value in self.samples if name == "up"}

    def families(self, pod):
        return {name for name, labels, _ in self.samples if labels.get("k8s_pod_name") == pod}
