"""Times are compared by what they mean, however they are written, in the reference evaluator and in the checker."""

import pytest

from cove_dsl.backends.python.blocks import Block, compile_blocks
from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.core.evaluator import Evaluator, Past
from cove_dsl.core.folding import folded
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.nodes import Apply, Const
from cove_dsl.core.times import zone_of
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

HEAD = """domain z
clock 2026-04-06T10:00:00+01:00
record Slot { slot_id: id, at: datetime, seen: datetime?, also: list[datetime]? }
table slots: Slot key slot_id
define nine -> datetime = at_time(2026-04-07, 09:00)
define plain -> datetime = 2026-04-07T09:00:00
define zoned -> datetime = 2026-04-07T09:00:00+01:00
define abroad -> datetime = 2026-04-07T08:00:00+00:00
define early -> datetime = 2026-04-07T08:30:00+01:00
"""
STATE = {
    "slots": {
        "a": {"slot_id": "a", "at": "2026-04-07T09:00", "seen": None, "also": ["2026-04-07T09:00"]},
        "b": {
            "slot_id": "b",
            "at": "2026-04-07T08:00:00Z",
            "seen": "2026-04-07T10:00+02:00",
            "also": ["2026-04-07T08:00Z"],
        },
        "c": {"slot_id": "c", "at": "2026-04-07T08:30:00+01:00", "seen": None},
    }
}  # fmt: skip
WORTH = {
    "nine == plain and plain == zoned and zoned == abroad": True,
    "early < nine and not (nine < abroad)": True,
    "nine - early": 1800,
    "nine in {zoned}": True,
    "early in {zoned, abroad}": False,
    "nine not in slots.at": False,
    "early in (slots where .slot_id == \"c\").at": True,
    "zoned in slots.seen": True,
    "09:00 in {08:00, 09:00:00}": True,
    "contains_all(slots.at, [zoned, abroad])": True,
    "contains_all(slots.at, [zoned, abroad, plain])": False,
    "same_items([zoned, early], [2026-04-07T07:30:00Z, nine])": True,
    "same_items([zoned], [early])": False,
    "[zoned, early] == [abroad, 2026-04-07T07:30:00Z]": True,
    "[zoned, early] == [early, zoned]": False,
    "[zoned] != [zoned, abroad]": True,
    "(slots where .slot_id != \"c\").at == [nine, nine]": True,
    "(slots where .slot_id == \"c\").at == [nine]": False,
    "slots.seen == [absent, zoned, absent]": True,
    "slots.seen == [zoned, absent, absent]": False,
    "[09:00, 10:00:00] == [09:00:00, 10:00]": True,
    "[[zoned], [early, nine]] == [[nine], [early, abroad]]": True,
    "[[zoned], [early, nine]] == [[nine], [abroad, early]]": False,
    "slots[\"a\"]?.also == slots[\"b\"]?.also": True,
    "slots[\"c\"]?.also == []": False,
    "slots[\"c\"]?.also == absent": True,
    "slots[\"c\"]?.also != slots[\"b\"]?.also": True,
    "slots[\"a\"] == slots[\"a\"]": True,
    "sorted([abroad, early])": ["2026-04-07T08:30:00+01:00", "2026-04-07T08:00:00+00:00"],
    "[s.slot_id for s in slots where s.at == zoned]": ["a", "b"],
    "(slots with highest .at).slot_id": ["a", "b"],
    "clock + (nine - clock)": "2026-04-07T09:00:00+01:00",
}  # fmt: skip


@pytest.fixture(scope="module")
def spec():
    defines = "\n".join(f"define value_{i} -> {kind(w)} = {text}" for i, (text, w) in enumerate(WORTH.items()))
    compiled = Compiler().compile([("z.cove", f"{HEAD}{defines}\n".encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return compiled.spec


def kind(worth):
    if isinstance(worth, list):
        return "list[datetime]" if "T" in worth[0] else "list[id]"
    return {bool: "bool", int: "duration", str: "datetime"}[type(worth)]


@pytest.mark.parametrize("text", WORTH)
def test_reference_and_checker_agree_on_what_is_meant(spec, text):
    define = spec.defines[f"value_{list(WORTH).index(text)}"]
    asked = Apply(f"define:{define.name}", (), define.returns)
    reference = Evaluator(spec, MemoryWorld(spec, STATE), None, Past()).evaluate(asked, {})
    program = program_of(spec)
    made = compile_blocks(spec, {"it": Block((), (asked,))})
    run = Run(program._replace(patterns=made.patterns), open_world(program, STATE))
    assert reference == WORTH[text]
    known = folded(define.body, zone_of(spec.clock))
    assert known is None or known.value == WORTH[text]
    assert made.functions["it"](run)[0](run) == WORTH[text]


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("clock > 2026-04-06T09:30:00", True),
        ("2026-04-07T09:00:00 - 2026-04-07T08:00:00+00:00", 0),
        ("clock - 2026-04-06T08:00:00", 7200),
        ("2026-04-06T10:00:00 < 2026-04-06T09:00:00+00:00", False),
    ],
)
def test_what_is_folded_for_the_solver_is_read_in_the_clocks_zone(text, worth):
    kind_ = "bool" if isinstance(worth, bool) else "duration"
    compiled = Compiler().compile([("z.cove", f"{HEAD}define asked -> {kind_} = {text}\n".encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    body = compiled.spec.defines["asked"].body
    assert Evaluator(compiled.spec, MemoryWorld(compiled.spec, {}), None, Past()).evaluate(body, {}) == worth
    assert folded(body, zone_of(compiled.spec.clock)) == Const(worth, body.type)


def test_a_limit_counts_one_moment_once_however_it_is_written():
    from cove_dsl.world.desk import Desk
    from cove_dsl.world.spectest import run_tests

    text = """domain z
clock 2026-04-06T10:00:00+01:00
write tool book(at: datetime) -> text { return "Done" }
rule once "Book a time once." { at most 1 ok call to book per .at }
test "twice" { agent calls book(2026-04-07T09:00) agent calls book(2026-04-07T08:00:00Z) expect violation of once }
write tool book_all(ats: list[datetime]) -> text { return "Done" }
rule all_once "Book times once." { at most 1 ok call to book_all per .ats }
test "all twice" {
  agent calls book_all([2026-04-07T09:00]) agent calls book_all([2026-04-07T08:00:00Z]) expect violation of all_once
}
test "all of two" {
  agent calls book_all([2026-04-07T09:00]) agent calls book_all([2026-04-07T09:00:00Z]) expect no violation
}
test "two" { agent calls book(2026-04-07T09:00) agent calls book(2026-04-07T09:00:00Z) expect no violation }
"""
    compiled = Compiler().compile([("z.cove", text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    assert [r.passed for r in run_tests(Desk(compiled.spec))] == [True] * 4
