"""Names in the worlds of stories: a model calls what nobody looks at what it has at hand, which may be a phrase that
some rule listens for. Such a name is replaced by a neutral one, or by an example from the documentation.
"""

from collections.abc import Iterator
from itertools import chain, count
from typing import Any

from attrs import evolve

from ..backends.smt.bounded.decode import Witness
from ..backends.smt.bounded.language import FIXED
from ..backends.smt.bounded.questions import QUOTED
from ..backends.smt.relevance import once
from ..core.nodes import Const
from ..core.spec import Spec
from ..core.types import ListType, Type, is_text, strip
from ..core.walk import walk


def named_by_accident(witness: Witness, spec: Spec) -> list[tuple[str, str]]:
    """Texts in the world that are fixed texts of the specification, each with the name of a field that holds it."""
    accidental = _accidental(spec)
    return [(t, f) for t, f in dict(_texts_in(witness.state, "")).items() if t.casefold() in accidental]


@once
def _accidental(spec: Spec) -> frozenset[str]:
    """The fixed texts that a row only holds by accident: no values of an enum or tags of a case, and no examples."""
    named = {w for e in spec.enums.values() for w in e.values.values()} | set(_examples(spec).values())
    named |= {c.wire for r in spec.records.values() for c in r.cases.values()}
    return frozenset({t.casefold() for t in _fixed_texts(spec)} - {n.casefold() for n in named})


def _texts_in(value: Any, name: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield value, name
        case list():
            for item in value:
                yield from _texts_in(item, name)
        case dict():
            for key, item in value.items():
                yield from _texts_in(item, key)


@once
def _fixed_texts(spec: Spec) -> frozenset[str]:
    bodies = [b for r in spec.rules.values() for b in (r.body, r.duties)] + [d.body for d in spec.defines.values()]
    bodies += [t.body for t in spec.tools.values() if t.body is not None]
    consts = (n for body in bodies for n in walk(body) if isinstance(n, Const) and _is_of_texts(n.type))
    return frozenset(t for c in consts for t in (c.value if isinstance(c.value, list) else [c.value]) if t)


def _is_of_texts(kind: Type) -> bool:
    plain = strip(kind)
    return _is_of_texts(plain.item) if isinstance(plain, ListType) else is_text(plain)


@once
def _examples(spec: Spec) -> dict[str, str]:
    """What the documentation of tools names as an example, by the name of the parameter."""
    params = (p for t in spec.tools.values() for p in t.params if is_text(p.type))
    return {p.name: found[1] for p in params if (found := QUOTED.search(p.doc)) is not None}


def other_name(field: str, witness: Witness, spec: Spec) -> str:
    """A name for what a field holds that nothing else is called: an example from the documentation, or else a number
    of it."""
    taken = {t.casefold() for t, _ in _texts_in(witness.state, "")}
    examples = [e for name, e in _examples(spec).items() if name == field]
    numbered = (f"{field}{n}" for n in count(1))
    return next(n for n in chain(examples, numbered) if n.casefold() not in taken)


def called_otherwise(witness: Witness, name: str, other: str) -> Witness:
    """With another text for one, in any case of letters; the words that rules listen for stay."""
    every = {t: other for t in _said_or_held(witness) if t.casefold() == name.casefold()}
    events = tuple(evolve(e, arguments=renamed(e.arguments, every)) for e in witness.events)
    said = tuple(
        evolve(s, about=s.about if s.op in FIXED else renamed(s.about, every), texts=renamed(s.texts, every))
        for s in witness.said
    )
    return evolve(witness, state=renamed(witness.state, every), events=events, said=said)


def _said_or_held(witness: Witness) -> set[str]:
    held: list[Any] = [witness.state, *(e.arguments for e in witness.events)]
    held += [list(part) for s in witness.said for part in (s.about, s.texts)]
    return {t for thing in held for t, _ in _texts_in(thing, "")} | set(_keys_in(witness.state))


def _keys_in(value: Any) -> Iterator[str]:
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys_in(item)
    yield from value if isinstance(value, dict) else ()


def renamed(value: Any, names: dict[str, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case list() | tuple():
            return type(value)(renamed(v, names) for v in value)
        case dict():
            return {names.get(k, k): renamed(v, names) for k, v in value.items()}
    return value


__all__ = ["called_otherwise", "named_by_accident", "other_name", "renamed"]
