#!/usr/bin/env python3
"""Pages of all bodies alone, in pairs and in random sets: the strict checker and, where PROMTOOL names
it, Prometheus' own parser take each, and each has all samples of the pods that are up."""
import itertools
import os
import pathlib
import random
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tools"))
import exposition_checker  # noqa: E402

BROKEN = {"broken.txt"}


def make_page(program, paths):
    return subprocess.run([program, *map(str, paths)], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def promtool_problem(promtool, page):
    """Exit code 3 tells of style (a missing help); 1 is what the parser refuses."""
    done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True)
    return None if done.returncode in (0, 3) else done.stderr.decode()


def lines_of(path):
    """How many samples a body has: its lines that are neither empty nor start with a #."""
    return sum(1 for line in re.split(rb"\n", path.read_bytes()) if line.strip() and not line.startswith(b"#"))


def problems_of(program, promtool, paths):
    page = make_page(program, paths)
    found = exposition_checker.check(page)
    expected = len(paths) + sum(lines_of(path) for path in paths if path.name not in BROKEN)
    if len(exposition_checker.samples(page)) != expected:
        found.append(f"{len(exposition_checker.samples(page))} samples, not {expected}")
    problem = promtool and promtool_problem(promtool, page)
    return found + ([problem] if problem else [])


def main():
    program, promtool = sys.argv[1], os.environ.get("PROMTOOL")
    if not promtool:
        print("PROMTOOL names no program: pages are not shown to Prometheus' parser")
    bodies = sorted((HERE / "bodies").iterdir())
    chosen = random.Random(1)
    sets = [[body] for body in bodies] + [list(pair) for pair in itertools.combinations(bodies, 2)]
    sets += [chosen.choices(bodies, k=chosen.randint(3, 8)) for _ in range(30)]
    bad = 0
    for paths in sets:
        for problem in problems_of(program, promtool, paths):
            print(" ".join(path.name for path in paths), "->", problem)
            bad += 1
    print(f"{len(sets)} pages, {bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
