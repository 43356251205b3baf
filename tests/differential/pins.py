"""Facts of a filling as terms about the constants of its question.

What letters and phrases mean is by design not the encoding's: each answer that the reference was given is a fact, too.
"""

from typing import Any

from attrs import define, field

from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.backends.smt import terms
from cove_dsl.backends.smt.bounded.expressions import number
from cove_dsl.backends.smt.bounded.language import Amount
from cove_dsl.backends.smt.bounded.sequences import number_equal
from cove_dsl.backends.smt.bounded.trajectory import Slot
from cove_dsl.backends.smt.bounded.values import (
    NOTHING,
    Maybe,
    Place,
    Scalar,
    Seq,
    Truth,
    Unsupported,
    Value,
    as_maybe,
)
from cove_dsl.core import evaluator as evaluation
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.types import MapType, Prim, Type, strip
from cove_dsl.core.values import UNKNOWN, Undefined, is_number
from cove_dsl.source import NOWHERE

from .machine import plainly
from .scenes import Beyond, Filling, Heard, Observed, Reading


@define
class Pins:
    """Facts as terms about a question's constants."""

    question: Observed
    found: list[str] = field(factory=list)

    def world(self, state: dict[str, Any], known: frozenset[str]) -> None:
        """Of the tables and states that are known, what stands in them."""
        q = self.question
        for name, rows in q.opening.items():
            if name not in known:
                continue
            table = q.spec.tables[name]
            given = state[name] if table.as_list else list(state[name].values())
            if len(given) > len(rows):
                raise Beyond("more rows than are looked at")
            for i, (there, cell) in enumerate(rows):
                self.found.append(there if i < len(given) else terms.negate(there))
                if i < len(given):
                    self.record(cell, given[i])
        for name, value in q.opening_states.items():
            if name in known:
                self.value(value, state.get(name), q.spec.states[name].type)

    def value(self, value: Value, given: Any, kind: Type) -> None:
        match value:
            case Maybe(present, inner):
                self.found.append(present if given is not None else terms.negate(present))
                if given is not None:
                    self.value(inner, given, strip(kind))
            case Truth(yes):
                self.found.append(yes if given else terms.negate(yes))
            case Scalar(term, zone=zone):
                pinned = self.scalar(given, strip(kind), value)
                if pinned.zone != zone:
                    raise Beyond("a time in another zone than the clock's")
                self.found.append(f"(= {term} {pinned.term})")
            case Seq(items):
                item = strip(kind).item  # type: ignore[union-attr]
                if len(given) > len(items):
                    raise Beyond("more items than are looked at")
                for i, (there, v) in enumerate(items):
                    self.found.append(there if i < len(given) else terms.negate(there))
                    if i < len(given):
                        self.value(v, given[i], item)  # type: ignore[arg-type]
            case Place(((_, cell),)) if isinstance(cell.type, MapType):
                self.mapping(cell, given, cell.type)
            case Place(((_, cell),)):
                self.record(cell, given)
            case _:
                raise Beyond(f"a value of type `{kind}`")

    def scalar(self, given: Any, kind: Type, like: Scalar) -> Scalar:
        if isinstance(kind, Prim) and kind.name in ("date", "time", "datetime"):
            return self.question.moment(given, kind)
        return number(given, kind) if is_number(given) else self.question.text(given)

    def record(self, cell: Any, given: dict[str, Any]) -> None:
        record = self.question.spec.records[cell.type.name]
        fields = dict(record.fields)
        if record.tag is not None:
            fields |= next(c.fields for c in record.cases.values() if c.wire == given[record.tag])
        for name, value in cell.initial.items():
            if name == record.tag:
                self.found.append(f"(= {value.term} {self.question.text(given[name]).term})")
            elif name in fields:
                self.value(value, given.get(name), fields[name].type)

    def mapping(self, cell: Any, given: dict[str, Any], kind: MapType) -> None:
        entries = self.question.opened[id(cell)]
        pairs = list(given.items())
        if len(pairs) > len(entries):
            raise Beyond("more entries than are looked at")
        for i, (there, key, value) in enumerate(entries):
            self.found.append(there if i < len(pairs) else terms.negate(there))
            if i < len(pairs):
                self.value(key, pairs[i][0], kind.key)
                self.value(value, pairs[i][1], kind.value)

    # --- the conversation

    def conversation(self, filling: Filling) -> None:
        q = self.question
        events = read_trajectory(filling.messages).events
        assert [e.kind for e in events] == [s.kind for s in q.slots]
        for slot, event in zip(q.slots, events, strict=True):
            words: Any = q.opaque.get(f"words.{slot.index}")
            if words is not None:
                text = event.text if event.kind == "message" else event.result_text  # type: ignore[union-attr]
                self.found.append(f"(= {words.term} {q.text(text).term})")
            if slot.kind != "call":
                continue
            tool = q.spec.tools[slot.tool]
            for param in tool.params:
                self.value(slot.args[param.name], event.arguments.get(param.name), param.type)  # type: ignore[union-attr]
            self.found.append(slot.ok if event.ok else terms.negate(slot.ok))  # type: ignore[union-attr]
            if event.ok and tool.body is None:  # type: ignore[union-attr]
                self.value(slot.result, event.result, tool.returns)  # type: ignore[union-attr, arg-type]
            elif event.ok:  # type: ignore[union-attr]
                self.found.append(self.result(slot, event))

    def result(self, slot: Slot, event: Any) -> str:
        """That a call gives what it gave."""
        q, kind = self.question, self.question.spec.tools[slot.tool].returns
        given = evaluation.Evaluator(q.spec, MemoryWorld(q.spec)).result(event, kind)
        try:
            return q.same(slot.result if slot.result is not None else NOTHING, q.literal(given, kind, NOWHERE)).yes
        except Unsupported as gap:
            raise Beyond(f"a result: {gap.what}") from gap

    # --- language and letters

    def answers(self, reading: Reading) -> None:
        said: dict[str, Any] = {}
        for heard in reading.heard:
            if heard.answer is None or heard.answer is UNKNOWN:
                continue
            key = f"{heard.op}{heard.events}{[_named(a) for a in heard.about]}"
            if said.setdefault(key, heard.answer) != heard.answer:
                raise Beyond("a message that is heard in two ways")
            if heard.op in ("claims", "invented"):
                self.stated(heard)
            else:
                self.heard(heard)
        for op, args, value in self.question.functions.values():
            for given, result in reading.computed.get(op, ()):
                if result is not UNKNOWN:
                    self.computed(args, given, value, result)

    def stated(self, heard: Heard) -> None:
        """Each text that a message states."""
        for n in heard.events if len(heard.events) == 1 else ():
            made = self.question.statements.get(f"{heard.op}.{n}")
            if made is None:
                continue
            if len(heard.answer) > len(made.items):
                raise Beyond("more statements than are looked at")
            for i, (there, text) in enumerate(made.items):
                self.found.append(there if i < len(heard.answer) else terms.negate(there))
                if i < len(heard.answer):
                    self.found.append(f"(= {text.term} {self.question.text(heard.answer[i]).term})")

    def heard(self, heard: Heard) -> None:
        """What is said by one message is a fact; of several, no one says what they do not say together."""
        facts = [f for f in self.question.facts.values() if f.op == heard.op and f.slot.index in heard.events
                 and len(f.about) == len(heard.about)]  # fmt: skip
        meant = [(terms.both(self.same(a, b) for a, b in zip(f.about, heard.about, strict=True)), f) for f in facts]
        meant = [(same, f) for same, f in meant if same != terms.FALSE]
        if not heard.answer:
            self.found += [terms.implies(same, terms.negate(f.term)) for same, f in meant]
        elif len(heard.events) == 1:
            self.found += [terms.implies(same, f.term) for same, f in meant]
        elif meant and all(same == terms.TRUE for same, _ in meant):
            self.found.append(terms.either(f.term for _, f in meant))

    def same(self, about: Any, given: Any) -> str:
        """That a fact is about this."""
        if isinstance(about, Slot):
            return terms.TRUE if getattr(given, "position", None) == about.index else terms.FALSE
        if isinstance(about, Amount):
            return self.equals(about.value, given, about.kind)
        return terms.TRUE if _plain(about) == _plain(given) else terms.FALSE

    def equals(self, value: Value, given: Any, kind: Type) -> str:
        """That an open value is this one."""
        if given is None:
            return terms.negate(as_maybe(value).present)
        inner = as_maybe(value)
        if not isinstance(inner.value, Scalar):
            raise Beyond("a fact about what is no scalar")
        wanted = self.scalar(given, strip(kind), inner.value)
        return terms.both([inner.present, terms.equal(_real(inner.value), _real(wanted))])

    def computed(self, args: list[Value], given: tuple[Any, ...], value: Value, result: Any) -> None:
        """What a function of some arguments gives."""
        parts = []
        for one, other in zip(args, given, strict=True):
            same = self.alike(one, other)
            if same == terms.FALSE:
                return
            parts.append(same)
        gives = self.alike(value, result)
        if gives == terms.FALSE:
            raise Beyond("what a built-in gives has more items than are looked at")
        self.found.append(terms.implies(terms.both(parts), gives))

    def alike(self, value: Value, given: Any) -> str:
        """That an open value of any shape is this one."""
        match value:
            case Maybe(present, inner, known):
                if given is None:
                    return terms.both([known, terms.negate(present)])
                return terms.both([known, present, self.alike(inner, given)])
            case Truth(yes, no):
                return (yes if given else no) if isinstance(given, bool) else terms.FALSE
            case Scalar(term, sort, known) if isinstance(given, str) and sort == "Int":
                return terms.both([known, f"(= {term} {self.question.text(given).term})"])
            case Scalar(term, "Real", known) if isinstance(given, str):
                try:
                    moment = self.question.moment(given, Prim("datetime"))
                except Undefined:
                    return terms.FALSE
                return terms.both([known, f"(= {term} {moment.term})", number_equal(value.zone, moment.zone)])
            case Scalar(_, sort, known) if is_number(given):
                wanted = number(given, Prim("decimal" if sort == "Real" else "int"))
                return terms.both([known, f"(= {_real(value)} {_real(wanted)})"])
            case Seq(items, known) if isinstance(given, list):
                there = [(g, v) for g, v in items]
                return terms.both([known, *self._items(there, given)])
        return terms.FALSE

    def _items(self, items: list[Any], given: list[Any]) -> list[str]:
        """That the items which are there are these, in order: every way to take so many of them."""
        ways: dict[int, str] = {0: terms.TRUE}
        for guard, value in items:
            after: dict[int, str] = {}
            for taken, way in ways.items():
                skip = terms.both([way, terms.negate(guard)])
                after[taken] = terms.either([after.get(taken, terms.FALSE), skip])
                if taken < len(given):
                    take = terms.both([way, guard, self.alike(value, given[taken])])
                    after[taken + 1] = terms.either([after.get(taken + 1, terms.FALSE), take])
            ways = after
        return [ways.get(len(given), terms.FALSE)]


def _real(scalar: Scalar) -> str:
    return terms.real(scalar.term, scalar.sort)


def _plain(value: Any) -> Any:
    return tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value


def _named(value: Any) -> Any:
    return ("event", value.position) if hasattr(value, "position") else repr(plainly(value))
