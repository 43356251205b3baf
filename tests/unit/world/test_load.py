"""What is kept between runs is read by the code that made it, and by no other."""

import pickle
import shutil
from pathlib import Path

import pytest

from cove_dsl.core.nodes import Const
from cove_dsl.pipeline import Compiler
from cove_dsl.source import code
from cove_dsl.world import load
from cove_dsl.world.desk import Desk

DESK = """domain lamps
clock 2024-05-01
record Lamp { id: id, watts: int }
table lamps: Lamp key id
read tool find_lamp(id: id) -> Lamp {
  let lamp = lamps[id]  else fail "no such lamp"
  return lamp
}
rule bright "Switch on only what draws little." {
  before call to find_lamp
  require call.id != "sun"
}
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("COVE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "lamps.cove"
    path.write_text(DESK)
    return str(path)


@pytest.fixture
def compiled(monkeypatch):
    """How often something was compiled."""
    times = []
    compile = Compiler.compile
    monkeypatch.setattr(Compiler, "compile", lambda *args: (times.append(1), compile(*args))[1])
    return times


def kept(desk):
    return sorted(p.name.partition("-")[0] for p in Path(desk).parent.glob("cache/*.bin"))


def test_what_was_checked_is_not_checked_again(desk, compiled):
    assert load.check(desk).spec == load.check(desk).spec
    assert load.glance(desk).counts == load.glance_at(load.check(desk)).counts
    assert len(compiled) == 1
    assert kept(desk) == ["glance", "spec"]


def test_code_that_changed_since_the_process_began_keeps_nothing_and_reads_nothing(desk, compiled, monkeypatch):
    monkeypatch.setattr(code, "STARTED", "older code")
    for _ in range(2):
        assert load.check(desk).spec is not None
        assert load.glance(desk).counts is not None
    assert Desk(load.load_spec(desk)).program.rules
    assert len(compiled) == 5
    assert kept(desk) == []


def test_code_that_changes_while_it_compiles_keeps_nothing(desk, monkeypatch):
    compile = Compiler.compile

    def updated(*args):
        monkeypatch.setattr(code, "STARTED", "older code")
        return compile(*args)

    monkeypatch.setattr(Compiler, "compile", updated)
    assert load.check(desk).spec is not None
    assert kept(desk) == []


def test_objects_of_a_class_with_other_fields_are_made_anew(desk, compiled, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(Const, "__attrs_attrs__", Const.__attrs_attrs__[:-1])
        load.check(desk)
    assert load.check(desk).spec is not None
    assert len(compiled) == 2
    load.check(desk)
    assert len(compiled) == 2


@pytest.mark.parametrize("damage", [lambda d: b"", lambda d: d[:-9], lambda d: d[32:], lambda d: pickle.dumps(None)])
def test_what_cannot_be_read_is_made_anew(desk, compiled, damage):
    load.check(desk)
    for file in Path(desk).parent.glob("cache/*.bin"):
        file.write_bytes(damage(file.read_bytes()))
    assert load.glance(desk).counts == {"tables": 1, "tools": 1, "rules": 1, "scenarios": 0, "tests": 0}
    assert len(compiled) == 2


@pytest.mark.parametrize("part", [*code.FOLDERS, *code.FILES, "core/nodes.py"])
def test_the_stamp_notices_each_part(part, tmp_path):
    shutil.copytree(code.PACKAGE, tmp_path, dirs_exist_ok=True)
    before = code.stamp_of(tmp_path)
    assert code.stamp_of(tmp_path) == before
    changed = tmp_path / part
    with (changed / "__init__.py" if changed.is_dir() else changed).open("a") as file:
        file.write("#")
    assert code.stamp_of(tmp_path) != before


def test_no_folder_of_those_parts_is_forgotten():
    """Their folders are listed, as a walk through them would take longer than all else."""
    inner = {f.parent.relative_to(code.PACKAGE).as_posix() for name in code.FOLDERS for f in _modules(name)}
    assert inner == set(code.FOLDERS)


def _modules(folder):
    return (code.PACKAGE / folder).rglob("*.py")


def test_texts_that_were_kept_give_the_same_specification_again(tmp_path):
    """A module's file is known by what it declares, wherever in it, and not by what its texts say."""
    modules = tmp_path / "modules"
    modules.mkdir()
    kept = """record Kept { id: id }
# What is shared.
module shared() "Shared."
rule all "Nothing is barred." { before call require true }
"""
    (modules / "shared.cove").write_text(kept)
    text = DESK.replace("domain lamps", 'domain lamps """Lamps, in\nmodule or piece."""').replace(
        "record", "use shared()\nrecord", 1
    )
    (tmp_path / "lamps.cove").write_text(text)
    spec = load.load_spec(str(tmp_path))
    found = load.texts_of(spec)
    assert sorted(found) == ["lamps.cove", "modules/shared.cove"]
    for name, text in found.items():
        place = tmp_path / "again" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    assert load.load_spec(str(tmp_path / "again")).hash == spec.hash
