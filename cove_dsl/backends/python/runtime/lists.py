"""Lists, and the folds over them. A comprehension hands over its items, MAYBE for each of which it is not known whether
it belongs."""

from collections.abc import Callable, Iterable
from typing import Any

from .numbers import add
from .texts import on_texts
from .times import instant
from .values import MAYBE, UNKNOWN, has_unknown, is_number, said, same, whole_number

LONGEST_RANGE = 10_000


# --- folds ------------------------------------------------------------------------------------------------------------


def whole(items: Iterable[Any]) -> Any:
    """A comprehension as a plain list."""
    made = list(items)
    for item in made:
        if item is MAYBE:
            return UNKNOWN
    return made


def some(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    doubt = False
    for item in items or ():
        if item is not MAYBE:
            return True
        doubt = True
    return UNKNOWN if doubt else False


def no(items: Any) -> Any:
    found = some(items)
    return UNKNOWN if found is UNKNOWN else not found


def every(items: Any) -> Any:
    doubt = items is UNKNOWN
    for item in () if items is UNKNOWN else items or ():
        if item is False:
            return False
        doubt = doubt or item is not True
    return UNKNOWN if doubt else True


def count(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    if isinstance(items, (list, dict)):
        return len(items)
    n = 0
    for item in items or ():
        if item is MAYBE:
            return UNKNOWN
        n += 1
    return n


def first(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    for item in items or ():
        return UNKNOWN if item is MAYBE else item
    return None


def last(items: Any) -> Any:
    if isinstance(items, list):
        return None if not items else UNKNOWN if items[-1] is MAYBE else items[-1]
    return UNKNOWN if items is UNKNOWN else first(reversed(list(items or ())))


def only(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    made = list(items or ())
    if any(i is MAYBE for i in made):
        return UNKNOWN
    return made[0] if len(made) == 1 else None


def _known(items: Any) -> list[Any] | None:
    """The items of a list if every one is known; the list may be a comprehension's."""
    if items is UNKNOWN or isinstance(items, (str, dict)):
        return None
    made = list(items or ())
    return None if any(i is MAYBE or i is UNKNOWN for i in made) else made


def sum_(items: Any) -> Any:
    made = _known(items)
    if made is None:
        return UNKNOWN
    total: Any = 0
    for item in made:
        total = add(total, item)
    return total


def _extreme(items: Any, zone: int, pick: Any) -> Any:
    made = _known(items)
    ranks = None if made is None else [i if is_number(i) else instant(i, zone) for i in made]
    if made is None or ranks is None or not all(map(is_number, ranks)):
        return UNKNOWN
    return made[pick(range(len(made)), key=ranks.__getitem__)] if made else None


def min_(items: Any, zone: int = 0) -> Any:
    return _extreme(items, zone, min)


def max_(items: Any, zone: int = 0) -> Any:
    return _extreme(items, zone, max)


# --- whole lists ------------------------------------------------------------------------------------------------------


def range_(low: Any, high: Any) -> Any:
    first_, last_ = whole_number(low), whole_number(high)
    if first_ is None or last_ is None or last_ - first_ >= LONGEST_RANGE:
        return UNKNOWN
    return list(range(first_, last_ + 1))


def _known_list(items: Any) -> list[Any] | None:
    return items if isinstance(items, list) and not any(i is UNKNOWN for i in items) else None


def _on_list(function: Callable[[list[Any]], Any]) -> Callable[[Any], Any]:
    def apply(items: Any) -> Any:
        made = _known_list(items)
        return UNKNOWN if made is None else function(made)

    return apply


def _distinct(items: list[Any]) -> Any:
    if has_unknown(items):
        return UNKNOWN
    made: list[Any] = []
    for item in items:
        if not any(same(item, other) for other in made):
            made.append(item)
    return made


def _flatten(items: list[Any]) -> Any:
    return [x for inner in items for x in inner] if all(isinstance(i, list) for i in items) else UNKNOWN


def _map_of(pairs: list[Any]) -> Any:
    fitting = all(isinstance(p, list) and len(p) == 2 and isinstance(said(p[0]), str) for p in pairs)
    return {said(p[0]): p[1] for p in pairs} if fitting else UNKNOWN


def _sorted(items: list[Any]) -> Any:
    ranks = _sortable(items)
    return UNKNOWN if ranks is None else sorted(ranks)


def _sortable(items: list[Any]) -> list[Any] | None:
    """Items that have an order: all numbers, or all text."""
    if all(map(is_number, items)):
        return items
    texts = [said(i) for i in items]
    return texts if all(isinstance(t, str) for t in texts) else None


def _running_totals(items: list[Any]) -> Any:
    if not all(map(is_number, items)):
        return UNKNOWN
    totals: list[Any] = []
    total: Any = 0
    for item in items:
        totals.append(total)
        total = add(total, item)
    return totals


distinct = _on_list(_distinct)
sorted_ = _on_list(_sorted)
reversed_ = _on_list(lambda items: items[::-1])
flatten = _on_list(_flatten)
running_totals = _on_list(_running_totals)
map_of = _on_list(_map_of)


def zip_(*lists: Any) -> Any:
    made = [_known_list(items) for items in lists]
    return (
        UNKNOWN if any(m is None for m in made) else [list(row) for row in zip(*(m or [] for m in made), strict=False)]
    )


def take(items: Any, n: Any) -> Any:
    made, many = _known_list(items), whole_number(n)
    return UNKNOWN if made is None or many is None else made[: max(0, many)]


def contains_all(items: Any, wanted: Any) -> Any:
    """Multiset containment: each wanted item at least as often."""
    if not isinstance(items, list) or not isinstance(wanted, list) or has_unknown(items) or has_unknown(wanted):
        return UNKNOWN
    rest = list(items)
    for item in wanted:
        at = next((i for i, other in enumerate(rest) if same(item, other)), None)
        if at is None:
            return False
        del rest[at]
    return True


def same_items(a: Any, b: Any) -> Any:
    contained = contains_all(a, b)
    return contained if contained is not True else len(a) == len(b)


def keys(a: Any) -> Any:
    return list(a) if isinstance(a, dict) else UNKNOWN


def values(a: Any) -> Any:
    return list(a.values()) if isinstance(a, dict) else UNKNOWN


def _ordered(items: Any, by: Any, reverse: bool) -> Any:
    made, given = _known_list(items), _known_list(by)
    ranks = _sortable(given) if given is not None else None
    if made is None or ranks is None or len(made) != len(ranks):
        return UNKNOWN
    order_ = sorted(range(len(made)), key=ranks.__getitem__, reverse=reverse)
    return [made[i] for i in order_]


def order(items: Any, by: Any) -> Any:
    return _ordered(items, by, False)


def order_descending(items: Any, by: Any) -> Any:
    return _ordered(items, by, True)


def join(items: Any, separator: Any) -> Any:
    made = _known_list(items)
    return UNKNOWN if made is None else _joined(separator, *made)


_joined = on_texts(lambda separator, *texts: separator.join(texts))
