"""A database with keys that lead nowhere is warned of, and used."""

import json
from pathlib import Path

from click.testing import CliRunner

from cove_dsl.pipeline import Compiler
from cove_dsl.tools.cli import covec
from cove_dsl.world.program import program_of
from cove_dsl.world.soundness import loose_ends
from cove_dsl.world.state import world_of

SPEC = """
domain hives "Hives on fields"
record Grower { grower_id: id, places: list[ref places] }
record Place { place_id: id, grower_id: ref growers, hives: int, weak: int }
table growers: Grower key grower_id
table places: Place key place_id
invariant weak_are_some "No more are weak than stand there." = every(p.weak <= p.hives for p in places)
read tool look(place_id: ref places) -> Place "Looks." { let p = places[place_id] else fail "None"  return p }
"""
WHOLE = {
    "growers": {"G1": {"grower_id": "G1", "places": ["P1"]}},
    "places": {"P1": {"place_id": "P1", "grower_id": "G1", "hives": 3, "weak": 1}},
}


def found(**changed):
    spec = Compiler().compile([("a.cove", SPEC.encode())], {}).spec
    assert spec is not None
    return list(loose_ends(spec, world_of(WHOLE | changed, program_of(spec))))


def place(name="P1", grower="G1", weak=1):
    return {name: {"place_id": name, "grower_id": grower, "hives": 3, "weak": weak}}


def test_a_whole_database_has_none():
    assert found() == []


def test_keys_are_counted_by_table_and_the_first_is_named():
    assert found(places=place() | place("P2", "G8") | place("P3", "G9")) == [
        "2 keys lead to nothing in growers; the first: /places/P2/grower_id is `G8`"
    ]
    assert found(places=place("P2")) == ["1 key leads to nothing in places; the first: /growers/G1/places/0 is `P1`"]


def test_a_table_that_was_not_given_lacks_nothing():
    assert found(growers={}) == []


def test_an_invariant_that_does_not_hold_is_told():
    assert found(places=place(weak=9)) == [
        "the invariant `weak_are_some` does not hold: No more are weak than stand there."
    ]


def test_the_command_warns_and_goes_on(tmp_path: Path):
    (tmp_path / "a.cove").write_text(SPEC, encoding="utf-8")
    (tmp_path / "db.json").write_text(json.dumps(WHOLE | {"places": place() | place("P2", "G8")}), encoding="utf-8")
    (tmp_path / "talk.jsonl").write_text(json.dumps({"id": "a", "messages": []}), encoding="utf-8")
    words = ["verify", str(tmp_path / "a.cove"), str(tmp_path / "talk.jsonl"), "--state", str(tmp_path / "db.json")]
    done = CliRunner().invoke(covec, words)
    assert "db.json: 1 key leads to nothing in growers; the first: /places/P2/grower_id is `G8`" in done.stderr
    assert done.exit_code == 0
