"""When two values of a small world are the same."""

from typing import Any

from attrs import define

from ....core.types import MapType, RecordType
from .. import terms
from ..terms import FALSE, TRUE
from . import sequences as lists
from .texts import Texts
from .values import (
    NOTHING,
    Arguments,
    Cell,
    Happening,
    Maybe,
    Place,
    Scalar,
    Seq,
    Truth,
    Value,
    as_maybe,
    sure,
    wholly_known,
)


@define
class Equality(Texts):
    """Equality as the reference has it: numbers by size, records by their declared fields, datetimes as they are
    written; where instants are compared, they have been made numbers."""

    def words_of(self, slot: Any) -> Scalar:
        """The text of a message, as a value of its own."""
        raise NotImplementedError

    def same(self, a: Value, b: Value) -> Truth:
        """Equality; unknown where one side is."""
        term = self.equal(a, b)
        known = terms.both([wholly_known(a), wholly_known(b)])
        if known == TRUE:
            return sure(self.shared(term, "Bool"))
        return Truth(terms.both([known, term]), terms.both([known, terms.negate(term)]))

    def equal(self, a: Value, b: Value) -> str:
        match a, b:
            case (Maybe(), _) | (_, Maybe()):
                return self._equal_optionals(as_maybe(a), as_maybe(b))
            case Scalar(x, s, _, z), Scalar(y, t, _, u):
                size = lists.number_equal(x, y) if s == t else terms.equal(terms.real(x, s), terms.real(y, t))
                return terms.both([size, lists.number_equal(z, u)])
            case Truth(x, _), Truth(y, _):
                return terms.equal(x, y) if TRUE not in (x, y) else x if y == TRUE else y
            case Place(xs), Place(ys):
                return terms.either(terms.both([g, h, self.equal_cells(c, d)]) for g, c in xs for h, d in ys)
            case Seq(), Seq():
                return lists.equal_lists(a, b, self.same)
            case Happening(xs), Happening(ys):
                return terms.either(terms.both([g, h]) for g, c in xs for h, d in ys if c is d)
            case Arguments(x), Arguments(y):
                return terms.either(
                    terms.both([g, h, self._equal_arguments(c, d)]) for g, c in x.alts for h, d in y.alts
                )
            case (Happening() as said, Scalar(word)) | (Scalar(word), Happening() as said):
                return terms.either(
                    terms.both([g, lists.number_equal(self.words_of(s).term, word)]) for g, s in said.alts
                )
        return FALSE

    def _equal_optionals(self, a: Maybe, b: Maybe) -> str:
        neither = terms.both([terms.negate(a.present), terms.negate(b.present)])
        if FALSE in (a.present, b.present):
            return neither
        return terms.either([neither, terms.both([a.present, b.present, self.equal(a.value, b.value)])])

    def equal_cells(self, a: Cell, b: Cell) -> str:
        if a is b:
            return TRUE
        if isinstance(a.type, MapType):
            return self._equal_maps(a, b)
        if not isinstance(a.type, RecordType) or not isinstance(b.type, RecordType) or a.type.name != b.type.name:
            return FALSE
        record = self.spec.records[a.type.name]
        parts = [self.equal(a.read(n), b.read(n)) for n in record.fields]
        if record.tag is not None:
            tag = a.read(record.tag)
            parts.append(self.equal(tag, b.read(record.tag)))
            for case in record.cases.values():
                here = self.equal(tag, self.text(case.wire))
                if here != FALSE:
                    fields = terms.both(self.equal(a.read(n), b.read(n)) for n in case.fields)
                    parts.append(terms.implies(here, fields))
        return self.shared(terms.both(parts), "Bool")

    def _equal_maps(self, a: Cell, b: Cell) -> str:
        same = [[self.shared(terms.both([g, h, self.equal(k, m), self.equal(v, w)]), "Bool") for h, m, w in b.entries]
                for g, k, v in a.entries]  # fmt: skip
        there = [terms.implies(g, terms.either(row)) for (g, _, _), row in zip(a.entries, same, strict=True)]
        back = [terms.implies(h, terms.either(row[j] for row in same)) for j, (h, _, _) in enumerate(b.entries)]
        return terms.both([*there, *back])

    def _equal_arguments(self, a: Any, b: Any) -> str:
        names = dict.fromkeys([*a.args, *b.args])
        return terms.both(self.equal(a.args.get(n, NOTHING), b.args.get(n, NOTHING)) for n in names)


__all__ = ["Equality"]
