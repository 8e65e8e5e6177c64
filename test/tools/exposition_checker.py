#!/usr/bin/env python3
"""A strict reader of pages in text and OpenMetrics, which shares no code with the engine.

check(page) lists what is wrong with a page, by the grammar that every consumer accepts: one TYPE and
at most one HELP a family, TYPE first, no line of a family anywhere else, no blank too many, legal
names (or, where that is wanted, quoted ones), no label twice, an LF at the end. With openmetrics=True
also # EOF, units, exemplars, and samples that are as their type wants them. samples(page) and
families(page) give its content.
As a program: reads files (--openmetrics, --utf8 before them) or standard input, prints the problems,
exits 1 where there are any.
"""
import re
import sys

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
QUOTED = re.compile(r'"((?:[^"\\\n]|\\[\\"n])*)"')
VALUE = re.compile(r"(?:[+-]?(?:inf|infinity)|nan|-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)\Z", re.IGNORECASE)
TIMESTAMP = re.compile(r"[0-9]+\Z")
SECONDS = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?\Z", re.IGNORECASE)
HELP = re.compile(r"(?:[^\\\n]|\\[\\n])*\Z")
OPENMETRICS_HELP = re.compile(r'(?:[^\\"\n]|\\[\\n"])*\Z')
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}
OPENMETRICS_SUFFIXES = {
    "counter": ("_total", "_created"), "histogram": ("_bucket", "_count", "_sum", "_created"),
    "gaugehistogram": ("_bucket", "_gcount", "_gsum"), "summary": ("_count", "_sum", "_created"), "info": ("_info",),
    "gauge": (), "stateset": (), "unknown": ()}
BARE = ("gauge", "summary", "stateset", "unknown")
EXEMPLARS = {"counter": "_total", "histogram": "_bucket", "gaugehistogram": "_bucket"}
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def unescape(text):
    return re.sub(r'\\[\\"n]', lambda found: ESCAPES[found.group()], text)


def take_name(line, at, pattern, utf8):
    """(name, where it ends); in quotes only what is not legal without."""
    quoted = utf8 and QUOTED.match(line, at)
    if quoted:
        name = unescape(quoted.group(1))
        if not name or pattern.fullmatch(name):
            raise ValueError(f"{name!r} in quotes")
        return name, quoted.end()
    found = pattern.match(line, at)
    if not found:
        raise ValueError(f"no legal name at column {at + 1}")
    return found.group(), found.end()


def take_labels(line, at, utf8):
    """After a brace or a comma: (labels as a list of pairs, behind the closing brace)."""
    labels = []
    while True:
        name, at = take_name(line, at, LABEL_NAME, utf8)
        value = QUOTED.match(line, at + 1)
        if line[at:at + 1] != "=" or not value:
            raise ValueError(f"no legal label at column {at + 1}")
        labels.append((name, unescape(value.group(1))))
        at = value.end() + 1
        if line[at - 1:at] not in (",", "}"):
            raise ValueError(f"no comma or brace at column {at}")
        if line[at - 1] == "}":
            break
    names = [name for name, _ in labels]
    if len(set(names)) != len(names):
        raise ValueError("a label twice")
    if "__name__" in names:
        raise ValueError("a label __name__")
    return labels, at


def check_value(text):
    if not VALUE.match(text) or abs(float(text)) == float("inf") and "n" not in text.lower():
        raise ValueError(f"no legal value {text!r}")


def check_exemplar(text, utf8):
    if text.startswith("{}"):
        labels, at = [], 2
    elif text.startswith("{"):
        labels, at = take_labels(text, 1, utf8)
    else:
        raise ValueError("no exemplar behind #")
    parts = text[at:].split(" ")
    if len(parts) not in (2, 3) or parts[0] != "":
        raise ValueError("no value of an exemplar")
    check_value(parts[1])
    if len(parts) == 3 and not SECONDS.match(parts[2]):
        raise ValueError("no legal timestamp of an exemplar")
    if sum(len(name) + len(value) for name, value in labels) > 128:
        raise ValueError("more than 128 characters in an exemplar")


def parse_time(text, openmetrics):
    if openmetrics:
        if not SECONDS.match(text):
            raise ValueError(f"no legal timestamp {text!r}")
        return round(float(text) * 1000)
    if not TIMESTAMP.match(text) or int(text) >= 2**63:
        raise ValueError(f"no legal timestamp {text!r}")
    return int(text)


def take_series(line, utf8):
    """name{a="b"} or {"name",a="b"}: (name, labels, where it ends)."""
    if line.startswith("{"):
        name, at = take_name(line, 1, NAME, utf8)
        if line[1] != '"' or line[at:at + 1] not in (",", "}"):
            raise ValueError("no quoted name in braces")
        labels, at = take_labels(line, at + 1, utf8) if line[at] == "," else ([], at + 1)
        return name, labels, at
    name, at = take_name(line, 0, NAME, False)
    labels, at = take_labels(line, at + 1, utf8) if line[at:at + 1] == "{" else ([], at)
    return name, labels, at


def parse_sample(line, openmetrics=False, utf8=False):
    """(name, labels as a list of pairs, value, timestamp or None, has an exemplar); ValueError says what is wrong."""
    name, labels, at = take_series(line, utf8)
    tail, mark, exemplar = line[at:].partition(" # ")
    if mark and not openmetrics:
        raise ValueError("an exemplar")
    if mark:
        check_exemplar(exemplar, utf8)
    parts = tail.split(" ")
    if len(parts) not in (2, 3) or parts[0] != "":
        raise ValueError("not one blank, a value, and perhaps one blank and a timestamp")
    check_value(parts[1])
    timestamp = parse_time(parts[2], openmetrics) if len(parts) == 3 else None
    return name, labels, parts[1], timestamp, bool(mark)


class _Page:
    def __init__(self, page, openmetrics=False, utf8=False):
        self.openmetrics = openmetrics
        self.utf8 = utf8
        self.suffixes = OPENMETRICS_SUFFIXES if openmetrics else SUFFIXES
        self.has_eof = False
        self.problems = []
        self.samples = []
        self.families = {}  # name -> {"type", "help", "unit", "samples": count}
        self.family = None
        self.claimed = {}  # sample name -> family whose it is
        try:
            text = page.decode("utf-8")
        except UnicodeDecodeError as error:
            self.problems.append(f"not UTF-8: {error}")
            text = page.decode("utf-8", "replace")
        if text and not text.endswith("\n"):
            self.problems.append("no LF at the end")
        for number, line in enumerate(text.split("\n")[:-1], 1):
            problem = self.line(line)
            if problem:
                self.problems.append(f"line {number}: {problem}: {line[:200]!r}")
        if openmetrics and not self.has_eof:
            self.problems.append("no # EOF")
        for name, family in self.families.items():
            if family["samples"] == 0:
                self.problems.append(f"family {name} has no samples")
            for suffix in self.suffixes.get(family["type"], ()):
                if name + suffix in self.families:
                    self.problems.append(f"family {name + suffix} is a part of the {family['type']} {name}")

    def line(self, line):
        if self.has_eof:
            return "something after # EOF"
        if line == "# EOF" and self.openmetrics:
            self.has_eof = True
            return None
        try:
            return self.meta(line) if line.startswith("#") else self.sample(line)
        except ValueError as error:
            return str(error)

    def sample(self, line):
        name, labels, value, timestamp, has_exemplar = parse_sample(line, self.openmetrics, self.utf8)
        self.samples.append((name, dict(labels), value, timestamp))
        family = self.families.get(self.family)
        if family is None or not self.belongs(name, family["type"]):
            return "a sample that is not of the family whose TYPE stands before it"
        if self.claimed.setdefault(name, self.family) != self.family:
            return f"a name that family {self.claimed[name]} has as well"
        family["samples"] += 1
        suffix = name[len(self.family):]
        if has_exemplar and EXEMPLARS.get(family["type"]) != suffix:
            return "an exemplar where none can be"
        return self.shape(family["type"], suffix, dict(labels)) if self.openmetrics else None

    def belongs(self, name, kind):
        is_bare = name == self.family and (not self.openmetrics or kind in BARE)
        return is_bare or any(name == self.family + suffix for suffix in self.suffixes.get(kind, ()))

    def shape(self, kind, suffix, labels):
        wanted = {("summary", ""): "quantile", ("stateset", ""): self.family, ("histogram", "_bucket"): "le",
                  ("gaugehistogram", "_bucket"): "le"}.get((kind, suffix))
        return f"no label {wanted}" if wanted and wanted not in labels else None

    def meta(self, line):
        word = line[:7]
        if word not in ("# TYPE ", "# HELP ") and not (word == "# UNIT " and self.openmetrics):
            return "neither TYPE nor HELP"
        name, at = take_name(line, 7, NAME, self.utf8)
        if line[at:at + 1] != " ":
            return "no blank behind the name"
        text = line[at + 1:]
        if word == "# TYPE ":
            return self.type(name, text)
        return self.help(name, text) if word == "# HELP " else self.unit(name, text)

    def type(self, name, kind):
        self.family = name
        if kind not in (OPENMETRICS_SUFFIXES if self.openmetrics else TYPES):
            return "no legal type"
        if name in self.families:
            return "a second TYPE of a family"
        self.families[name] = {"type": kind, "help": None, "unit": None, "samples": 0}
        owner = self.claimed.get(name)
        return f"a TYPE for a name that family {owner} has already" if owner else None

    def help(self, name, text):
        family = self.families.get(name)
        if name != self.family or family is None or family["samples"]:
            return "a HELP that does not follow its family's TYPE"
        if family["help"] is not None:
            return "a second HELP of a family"
        family["help"] = text
        if not (OPENMETRICS_HELP if self.openmetrics else HELP).match(text) or text == "":
            return "no legal help"
        return None

    def unit(self, name, unit):
        family = self.families.get(name)
        if name != self.family or family is None or family["samples"] or family["unit"] is not None:
            return "a UNIT that does not follow its family's TYPE"
        family["unit"] = unit
        if unit == "" or not name.endswith("_" + unit) or family["type"] in ("info", "stateset"):
            return "a UNIT that does not fit"
        return None


def check(page, openmetrics=False, utf8=False):
    """Everything that is wrong with a page, as a list of lines; empty where nothing is."""
    return _Page(page, openmetrics, utf8).problems


def samples(page, openmetrics=False, utf8=False):
    """(name, labels as a dict, value as text, timestamp in milliseconds or None), in page order."""
    return _Page(page, openmetrics, utf8).samples


def families(page, openmetrics=False, utf8=False):
    """{name: {"type": ..., "help": ... or None, "unit": the same, "samples": count}}, in page order."""
    return _Page(page, openmetrics, utf8).families


def main():
    paths = [argument for argument in sys.argv[1:] if argument not in ("--openmetrics", "--utf8")]
    pages = [(path, open(path, "rb").read()) for path in paths] or [("-", sys.stdin.buffer.read())]
    bad = False
    for path, page in pages:
        for problem in check(page, "--openmetrics" in sys.argv, "--utf8" in sys.argv):
            print(f"{path}: {problem}")
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
