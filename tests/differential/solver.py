"""The solver's encoding against the reference and the checker: one trajectory, every fact of it pinned.

A scene is written down once; each of its fillings is pinned on the question's constants. Then no model may differ from
what the reference judge says. What the reference does not know stays free: a definite verdict must hold in every model.
"""

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from attrs import frozen

from cove_dsl.backends.smt import terms
from cove_dsl.world.verify import presupposed

from .machine import Pair, judgements_differ, reference, run_offline
from .pins import Pins
from .scenes import Beyond, Filling, Reading, Scene, fill, read

STEPS = 4_000_000  # of the solver, for one question about one filling
MILLIS = 20_000  # of the clock, where the solver does not count its steps
UNDECIDED = "the solver gave up"


# --- the checker ------------------------------------------------------------------------------------------------------


def checker_differs(scene: Scene, case: "Case") -> list[str] | None:
    """Where the generated checker sees a filling differently from the reference. None where a result, as JSON shows it,
    is not what the tool gave: then both know less than the solver is told."""
    filling = case.filling
    pair = Pair(scene.desk, filling.known, filling.state, filling.messages, [])
    wanted, _ = reference(pair)
    found = judgements_differ(wanted, run_offline(pair).judgements)
    if found:
        return [f"the checker: {found}"]
    return [] if wanted == list(case.reading.every) else None


# --- asking -----------------------------------------------------------------------------------------------------------


@frozen
class Case:
    """A filling with what the reference says of it, as terms: what is pinned, and how a model might differ."""

    filling: Filling
    reading: Reading
    pins: str
    differs: tuple[tuple[str, str], ...]


def cases(scene: Scene, seed: int, many: int, skipped: Counter[str]) -> Iterator[tuple[int, Case]]:
    """Fillings of a scene that its question can hold, with their numbers. The others are counted."""
    for n in range(many):
        filling = fill(scene, seed + n)
        if filling is None:
            skipped["what a call does is not known, or JSON cannot hold it"] += 1
            continue
        try:
            yield n, case_of(scene, filling)
        except Beyond as beyond:
            skipped[str(beyond)] += 1


def case_of(scene: Scene, filling: Filling) -> Case:
    """Raises Beyond where the question cannot hold the filling."""
    reading = read(scene, filling)
    pins = Pins(scene.question)
    pins.world(filling.state, filling.shown if filling.known is None else frozenset(filling.state))
    pins.conversation(filling)
    pins.answers(reading)
    differs = exactly(scene, reading) if reading.whole else implied(scene, reading)
    return Case(filling, reading, terms.both(pins.found), tuple((n, t) for n, t in differs if t != terms.FALSE))


def _many(conditions: list[str], wanted: int) -> str:
    """That another number of conditions holds."""
    words = " ".join(f"(ite {c} 1 0)" for c in conditions)
    return terms.negate(f"(= (+ 0 {words}) {wanted})") if words else (terms.FALSE if wanted == 0 else terms.TRUE)


def exactly(scene: Scene, reading: Reading) -> Iterator[tuple[str, str]]:
    """Ways in which a model says something else, where all is known: how often each label is violated, and how often a
    rule is unknown; whether it is judged at all."""
    says, judged = scene.question.says, reading.judgements
    for rule in scene.rules:
        mine = [s for s in says if s.rule == rule.name]
        there = [j for j in judged if j.rule == rule.name]
        labels = dict.fromkeys([*(s.label for s in mine if s.label is not None), *(j.label for j in there)])
        for label in labels:
            wanted = sum(j.verdict == "violated" for j in there if j.label == label)
            yield f"{rule.name}.{label} violated", _many([s.broken for s in mine if s.label == label], wanted)
        wanted = sum(j.verdict == "unknown" for j in there)
        yield f"{rule.name} unknown", _many([s.unsure for s in mine], wanted)
        heard = terms.either(s.heard for s in mine)
        yield f"{rule.name} judged", terms.negate(heard) if there else heard


def implied(scene: Scene, reading: Reading) -> Iterator[tuple[str, str]]:
    """Ways in which a model says something else than a definite verdict. What takes a rule for granted of which
    nothing is known, be it by way of others, is definite only if that was kept, and is left out."""
    says, judged = scene.question.says, reading.judgements
    unknown = {j.rule for j in judged if j.verdict == "unknown"}
    for rule in (r for r in scene.rules if not unknown & presupposed(scene.desk.program, frozenset({r.name}))):
        there = [j for j in judged if j.rule == rule.name]
        broken = {j.label for j in there if j.verdict == "violated"}
        for label in broken:
            holds = terms.either(s.broken for s in says if s.rule == rule.name and s.label == label)
            yield f"{rule.name}.{label} violated", terms.negate(holds)
        if not any(j.verdict == "unknown" for j in there):
            others = [s.broken for s in says if s.rule == rule.name and s.label not in broken]
            yield f"{rule.name} kept", terms.either(others)


def ask(scene: Scene, asked: list[Case]) -> list[str | None]:
    """What disagrees in each case, or None."""
    if not asked:
        return []
    z3: Any = import_module("z3")
    text = scene.question.script.text().replace("(check-sat)\n", "")
    lines = []
    for case in asked:
        lines += [f"(assert {case.pins})", f"(assert {terms.either(t for _, t in case.differs)})"]
    context = z3.Context()
    parsed = list(z3.parse_smt2_string(text + "\n".join(lines) + "\n", ctx=context))
    world, pairs = parsed[: len(parsed) - 2 * len(asked)], parsed[len(parsed) - 2 * len(asked) :]
    return [_answer(z3, context, world, *pairs[2 * i : 2 * i + 2]) for i in range(len(asked))]


def _answer(z3: Any, context: Any, world: list[Any], pins: Any, differs: Any) -> str | None:
    first = _status(z3, context, [*world, pins])
    if first != "sat":
        return "the solver: what happened cannot be" if first == "unsat" else UNDECIDED
    second = _status(z3, context, [*world, pins, differs])
    return {"unsat": None, "sat": "the solver: another verdict"}.get(second, UNDECIDED)


def _status(z3: Any, context: Any, assertions: list[Any]) -> str:
    solver = z3.Solver(ctx=context)
    solver.set("rlimit", STEPS)
    solver.set("timeout", MILLIS)
    solver.add(*assertions)
    return str(solver.check())
