#!/usr/bin/env python3
"""A strict reader of pages in text format 0.0.4, which shares no code with the engine.

check(page) lists what is wrong with a page, by the grammar that every consumer accepts: one TYPE and
at most one HELP a family, TYPE first, no line of a family anywhere else, no blank too many, legal
names, no label twice, an LF at the end. samples(page) and families(page) give its content.
As a program: reads files or standard input, prints the problems, exits 1 where there are any.
"""
import re
import sys

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
VALUE = re.compile(r"(?:[+-]?(?:inf|infinity)|nan|-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)\Z", re.IGNORECASE)
TIMESTAMP = re.compile(r"[0-9]+\Z")
HELP = re.compile(r"(?:[^\\\n]|\\[\\n])*\Z")
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def unescape(text):
    return re.sub(r'\\[\\"n]', lambda found: ESCAPES[found.group()], text)


def parse_sample(line):
    """(name, labels as a list of pairs, value, timestamp or None); ValueError says what is wrong."""
    name = NAME.match(line)
    if not name:
        raise ValueError("no legal metric name")
    at = name.end()
    labels = []
    if line[at:at + 1] == "{":
        while line[at] in "{,":
            label = LABEL.match(line, at + 1)
            if not label:
                raise ValueError(f"no legal label at column {at + 2}")
            labels.append((label.group(1), unescape(label.group(2))))
            at = label.end()
            if at == len(line) or line[at] not in ",}":
                raise ValueError(f"no comma or brace at column {at + 1}")
        at += 1
    names = [label for label, _ in labels]
    if len(set(names)) != len(names):
        raise ValueError("a label twice")
    if "__name__" in names:
        raise ValueError("a label __name__")
    parts = line[at:].split(" ")
    if len(parts) not in (2, 3) or parts[0] != "":
        raise ValueError("not one blank, a value, and perhaps one blank and a timestamp")
    if not VALUE.match(parts[1]) or abs(float(parts[1])) == float("inf") and "n" not in parts[1].lower():
        raise ValueError(f"no legal value {parts[1]!r}")
    timestamp = None
    if len(parts) == 3:
        if not TIMESTAMP.match(parts[2]) or int(parts[2]) >= 2**63:
            raise ValueError(f"no legal timestamp {parts[2]!r}")
        timestamp = int(parts[2])
    return name.group(), labels, parts[1], timestamp


def belongs(name, family, kind):
    return name == family or any(name == family + suffix for suffix in SUFFIXES.get(kind, ()))


class _Page:
    def __init__(self, page):
        self.problems = []
        self.samples = []
        self.families = {}  # name -> {"type", "help", "samples": count}
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
        for name, family in self.families.items():
            if family["samples"] == 0:
                self.problems.append(f"family {name} has no samples")
            for suffix in SUFFIXES.get(family["type"], ()):
                if name + suffix in self.families:
                    self.problems.append(f"family {name + suffix} is a part of the {family['type']} {name}")

    def line(self, line):
        if line.startswith("#"):
            return self.meta(line)
        try:
            name, labels, value, timestamp = parse_sample(line)
        except ValueError as error:
            return str(error)
        self.samples.append((name, dict(labels), value, timestamp))
        family = self.families.get(self.family)
        if family is None or not belongs(name, self.family, family["type"]):
            return "a sample that is not of the family whose TYPE stands before it"
        if self.claimed.setdefault(name, self.family) != self.family:
            return f"a name that family {self.claimed[name]} has as well"
        family["samples"] += 1
        return None

    def meta(self, line):
        parts = line.split(" ", 3)
        if len(parts) < 4 or parts[0] != "#" or parts[1] not in ("TYPE", "HELP"):
            return "neither TYPE nor HELP"
        _, word, name, text = parts
        if not NAME.fullmatch(name):
            return "no legal name"
        return self.type(name, text) if word == "TYPE" else self.help(name, text)

    def type(self, name, kind):
        self.family = name
        if kind not in TYPES:
            return "no legal type"
        if name in self.families:
            return "a second TYPE of a family"
        self.families[name] = {"type": kind, "help": None, "samples": 0}
        owner = self.claimed.get(name)
        return f"a TYPE for a name that family {owner} has already" if owner else None

    def help(self, name, text):
        family = self.families.get(name)
        if name != self.family or family is None or family["samples"]:
            return "a HELP that does not follow its family's TYPE"
        if family["help"] is not None:
            return "a second HELP of a family"
        family["help"] = text
        if not HELP.match(text) or text == "":
            return "no legal help"
        return None


def check(page):
    """Everything that is wrong with a page, as a list of lines; empty where nothing is."""
    return _Page(page).problems


def samples(page):
    """(name, labels as a dict, value as text, timestamp in milliseconds or None), in page order."""
    return _Page(page).samples


def families(page):
    """{name: {"type": ..., "help": ... or None, "samples": count}}, in page order."""
    return _Page(page).families


def main():
    pages = [(path, open(path, "rb").read()) for path in sys.argv[1:]] or [("-", sys.stdin.buffer.read())]
    bad = False
    for path, page in pages:
        for problem in check(page):
            print(f"{path}: {problem}")
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
