"""Conditions taken apart mean what they meant, and what is heard of their atoms is the same from both machines."""

from collections.abc import Iterator

import attrs
import pytest

from cove_dsl.backends.python.emit import module_source
from cove_dsl.backends.python.expressions import define_name
from cove_dsl.backends.python.runtime.values import UNKNOWN as RUNTIME_UNKNOWN
from cove_dsl.core.conditions import Listening, listening
from cove_dsl.core.evaluator import Evaluator
from cove_dsl.core.values import UNKNOWN

from .machine import Desk, Pair, judgements_differ, make_desk, make_pair, reference, run_offline

DESKS, PAIRS = range(24), 6


def vector(condition, atoms, unknown) -> tuple[bool | None, ...]:
    if condition.kind == "otherwise":
        return (None if atoms[0] is unknown else atoms[0] is not None,)
    return tuple(a if a is True or a is False else None for a in atoms)


def heard_by_the_checker(made: Listening, desk: Desk, pair: Pair) -> tuple[list, set]:
    names = {"__name__": "desk"}
    exec(compile(module_source(made.spec), "<desk>", "exec"), names)
    heard: set = set()
    for key, condition in made.conditions.items():
        plain = names[define_name(key)]

        def listen(c, *atoms, plain=plain, key=key, condition=condition):
            heard.add((key, vector(condition, atoms, RUNTIME_UNKNOWN)))
            return plain(c, *atoms)

        names[define_name(key)] = listen
    other = attrs.evolve(desk, spec=made.spec, program=names["PROGRAM"])
    run = run_offline(attrs.evolve(pair, desk=other))
    return run.judgements, heard


def heard_by_the_reference(made: Listening, desk: Desk, pair: Pair, monkeypatch) -> tuple[list, set]:
    heard: set = set()
    apply = Evaluator._apply

    def listen(self, op, args):
        key = op.removeprefix("define:")
        if key in made.conditions:
            heard.add((key, vector(made.conditions[key], args, UNKNOWN)))
        return apply(self, op, args)

    with monkeypatch.context() as patched:
        patched.setattr(Evaluator, "_apply", listen)
        judgements, _ = reference(attrs.evolve(pair, desk=attrs.evolve(desk, spec=made.spec)))
    return judgements, heard


def pairs() -> Iterator[tuple[Desk, Listening, Pair]]:
    for seed in DESKS:
        desk = make_desk(seed)
        if desk is not None:
            made = listening(desk.spec)
            yield from ((desk, made, make_pair(desk, seed * 1000 + n)) for n in range(PAIRS))


def test_what_is_taken_apart_gives_the_same_verdicts_and_is_heard_alike(monkeypatch: pytest.MonkeyPatch):
    seen, several = 0, 0
    for desk, made, pair in pairs():
        wanted, _ = reference(pair)
        judged, said = heard_by_the_reference(made, desk, pair, monkeypatch)
        assert judged == wanted, desk.text
        found, heard = heard_by_the_checker(made, desk, pair)
        assert judgements_differ(wanted, found) is None, desk.text
        rules = {(k, v) for k, v in said if made.conditions[k].of == "rule"}
        assert {(k, v) for k, v in heard if made.conditions[k].of == "rule"} == rules, desk.text
        assert heard <= said, desk.text  # the checker looks no further than it needs to inside a definition
        seen += len(rules)
        several += sum(len(v) > 1 for _, v in rules)
    assert seen > 300
    assert several > 30
