"""Makes a witness plainer: what a solver's model holds that its story does not need is left out, and what no desk would
show is put right. Every change is tried on the reference evaluator first.

In: a witness, and what accepts one as an answer (or raises Refuted). Out: the plainest witness found, with its story.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from attrs import define, evolve

from ..backends.smt.bounded.decode import Said, Witness
from ..core.spec import Spec
from ..core.types import EnumType, Prim, Ref, Type, strip
from .errors import Refuted
from .naming import called_otherwise, named_by_accident, other_name
from .replay import Story

DAYS_AWAY = (-30, 30, -365, 365)
MOST_YEARS = 2
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d.*)?")
MADE_UP = re.compile(r"[a-z_]+\d+(?:@example\.com)?")

Accept = Callable[[Witness], Story]


def plainest(witness: Witness, accept: Accept, spec: Spec) -> tuple[Witness, Story]:
    """A witness in which nothing is said that is not needed, and every value is one that a desk has, with its story.
    Raises Refuted where the witness given is no answer."""
    trial = _Trial(spec, accept, witness, accept(witness))
    trial.say_less()
    trial.keep_silence()
    trial.use_real_values()
    trial.use_plain_texts()
    trial.use_neutral_names()
    trial.use_near_moments()
    return trial.witness, trial.story


@define
class _Trial:
    """The plainest witness so far, with its story."""

    spec: Spec
    accept: Accept
    witness: Witness
    story: Story

    def takes(self, plainer: Witness) -> bool:
        """Goes on with a plainer witness, if that is an answer too."""
        try:
            self.story, self.witness = self.accept(plainer), plainer
        except Refuted:
            return False
        return True

    def say_less(self) -> None:
        for n in reversed(range(len(self.witness.said))):
            self.takes(_without_fact(self.witness, n))

    def keep_silence(self) -> None:
        """Leaves messages out that say nothing, but for the one with which a user comes."""
        for n in reversed(range(len(self.witness.events))):
            events = self.witness.events
            opens = n == 0 and events[0].role == "user" and len(events) > 1 and events[1].role == "agent"
            if events[n].kind == "message" and not opens and all(s.event != n for s in self.witness.said):
                self.takes(_without_event(self.witness, n))

    def use_real_values(self) -> None:
        """Has calls take values of their enums, and keys that were seen before."""
        for n, event in enumerate(self.witness.events):
            for name, kind in self._kinds(event.tool).items() if event.kind == "call" and not event.goal else ():
                value = self.witness.events[n].arguments.get(name)
                for better in self._better(n, strip(kind), value) if value is not None else ():
                    if self.takes(_with_argument(self.witness, n, name, better)):
                        break

    def _kinds(self, tool: str) -> Mapping[str, Type]:
        return {p.name: p.type for p in self.spec.tools[tool].params}

    def _better(self, n: int, kind: Type, value: Any) -> Iterable[Any]:
        """Values that a reader would sooner believe than this one."""
        match kind:
            case EnumType(name):
                real = list(self.spec.enums[name].values.values())
                return () if value in real else real
            case Ref(table):
                seen = [text for event in self.story.events[:n] for text in _texts([event.arguments, event.result])]
                keys = [k for k in dict.fromkeys(seen) if k in _keys(self.witness.state.get(table))]
                return () if value in keys else reversed(keys)
        return ()

    def use_plain_texts(self) -> None:
        """Has texts, ids and addresses look made up, and not like an enum's value or a phrase that some rule listens
        for: a model takes any text of the specification for any other."""
        for name, kind, value in list(self._said_freely()):
            is_address = kind == Prim("email")
            if not MADE_UP.fullmatch(value) or (is_address and "@" not in value):
                used, number = set(_texts([self.witness.state, [e.arguments for e in self.witness.events]])), 1
                while (made := f"{name}{number}{'@example.com' if is_address else ''}") in used:
                    number += 1
                self.takes(self._renamed(value, made))

    def use_neutral_names(self) -> None:
        """Calls by another name what is called a phrase of the specification by accident."""
        for name, where in named_by_accident(self.witness, self.spec):
            self.takes(called_otherwise(self.witness, name, other_name(where, self.witness, self.spec)))

    def _said_freely(self) -> Iterator[tuple[str, Type, str]]:
        """Texts, ids and addresses of rows and arguments by the name that they stand at; keys of rows keep theirs."""
        for table in self.spec.tables.values():
            for row in _rows_of(self.witness.state.get(table.name)):
                for name, kind in self._free_fields(table.record).items():
                    if name != table.key and isinstance(row.get(name), str):
                        yield name, kind, row[name]
        for event in self.witness.events:
            for name, kind in self._kinds(event.tool).items() if event.kind == "call" else ():
                if _is_free(kind) and isinstance(event.arguments.get(name), str):
                    yield name, strip(kind), event.arguments[name]

    def _free_fields(self, record: str) -> dict[str, Type]:
        return {n: strip(f.type) for n, f in self.spec.records[record].fields.items() if _is_free(f.type)}

    def _renamed(self, old: str, new: str) -> Witness:
        def other(names: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
            meant = {k for k in names if isinstance(v := values.get(k), str) and v.casefold() == old.casefold()}
            return {k: new if k in meant else v for k, v in values.items()}

        state = dict(self.witness.state)
        for table in self.spec.tables.values():
            free = set(self._free_fields(table.record)) - {table.key}
            state[table.name] = _each_row(state.get(table.name), partial(other, free))
        events = tuple(
            evolve(e, arguments=other([n for n, k in self._kinds(e.tool).items() if _is_free(k)], e.arguments))
            if e.kind == "call"
            else e
            for e in self.witness.events
        )
        return evolve(self.witness, state=state, events=events)

    # --- moments

    def use_near_moments(self) -> None:
        """Has rows and calls hold moments of this year or so, and not the one at which all counting begins."""
        if self.spec.clock is None or len(self.spec.clock) <= len("2025-01-01"):
            return
        now = datetime.fromisoformat(self.spec.clock)
        told = [self.witness.state, [e.arguments for e in self.witness.events]]
        far = [datetime.fromisoformat(t) for t in _texts(told) if _is_far(t, now)]
        for days in DAYS_AWAY[:2] if far else ():
            moved = now.date() + timedelta(days=days) - far[0].date()
            together = self._all_moved(moved, now)
            if together is not None and self.takes(together):
                return
        for table in self.spec.tables.values():
            fields = self.spec.records[table.record].fields
            moments = [n for n, f in fields.items() if strip(f.type) in (Prim("date"), Prim("datetime"))]
            for at, row in enumerate(_rows_of(self.witness.state.get(table.name))):
                for name in (n for n in moments if _is_far(row.get(n), now)):
                    near = (_like(row[name], now + timedelta(days=days)) for days in DAYS_AWAY)
                    any(self.takes(self._with_field(table.name, at, name, moment)) for moment in near)

    def _all_moved(self, by: timedelta, now: datetime) -> Witness | None:
        """A witness in which all that is far off lies as far from each other as it did, if the calendar goes so far."""
        try:
            events = tuple(evolve(e, arguments=_moved(e.arguments, by, now)) for e in self.witness.events)
            return evolve(self.witness, state=_moved(self.witness.state, by, now), events=events)
        except OverflowError:
            return None

    def _with_field(self, table: str, at: int, name: str, value: str) -> Witness:
        count = iter(range(at + 1))

        def changed(row: dict[str, Any]) -> dict[str, Any]:
            return {**row, name: value} if next(count, None) == at else row

        rows = _each_row(self.witness.state[table], changed)
        return evolve(self.witness, state={**self.witness.state, table: rows})


def _is_far(value: Any, now: datetime) -> bool:
    """Whether a value is a moment of another time; a text may look like one and be none."""
    if not isinstance(value, str) or MOMENT.fullmatch(value) is None:
        return False
    try:
        return abs(datetime.fromisoformat(value).year - now.year) > MOST_YEARS
    except ValueError:
        return False


def _moved(value: Any, by: timedelta, now: datetime) -> Any:
    if isinstance(value, dict):
        return {k: _moved(v, by, now) for k, v in value.items()}
    if isinstance(value, list):
        return [_moved(v, by, now) for v in value]
    return _like(value, datetime.fromisoformat(value) + by) if _is_far(value, now) else value


def _like(value: str, moment: datetime) -> str:
    """A moment as a date or as a date and time, as the value it stands for."""
    return moment.date().isoformat() if len(value) == len("2025-01-01") else moment.isoformat()


def _is_free(kind: Type) -> bool:
    return strip(kind) in (Prim("id"), Prim("text"), Prim("email"))


def _rows_of(rows: Any) -> list[dict[str, Any]]:
    found = rows.values() if isinstance(rows, dict) else rows or []
    return [r for r in found if isinstance(r, dict)]


def _each_row(rows: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(rows, dict):
        return {k: change(r) if isinstance(r, dict) else r for k, r in rows.items()}
    return [change(r) if isinstance(r, dict) else r for r in rows] if isinstance(rows, list) else rows


def _keys(rows: Any) -> set[str]:
    return set(rows) if isinstance(rows, dict) else set()


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, those of its parts as well."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(part)


def _with_argument(witness: Witness, n: int, name: str, value: Any) -> Witness:
    event = evolve(witness.events[n], arguments={**witness.events[n].arguments, name: value})
    return evolve(witness, events=(*witness.events[:n], event, *witness.events[n + 1 :]))


# --- cutting down -----------------------------------------------------------------------------------------------------


def cut_down(witness: Witness, test: Callable[[Witness], Any]) -> Witness:
    """A witness of which no event, no fact and no row can be left out."""
    for parts, without in CUTS:
        before = None
        while before is not witness:
            before = witness
            for part in reversed(list(parts(witness))):
                smaller = without(witness, part)
                if passes(smaller, test):
                    witness = smaller
    return witness


def passes(witness: Witness, test: Callable[[Witness], Any]) -> bool:
    try:
        test(witness)
    except Refuted:
        return False
    return True


def _without_event(witness: Witness, n: int) -> Witness:
    events = witness.events[:n] + witness.events[n + 1 :]
    said = tuple(_earlier(s, n) for s in witness.said if s.event != n and ("event", n) not in s.about)
    return evolve(witness, events=events, said=said)


def _earlier(said: Said, gone: int) -> Said:
    """A fact in a conversation without an event."""
    about = tuple(
        ("event", a[1] - (a[1] > gone)) if isinstance(a, tuple) and len(a) == 2 and a[0] == "event" else a
        for a in said.about
    )
    return evolve(said, event=said.event - (said.event > gone), about=about)


def _without_fact(witness: Witness, n: int) -> Witness:
    return witness.saying(witness.said[:n] + witness.said[n + 1 :])


def _rows(witness: Witness) -> Iterator[tuple[str, Any]]:
    for name, rows in witness.state.items():
        if isinstance(rows, list):
            yield from ((name, n) for n in range(len(rows)))
        elif isinstance(rows, dict) and all(isinstance(r, dict) for r in rows.values()):
            yield from ((name, key) for key in rows)


def _without_row(witness: Witness, row: tuple[str, Any]) -> Witness:
    name, key = row
    rows = witness.state[name]
    left = rows[:key] + rows[key + 1 :] if isinstance(rows, list) else {k: r for k, r in rows.items() if k != key}
    return evolve(witness, state={**witness.state, name: left})


Cut = tuple[Callable[[Witness], Iterable[Any]], Callable[[Witness, Any], Witness]]
CUTS: tuple[Cut, ...] = (
    (lambda w: range(len(w.events)), _without_event),
    (lambda w: range(len(w.said)), _without_fact),
    (_rows, _without_row),
)


__all__ = ["cut_down", "passes", "plainest"]
