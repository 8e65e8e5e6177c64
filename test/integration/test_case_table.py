"""The table of faults names tests that exist, and all of them."""
import pathlib
import re

TESTS = pathlib.Path(__file__).resolve().parents[1]
CASES = range(1, 77)


def table():
    """{case: [(path, name)]}"""
    rows = {}
    for line in (TESTS / "integration" / "cases.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| (\d+) \|", line)
        if match:
            assert int(match.group(1)) not in rows, line
            rows[int(match.group(1))] = re.findall(r"`([^`:]+):(\w+)`", line)
    return rows


def is_run(path, name):
    """A function of that name which the test program or pytest runs."""
    text = (TESTS / path).read_text(encoding="utf-8")
    if path.endswith(".py"):
        return re.search(rf"^def {name}\(", text, re.M) is not None
    is_defined = re.search(rf"^static void {name}\(", text, re.M) is not None
    return is_defined and len(re.findall(rf"\b{name}\b", text)) > 1


def test_each_case_has_tests_that_exist():
    rows = table()
    assert sorted(rows) == list(CASES)
    for case, tests in rows.items():
        assert tests, f"case {case} has no test"
        for path, name in tests:
            assert is_run(path, name), f"case {case}: there is no {name} in {path}"


def test_each_test_with_a_number_is_in_the_table():
    rows = table()
    for path in [*TESTS.glob("integration/test_*.py"), *TESTS.glob("unit/kube/*.c")]:
        for name, case in re.findall(r"^(?:def |static void )((?:test_)?case_(\d+)_\w+)\(", path.read_text("utf-8"), re.M):
            assert (str(path.relative_to(TESTS)), name) in rows[int(case)], f"{name} is not in the table"
