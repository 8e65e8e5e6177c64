#!/usr/bin/env python3
"""Golden pages: golden/<section>.txt has a case for each row of the format reference, by its number.

    ### 1.1.7 what the row is about
    <<< text                       a pod's body, read as text; "om" is OpenMetrics, "om2" that of version 2
    foo 1
    >>> text                       the page in a format, without our up; FORMATS names them all
    # TYPE foo untyped
    foo{INJ} 1
    !!! reason                     a pod is down, and why; without a page: all of them are, in every format

In bodies and pages backslash-r, -t, -0 and -xNN in braces, as {\\r}, stand for bytes; {\\c} ends a body without its LF.
INJ is pod 0's labels, INJ1 those of pod 1, and so on. With --update the pages are written anew, for
somebody to read them. --case=1.1.7 runs one case.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FORMATS = {
    "text": ["--format=PrometheusText0.0.4"],
    "text-utf8": ["--format=PrometheusText1.0.0", "--escaping=allow-utf-8"],
    "text-dots": ["--format=PrometheusText1.0.0", "--escaping=dots"],
    "text-values": ["--format=PrometheusText1.0.0", "--escaping=values"],
    "om": ["--format=OpenMetricsText1.0.0"],
    "om-utf8": ["--format=OpenMetricsText1.0.0", "--escaping=allow-utf-8"],
    "om-dots": ["--format=OpenMetricsText1.0.0", "--escaping=dots"],
    "om-values": ["--format=OpenMetricsText1.0.0", "--escaping=values"],
    "honor": ["--honor-labels"],
    "no-timestamps": ["--drop-timestamps"],
    "skip": ["--skip-bad-lines"],
}
BYTE = re.compile(rb"\{\\(r|t|0|c|n|x[0-9a-f]{2})\}")
PLAIN = {b"r": b"\r", b"t": b"\t", b"0": b"\0", b"n": b"\n"}


def decode(text):
    raw = BYTE.sub(lambda found: PLAIN.get(found[1]) or (
        b"{\\c}" if found[1] == b"c" else bytes([int(found[1][1:], 16)])), text.encode())
    return raw.replace(b"{\\c}\n", b"")


def encode(page):
    text = page.decode()
    text = re.sub(r'k8s_pod_name="0",k8s_namespace="n"', "INJ", text)
    text = re.sub(r'k8s_pod_name="(\d+)",k8s_namespace="n"', r"INJ\1", text)
    return "".join(f"{{\\x{ord(char):02x}}}" if ord(char) < 32 and char != "\n" else char for char in text)


class Case:
    def __init__(self, title):
        self.title = title
        self.bodies = []  # [kind, lines]
        self.pages = []  # [format, lines]
        self.reason = None

    def number(self):
        return self.title.split(" ", 1)[0]

    def text(self):
        out = [f"### {self.title}\n"]
        out += [f"<<< {kind}\n" + "".join(lines) for kind, lines in self.bodies]
        if self.reason is not None:
            out.append(f"!!! {self.reason}\n")
        out += [f">>> {name}\n" + "".join(lines) for name, lines in self.pages]
        return "".join(out) + "\n"


def parse(path):
    head, cases, lines = [], [], None
    for line in path.read_text().splitlines(keepends=True):
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "###":
            cases.append(Case(rest))
            lines = None
        elif word in ("<<<", ">>>"):
            lines = []
            (cases[-1].bodies if word == "<<<" else cases[-1].pages).append([rest, lines])
        elif word == "!!!":
            cases[-1].reason = rest
            lines = None
        elif lines is not None:
            lines.append(line)
        elif not cases:
            head.append(line)
    for case in cases:  # the blank line between cases is none of theirs
        last = (case.pages or case.bodies or [["", []]])[-1][1]
        if (case.pages or case.reason is None) and last and last[-1] == "\n":
            last.pop()
    return "".join(head), cases


def split_up(page):
    """Our own family, and the rest of the page."""
    lines = page.decode().splitlines(keepends=True)
    assert lines[0] == "# TYPE up gauge\n" and lines[1].startswith("# HELP up "), lines[:2]
    count = 2
    while count < len(lines) and re.match(r'up\{k8s_pod_name="\d+",k8s_namespace="n"\} [01]\n', lines[count]):
        count += 1
    return lines[:count], "".join(lines[count:]).encode()


def run(program, folder, case, name, piece=4096):
    paths = []
    for index, (kind, lines) in enumerate(case.bodies):
        path = pathlib.Path(folder) / f"{index}.{kind}"
        path.write_bytes(decode("".join(lines)))
        paths.append(path)
    done = subprocess.run([program, f"--piece={piece}", *FORMATS[name], *map(str, paths)], capture_output=True, check=True)
    up, rest = split_up(done.stdout)
    down = [line for line in up[2:] if line.endswith("} 0\n")]
    return encode(rest), down, done.stderr.decode("utf-8", "replace")


def problems_of(program, folder, case, update):
    if case.reason is not None and not case.pages:
        for name, nothing in (("text", ""), ("om-utf8", "# EOF\n")):
            page, down, reason = run(program, folder, case, name)
            if page != nothing or len(down) != len(case.bodies) or case.reason not in reason:
                yield f"{name}: expected the pod down for {case.reason!r}, got {reason!r} and {page!r}"
        return
    if not case.pages:
        yield "there is no page"
    for entry in case.pages:
        page, down, reason = run(program, folder, case, entry[0])
        if case.reason is None and down:
            yield f"{entry[0]}: a pod is down: {reason}"
        if case.reason is not None and (len(down) != 1 or case.reason not in reason):
            yield f"{entry[0]}: expected one pod down for {case.reason!r}, got {len(down)}: {reason}"
        if update:
            entry[1][:] = [page]
        elif page != "".join(entry[1]):
            yield f"{entry[0]}: expected\n{''.join(entry[1])}got\n{page}"
        elif any(page != run(program, folder, case, entry[0], piece)[0] for piece in (1, 3)):
            yield f"{entry[0]}: another page where the body comes in pieces"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--update", action="store_true")
    arguments.add_argument("--case")
    given = arguments.parse_args()
    bad = count = 0
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((HERE / "golden").glob("*.txt")):
            head, cases = parse(path)
            for case in cases:
                if given.case and case.number() != given.case:
                    continue
                count += 1
                problems = list(problems_of(given.program, folder, case, given.update))
                problems += ["a second case of this number"] if case.number() in seen else []
                seen.add(case.number())
                for problem in problems:
                    print(f"{path.name}: {case.title}: {problem}")
                bad += len(problems)
            if given.update:
                path.write_text(head + "".join(case.text() for case in cases))
    print(f"{count} cases, {bad} problems")
    return 1 if bad or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
