#!/usr/bin/env python3
"""Pages of all bodies alone, in pairs and in random sets, in each format: the strict checker takes each, and
each has all samples of the pods that are up. Other parsers look too, where test/install has fetched them: promtool
(or PROMTOOL=<path>) at text, and both parsers of Prometheus' Python client at what they know of."""
import itertools
import os
import pathlib
import random
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parents[2] / "build" / "tools" / "usr"
sys.path[:0] = [str(HERE.parent.parent / "tools"), str(TOOLS / "lib/python3/dist-packages")]
import exposition_checker  # noqa: E402

try:
    from prometheus_client import openmetrics, parser
    import prometheus_client.openmetrics.parser  # noqa: F401
except ImportError:
    openmetrics = parser = None

BROKEN = {"broken.txt"}
SENSELESS = {"claims.txt", "odd.txt", "histogram.txt", "typeless.txt"}  # a bucket without +Inf and the like: their own, and kept
FORMATS = {
    "text": (["--format=PrometheusText0.0.4"], False, False),
    "text of any name": (["--format=PrometheusText1.0.0", "--escaping=allow-utf-8"], False, True),
    "OpenMetrics": (["--format=OpenMetricsText1.0.0"], True, False),
    "OpenMetrics of any name": (["--format=OpenMetricsText1.0.0", "--escaping=allow-utf-8"], True, True),
}


def make_page(program, options, paths):
    return subprocess.run([program, *options, *map(str, paths)], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def promtool_problem(promtool, page):
    """Exit code 3 tells of style (a missing help); 1 is what the parser refuses."""
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True)
    return None if done.returncode in (0, 3) else "promtool: " + done.stderr.decode()


def python_problem(page, is_openmetrics):
    """The parser of OpenMetrics is the strictest there is; that of text compares nothing."""
    read = (openmetrics.parser if is_openmetrics else parser).text_string_to_metric_families
    try:
        families = list(read(page.decode()))
    except ValueError as error:
        return f"python: {error}"
    found = sum(len(family.samples) for family in families)
    expected = len(exposition_checker.samples(page, is_openmetrics))
    return None if found == expected else f"python: {found} samples, not {expected}"


def lines_of(path):
    """How many samples a body has: its lines that are neither empty nor start with a #."""
    return sum(1 for line in re.split(rb"\n", path.read_bytes()) if line.strip() and not line.startswith(b"#"))


def problems_of(program, promtool, paths, name):
    options, is_openmetrics, utf8 = FORMATS[name]
    page = make_page(program, options, paths)
    found = exposition_checker.check(page, is_openmetrics, utf8)
    expected = len(paths) + sum(lines_of(path) for path in paths if path.name not in BROKEN)
    samples = len(exposition_checker.samples(page, is_openmetrics, utf8))
    if samples != expected:
        found.append(f"{samples} samples, not {expected}")
    if promtool and name == "text":
        found.append(promtool_problem(promtool, page))
    if parser and not utf8 and not (is_openmetrics and SENSELESS & {path.name for path in paths}):
        found.append(python_problem(page, is_openmetrics))
    return [problem for problem in found if problem]


def main():
    program, promtool = sys.argv[1], os.environ.get("PROMTOOL") or TOOLS / "bin" / "promtool"
    if not os.path.exists(promtool):
        promtool = print("PROMTOOL names no program: pages are not shown to Prometheus' parser")
    if not parser:
        print("no Python client: pages are not shown to it")
    bodies = sorted((HERE / "bodies").iterdir())
    chosen = random.Random(1)
    sets = [[body] for body in bodies] + [list(pair) for pair in itertools.combinations(bodies, 2)]
    sets += [chosen.choices(bodies, k=chosen.randint(3, 8)) for _ in range(30)]
    bad = 0
    for paths, name in itertools.product(sets, FORMATS):
        for problem in problems_of(program, promtool, paths, name):
            print(" ".join(path.name for path in paths), f"in {name} ->", problem)
            bad += 1
    print(f"{len(sets)} sets in {len(FORMATS)} formats, {bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
