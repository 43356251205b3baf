"""Whatever the bytes: problems as data, in bounded time, with places inside the text; never an exception."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cove_dsl.pipeline import Compiled, Compiler, find_spec, module_files, spec_files
from cove_dsl.syntax.pieces import LIMIT_BYTES

SECONDS = 20
RETAIL = spec_files(find_spec("retail"))
MODULES = module_files(find_spec("retail"))
REUSED = Compiler()  # what did not change is not checked again
FRAGMENTS = (
    "domain d",
    "clock 2024-05-15",
    "enum E { a, b }",
    "record R { k: id, n: int? }",
    "table rs: R key k",
    "rule r {",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    '"',
    '"""',
    "\\",
    "#",
    "|",
    "$5",
    "24 hours",
    "2024-13-40",
    "25:99",
    "it",
    ".n",
    "and",
    "or",
    "not",
    "some",
    "define f(x: int) -> int = ",
    "x",
    "f(x)",
    " + ",
    " where ",
    " for y in ",
    "let",
    "=",
    "==",
    "?",
    ",",
    ":",
    "\n",
    "\r",
    "\ufeff",
    "\u202e",
    "\u0000",
    "{x}",
    '"{x}"',
    "before call to ",
    "at most 0 call",
    'test "t" {',
    "scenario s {",
    "goal nothing",
    "use m(a: 1)",
)


def compiled(data: bytes) -> Compiled:
    """Checks one file, and that every problem lies inside it."""
    started = time.monotonic()
    result = Compiler().compile([("case.cove", data)], {})
    assert time.monotonic() - started < SECONDS
    assert_sound(result)
    return result


def assert_sound(result: Compiled) -> None:
    assert (result.spec is None) == bool(result.errors)
    for problem in result.problems:
        assert problem.span is not None
        for label in problem.labels:
            place = result.sources.locate(label.span)
            assert place is not None, problem
            assert 0 <= place.start <= place.end <= len(place.file.text), problem
            assert place.to_json()["end"]["offset"] >= place.to_json()["start"]["offset"]


def codes(data: bytes) -> set[str]:
    return {p.code for p in compiled(data).problems}


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    compiled(data)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    compiled(f"domain d\ndefine f -> text = {text}".encode("utf-8", "surrogatepass"))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40))
def test_fragments_of_the_language(parts: list[str]) -> None:
    compiled(" ".join(parts).encode("utf-8", "surrogatepass"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_spliced_specifications(seed: int, cuts: int) -> None:
    rng = random.Random(seed)
    files = list(RETAIL)
    for _ in range(cuts):
        i, j = rng.randrange(len(files)), rng.randrange(len(files))
        text, other = files[i][1], files[j][1]
        a, b = sorted((rng.randrange(len(text)), rng.randrange(len(text))))
        c = rng.randrange(len(other))
        if rng.random() < 0.7:
            b = min(b, a + rng.randrange(40))
        files[i] = (files[i][0], text[:a] + other[c : c + rng.randrange(80)] + text[b:])
    assert_sound(REUSED.compile(files, MODULES))


DEEP = 100_000
LONG = 10_000
HOSTILE = {
    "brackets": ("define f -> int = " + "(" * DEEP, "nested-too-deeply"),
    "closed brackets": ("define f -> int = " + "(" * DEEP + "1" + ")" * DEEP, "nested-too-deeply"),
    "types": ("define f -> " + "list[" * DEEP + "int" + "]" * DEEP + " = []", "nested-too-deeply"),
    "a sum": ("define f -> int = " + " + ".join(["1"] * LONG), "nested-too-deeply"),
    "fields": ("define f(x: int) -> int = x" + ".a" * LONG, "nested-too-deeply"),
    "denials": ("define f -> bool = " + "not " * LONG + "true", "nested-too-deeply"),
    "what counts instead": ("define f -> int? = " + "absent else " * LONG + "2", "nested-too-deeply"),
    "branches": ("define f -> int = " + "if true then 1 else " * LONG + "2", "nested-too-deeply"),
    "suffixes": ("define f -> list[int] = [1]" + " where it == 1" * LONG, "nested-too-deeply"),
    "a number": ("define f -> int = " + "9" * 100_000, "bad-literal"),
    "a decimal": ("define f -> decimal = 0." + "9" * 100_000, "bad-literal"),
    "money": ("define f -> money = $" + "9" * 100_000, "bad-literal"),
    "a duration": ("define f -> duration = " + "9" * 100_000 + " hours", "bad-literal"),
    "a weight": ("scenario s weight " + "9" * 5_000 + " { goal nothing }", "bad-literal"),
    "a limit": ("rule r { at most " + "9" * 5_000 + " call }", "bad-literal"),
    "a version": ("fact f: bool from user version " + "9" * 5_000 + " { when true then true }", "bad-literal"),
    "a range": ("compose 1.." + "9" * 5_000 + " of { s }", "bad-literal"),
    "a day": ("define f -> date = 2024-13-40", "bad-literal"),
    "a time": ("define f -> time = 25:99", "bad-literal"),
    "a moment": ("define f -> datetime = 2024-05-15T10:00:00+99:99", "bad-literal"),
    "a clock": ("clock 2024-02-31", "bad-literal"),
    "an escape": ('define f -> text = "\\q"', "bad-text"),
    "an escape in a remark": ('domain d "\\q"', "bad-text"),
    "a quote": ('define f -> text = "abc', "unclosed-text"),
    "three quotes": ('define f -> text = """abc', "unclosed-text"),
    "a quote and a backslash": ('define f -> text = "abc\\', "unclosed-text"),
    "nothing": ("", "no-domain"),
    "a remark": ("# nothing here", "no-domain"),
    "a zero": ("domain d\x00", "forbidden-character"),
    "an override": ('domain d "\u202e"', "forbidden-character"),
    "another script's digits": ("define f -> int = ٣", "unexpected"),
    "a half of a pair": ("domain d \ud800", "not-utf8"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text(name: str) -> None:
    text, code = HOSTILE[name]
    assert codes(text.encode("utf-8", "surrogatepass")) == {code}


def test_long_lists_of_conditions_are_fine() -> None:
    both = " and ".join(["x == 1"] * LONG)
    assert not codes(f"domain d\ndefine f(x: int) -> bool = {both}".encode())


def test_effects_do_not_explode() -> None:
    steps = "".join(f"effect e{i}() {{ do e{i + 1}() do e{i + 1}() }}\n" for i in range(15)) + "effect e15() { }\n"
    assert codes(f"domain d\n{steps}".encode()) == {"nested-too-deeply"}


def test_nested_tests_do_not_explode() -> None:
    inner = "first(xs where it == 1) == 1"
    for _ in range(12):
        inner = f"first(xs where {inner}) == 1"
    compiled(f"domain d\ndefine f(xs: list[int]) -> bool = {inner}".encode())


def test_a_long_line_of_definitions() -> None:
    steps = "".join(f"define f{i} -> int = f{i + 1}\n" for i in range(1_500)) + "define f1500 -> int = 1\n"
    assert codes(f"domain d\n{steps}".encode()) == {"nested-too-deeply"}


def test_encodings() -> None:
    assert codes('domain d "é"'.encode("latin-1")) == {"not-utf8"}
    assert not codes(b"\xef\xbb\xbfdomain d")
    assert codes(b"#" * (LIMIT_BYTES + 1)) == {"file-too-large"}
    assert codes(bytes(range(256))) == {"not-utf8"}


def test_line_ends() -> None:
    unix = 'domain d\nenum E { a }\ndefine f -> text = """\n  a\n  b\n"""\ndefine g -> E = c\n'
    dos = compiled(unix.replace("\n", "\r\n").encode())
    assert [p.code for p in dos.problems] == [p.code for p in compiled(unix.encode()).problems] == ["unknown-value"]
    place = dos.sources.locate(dos.problems[0].span)
    assert (place.line, place.column, place.text) == (7, 17, "c")
    assert codes(unix.replace("\n", "\r").encode()) >= {"forbidden-character"}
    good = unix.replace("= c", "= a")
    assert compiled(good.replace("\n", "\r\n").encode()).spec.defines == compiled(good.encode()).spec.defines


def test_a_slip_in_a_hole_lies_in_the_hole() -> None:
    text = 'domain d\ndefine f(x: int) -> text = """\n    first {x}\n      second {y} third\n"""\n'
    [problem] = compiled(text.encode()).problems
    place = compiled(text.encode()).sources.locate(problem.span)
    assert place.text == "y"
    assert place.start == text.index("{y}") + 1
