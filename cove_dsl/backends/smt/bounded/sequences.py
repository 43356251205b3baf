"""Lists over a fixed shape: items stand in order, each under its condition. Everything here is exact."""

from collections.abc import Callable
from typing import Literal

from .. import terms
from ..terms import FALSE, TRUE
from .values import Doubt, Maybe, Scalar, Seq, Sort, Truth, Unsupported, Value, as_maybe, known_of, merge

Equal = Callable[[Value, Value], Truth]
MOST_ITEMS = 250
MOST_ORDERED = 40


def certain(seq: Seq) -> list[tuple[str, Value]]:
    return [(g, v) for g, v in seq.items if not isinstance(v, Doubt)]


def doubt(seq: Seq) -> str:
    """That some item may or may not be there."""
    return terms.either(g for g, v in seq.items if isinstance(v, Doubt))


def settled(seq: Seq) -> Seq:
    """The list as a value: unknown if any item is in doubt."""
    unsure = doubt(seq)
    known = terms.both([seq.known, terms.negate(unsure)])
    return seq if unsure == FALSE else Seq(tuple(certain(seq)), known)


def whole(seq: Seq) -> str:
    """When a list is known, and so is every item of it, be it absent."""
    items = (terms.implies(g, _seen(v)) for g, v in certain(seq))
    return terms.both([settled(seq).known, *items])


def _seen(item: Value) -> str:
    if isinstance(item, Maybe):
        return terms.both([item.known, terms.implies(item.present, known_of(item.value))])
    return known_of(item)


def limited(items: list[tuple[str, Value | Doubt]]) -> tuple[tuple[str, Value | Doubt], ...]:
    kept = tuple((g, v) for g, v in items if g != FALSE)
    if len(kept) > MOST_ITEMS:
        raise Unsupported(f"a list of more than {MOST_ITEMS} candidates")
    return kept


def tally(guards: list[str]) -> str:
    """How many conditions hold."""
    sure_ones = sum(g == TRUE for g in guards)
    words = [f"(ite {g} 1 0)" for g in guards if g not in (TRUE, FALSE)]
    if not words:
        return str(sure_ones)
    return (
        f"(+ {' '.join([*([str(sure_ones)] if sure_ones else []), *words])})"
        if sure_ones or len(words) > 1
        else words[0]
    )


def number_equal(a: str, b: str) -> str:
    """Equality that sees through numerals."""
    return FALSE if a != b and a.isdigit() and b.isdigit() else terms.equal(a, b)


def rank(seq: list[tuple[str, Value]], at: int) -> str:
    """How many items stand before one."""
    return tally([g for g, _ in seq[:at]])


def some(seq: Seq) -> Truth:
    there = terms.either(g for g, _ in certain(seq))
    return Truth(
        terms.both([seq.known, there]), terms.both([seq.known, terms.negate(terms.either([there, doubt(seq)]))])
    )


def every(seq: Seq) -> Truth:
    found = [(g, v) for g, v in certain(seq)]
    if not all(isinstance(v, Truth) for _, v in found):
        raise Unsupported("`every` of what is no condition")
    no = terms.either(terms.both([g, v.no]) for g, v in found if isinstance(v, Truth))
    yes = terms.both(terms.implies(g, v.yes) for g, v in found if isinstance(v, Truth))
    return Truth(terms.both([seq.known, yes, terms.negate(doubt(seq))]), terms.both([seq.known, no]))


def count(seq: Seq) -> Scalar:
    seq = settled(seq)
    return Scalar(tally([g for g, _ in certain(seq)]), "Int", seq.known)


def first(seq: Seq, blank: Value) -> Maybe:
    """The first item; unknown where that is one in doubt."""
    answer = Maybe(FALSE, blank)
    for guard, value in reversed(seq.items):
        found = Maybe(TRUE, blank, FALSE) if isinstance(value, Doubt) else _present(value)
        answer = as_maybe(merge(guard, found, answer))
    return _known(answer, seq.known)


def last(seq: Seq, blank: Value) -> Maybe:
    return first(Seq(tuple(reversed(seq.items)), seq.known), blank)


def only(seq: Seq, blank: Value) -> Maybe:
    seq = settled(seq)
    found = first(seq, blank)
    alone = number_equal(count(seq).term, "1")
    return Maybe(terms.both([alone, found.present]), found.value, found.known)


def _present(value: Value) -> Maybe:
    return value if isinstance(value, Maybe) else Maybe(TRUE, value, known_of(value))


def _known(value: Maybe, known: str) -> Maybe:
    return Maybe(value.present, value.value, terms.both([known, value.known]))


def total(seq: Seq, sort: Sort) -> Scalar:
    seq = settled(seq)
    zero = "0.0" if sort == "Real" else "0"
    words, known = [], [seq.known]
    for guard, value in certain(seq):
        if not isinstance(value, Scalar):
            raise Unsupported("a sum of what may be absent")
        known.append(terms.implies(guard, value.known))
        term = terms.real(value.term, value.sort) if sort == "Real" else value.term
        words.append(terms.choose(guard, term, zero))
    term = f"(+ {' '.join(words)})" if len(words) > 1 else words[0] if words else zero
    return Scalar(term, sort, terms.both(known))


def extreme(seq: Seq, relation: Literal["<", ">"], blank: Value) -> Maybe:
    """The least or greatest item, the first of several; unknown if any of them is."""
    seq = settled(seq)
    found = certain(seq)
    if not all(isinstance(v, Scalar) for _, v in found):
        raise Unsupported("the least or greatest of what may be absent")
    seen = terms.both([seq.known, *(terms.implies(g, known_of(v)) for g, v in found)])
    answer = Maybe(FALSE, blank, seen)
    for guard, value in found:
        if answer.present == FALSE:
            answer = Maybe(guard, value, seen)
            continue
        best = answer.value
        assert isinstance(best, Scalar)
        assert isinstance(value, Scalar)
        better = terms.both(
            [guard, terms.either([terms.negate(answer.present), f"({relation} {value.term} {best.term})"])]
        )
        answer = Maybe(terms.either([answer.present, guard]), merge(better, value, best), seen)
    return answer


def at(seq: Seq, position: str, blank: Value) -> Maybe:
    """The item at a position, from 0."""
    items = certain(settled(seq))
    return first(Seq(tuple(_placed(items, position)), settled(seq).known), blank)


def _placed(items: list[tuple[str, Value]], position: str) -> list[tuple[str, Value]]:
    """Each item under the condition that it stands at a position."""
    return [(terms.both([g, number_equal(rank(items, i), position)]), v) for i, (g, v) in enumerate(items)]


def _one_of(chosen: list[tuple[str, Value]], blank: Value) -> Value:
    """The one item whose condition holds, be it absent."""
    if not chosen:
        return blank
    answer = chosen[-1][1]
    for guard, value in reversed(chosen[:-1]):
        answer = merge(guard, value, answer)
    return answer


def zipped(lists: list[Seq], blanks: list[Value]) -> Seq:
    lists = [settled(s) for s in lists]
    known = terms.both(s.known for s in lists)
    length = min((len(s.items) for s in lists), default=0)
    rows: list[tuple[str, Value | Doubt]] = []
    for n in range(length):
        found = [_placed(certain(s), str(n)) for s in lists]
        there = terms.both(terms.either(g for g, _ in chosen) for chosen in found)
        rows.append((there, Seq(tuple((TRUE, _one_of(c, b)) for c, b in zip(found, blanks, strict=True)))))
    return Seq(limited(rows), known)


def flattened(seq: Seq) -> Seq:
    items: list[tuple[str, Value | Doubt]] = []
    known = [settled(seq).known]
    for guard, inner in certain(seq):
        inner = inner.value if isinstance(inner, Maybe) else inner
        if not isinstance(inner, Seq):
            raise Unsupported("a list of what are no lists")
        known.append(terms.implies(guard, settled(inner).known))
        items += [(terms.both([guard, g]), v) for g, v in certain(inner)]
    return Seq(limited(items), terms.both(known))


def distinct(seq: Seq, equal: Equal) -> Seq:
    seq = settled(seq)
    items = certain(seq)
    kept: list[tuple[str, Value | Doubt]] = []
    for i, (guard, value) in enumerate(items):
        before = terms.either(terms.both([g, equal(v, value).yes]) for g, v in items[:i])
        kept.append((terms.both([guard, terms.negate(before)]), value))
    return Seq(limited(kept), seq.known)


def take(seq: Seq, many: str) -> Seq:
    items = certain(settled(seq))
    kept = [(terms.both([g, f"(< {rank(items, i)} {many})"]), v) for i, (g, v) in enumerate(items)]
    return Seq(tuple(kept), settled(seq).known)


def ordered(seq: Seq, keys: list[Scalar], descending: bool, blank: Value) -> Seq:
    """Sorted by keys that are known, one for each item; ties stay in order."""
    items = certain(seq)
    if len(items) > MOST_ORDERED:
        raise Unsupported(f"the order of a list of more than {MOST_ORDERED} candidates")
    before, relation = [], ">" if descending else "<"
    for i, (_, _) in enumerate(items):
        smaller = [
            terms.both([g, terms.either([f"({relation} {keys[j].term} {keys[i].term})", *_tie(keys, i, j)])])
            for j, (g, _) in enumerate(items)
            if j != i
        ]
        before.append(tally(smaller))
    size = tally([g for g, _ in items])
    rows: list[tuple[str, Value | Doubt]] = []
    for n in range(len(items)):
        chosen = [(terms.both([g, number_equal(before[i], str(n))]), v) for i, (g, v) in enumerate(items)]
        rows.append((f"(< {n} {size})", _one_of(chosen, blank)))
    return Seq(limited(rows), seq.known)


def _tie(keys: list[Scalar], i: int, j: int) -> list[str]:
    return [number_equal(keys[j].term, keys[i].term)] if j < i else []


def contains_all(whole: Seq, wanted: Seq, equal: Equal) -> Truth:
    """Each wanted item occurs at least as often."""
    whole, wanted = settled(whole), settled(wanted)
    enough = []
    for guard, value in certain(wanted):
        have = tally([terms.both([g, equal(value, v).yes]) for g, v in certain(whole)])
        need = tally([terms.both([g, equal(value, v).yes]) for g, v in certain(wanted)])
        enough.append(terms.implies(guard, f"(>= {have} {need})"))
    answer, known = terms.both(enough), terms.both([whole.known, wanted.known])
    return Truth(terms.both([known, answer]), terms.both([known, terms.negate(answer)]))


def equal_lists(a: Seq, b: Seq, equal: Equal) -> str:
    """That two lists hold equal items in the same order."""
    xs, ys = certain(a), certain(b)
    if all(g == TRUE for g, _ in [*xs, *ys]):
        return (
            terms.both(equal(x, y).yes for (_, x), (_, y) in zip(xs, ys, strict=True)) if len(xs) == len(ys) else FALSE
        )
    parts = [number_equal(tally([g for g, _ in xs]), tally([g for g, _ in ys]))]
    for i, (g, x) in enumerate(xs):
        for j, (h, y) in enumerate(ys):
            same_place = number_equal(rank(xs, i), rank(ys, j))
            parts.append(terms.implies(terms.both([g, h, same_place]), equal(x, y).yes))
    return terms.both(parts)


def running_totals(seq: Seq, sort: Sort) -> Seq:
    items = certain(settled(seq))
    rows = [(g, total(Seq(tuple(items[:i])), sort)) for i, (g, _) in enumerate(items)]
    return Seq(tuple(rows), settled(seq).known)
