"""What the built-in functions take and give: lists, text, numbers, time and language. None of them knows a desk."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from attrs import frozen

from ..core.types import (
    ANY,
    BOOL,
    DATE,
    DATETIME,
    DECIMAL,
    INT,
    TEXT,
    TIME,
    AbsentType,
    AnyType,
    EventType,
    ListType,
    MapType,
    Optional,
    Prim,
    TupleType,
    Type,
    fits,
    is_number,
    is_text,
    join,
    optional,
    strip,
)

Typer: TypeAlias = Callable[[list[Type]], "Type | str"]


@frozen
class Builtin:
    """`op` is the core's name; a result that is a text says what is wrong with the arguments.

    `kind`: plain functions everywhere; language ones make a verdict rest on a recogniser; random ones where worlds are
    made.
    """

    low: int
    high: int
    typer: Typer
    kind: Literal["plain", "language", "random"] = "plain"
    fold: bool = False


def _list(then: Callable[[Type], "Type | str"]) -> Typer:
    def typer(args: list[Type]) -> "Type | str":
        match args[0]:
            case ListType(item):
                return then(item)
            case AnyType():
                return then(ANY)
        return "needs a list"

    return typer


def _always(result: Type, *wanted: Callable[[Type], bool]) -> Typer:
    def typer(args: list[Type]) -> "Type | str":
        for i, (arg, test) in enumerate(zip(args, wanted, strict=False), 1):
            if not test(arg):
                return f"cannot take `{arg}` as argument {i}"
        return result

    return typer


def _anything(t: Type) -> bool:
    return not isinstance(t, Optional)


def _message(t: Type) -> bool:
    return is_text(t) or (isinstance(t, EventType) and t.kind in ("message", "step"))


def _messages(t: Type) -> bool:
    return _message(t) or _list_of(_message)(t)


def _readable(t: Type) -> bool:
    return (
        _message(t) or isinstance(t, EventType) or (isinstance(t, Prim) and t.name == "json") or isinstance(t, Optional)
    )


def _list_of(test: Callable[[Type], bool]) -> Callable[[Type], bool]:
    return lambda t: isinstance(t, AnyType) or (isinstance(t, ListType) and test(t.item))


def _phrases(t: Type) -> bool:
    return is_text(t) or is_number(t) or _list_of(lambda i: is_text(i) or is_number(i))(t)


def _texts(t: Type) -> bool:
    return is_text(t) or _list_of(is_text)(t)


def _sum(item: Type) -> "Type | str":
    return item if is_number(item) or item == Prim("duration") else f"cannot add up `{item}`"


def _extreme(args: list[Type]) -> "Type | str":
    if len(args) == 1:
        return _list(lambda item: optional(item) if _ordered(item) else f"`{item}` has no order")(args)
    result: Type = args[0]
    for arg in args:
        if not _ordered(arg):
            return f"cannot compare `{arg}`"
        joined = join(result, arg)
        if joined is None:
            return f"cannot compare `{result}` with `{arg}`"
        result = joined
    return result


def _ordered(t: Type) -> bool:
    return is_number(t) or t in (Prim("duration"), DATE, TIME, DATETIME)


def _same_number(args: list[Type]) -> "Type | str":
    return args[0] if is_number(args[0]) or args[0] == Prim("duration") else f"needs a number, not `{args[0]}`"


def _zip(args: list[Type]) -> "Type | str":
    items = [a.item if isinstance(a, ListType) else ANY if isinstance(a, AnyType) else None for a in args]
    return ListType(TupleType(tuple(i for i in items if i is not None))) if None not in items else "needs lists"


def _map(part: Literal["key", "value"]) -> Typer:
    def typer(args: list[Type]) -> "Type | str":
        match args[0]:
            case MapType(key, value):
                return ListType(key if part == "key" else value)
            case AnyType():
                return ListType(ANY)
        return "needs a map"

    return typer


def _map_of(item: Type) -> "Type | str":
    if isinstance(item, TupleType) and len(item.items) == 2:
        return MapType(item.items[0], item.items[1])
    return MapType(ANY, ANY) if isinstance(item, AnyType) else "needs a list of (key, value) pairs"


def _flatten(item: Type) -> "Type | str":
    return item if isinstance(item, (ListType, AnyType)) else "needs a list of lists"


def _containment(args: list[Type]) -> "Type | str":
    if not all(isinstance(a, (ListType, AnyType)) for a in args):
        return "needs two lists"
    return (
        BOOL
        if isinstance(args[0], AnyType) or isinstance(args[1], AnyType) or join(args[0], args[1])
        else "compares lists of different things"
    )


def _same_list(args: list[Type]) -> "Type | str":
    return args[0] if isinstance(args[0], (ListType, AnyType)) else "needs a list"


def _between(args: list[Type]) -> "Type | str":
    return (
        join(args[0], args[1]) or "needs two numbers of one kind"
        if is_number(args[0]) and is_number(args[1])
        else "needs two numbers"
    )


def _countable(args: list[Type]) -> "Type | str":
    return INT if isinstance(args[0], (ListType, AnyType, MapType)) else "needs a list"


def _take(args: list[Type]) -> "Type | str":
    listed = isinstance(args[0], (ListType, AnyType)) and fits(args[1], INT)
    return args[0] if listed else "needs a list and a number"


def _is_call(t: Type) -> bool:
    return isinstance(t, EventType) and t.kind == "call"


def _unsaid(t: Type) -> bool:
    return is_text(strip(t)) or isinstance(t, AbsentType) or _list_of(lambda i: is_text(strip(i)))(t)


_TEXTS = (is_text, is_text)

BUILTINS: dict[str, Builtin] = {
    # lists
    "count": Builtin(1, 1, _countable, fold=True),
    "sum": Builtin(1, 1, _list(_sum), fold=True),
    "min": Builtin(1, 9, _extreme),
    "max": Builtin(1, 9, _extreme),
    "first": Builtin(1, 1, _list(optional), fold=True),
    "last": Builtin(1, 1, _list(optional), fold=True),
    "only": Builtin(1, 1, _list(optional), fold=True),
    "every": Builtin(1, 1, _list(lambda i: BOOL if fits(i, BOOL) else "needs a list of conditions"), fold=True),
    "distinct": Builtin(1, 1, _same_list),
    "sorted": Builtin(1, 1, _same_list),
    "reversed": Builtin(1, 1, _same_list),
    "flatten": Builtin(1, 1, _list(_flatten)),
    "zip": Builtin(2, 4, _zip),
    "take": Builtin(2, 2, _take),
    "running_totals": Builtin(1, 1, _list(lambda i: ListType(i) if is_number(i) else "needs numbers")),
    "contains_all": Builtin(2, 2, _containment),
    "same_items": Builtin(2, 2, _containment),
    "keys": Builtin(1, 1, _map("key")),
    "values": Builtin(1, 1, _map("value")),
    "map_of": Builtin(1, 1, _list(_map_of)),
    # text
    "text": Builtin(1, 1, _always(TEXT, _anything)),
    "dollars": Builtin(1, 1, _always(TEXT, is_number)),
    "fixed": Builtin(2, 2, _always(TEXT, is_number, lambda t: fits(t, INT))),
    "lower": Builtin(1, 1, _always(TEXT, is_text)),
    "same_text": Builtin(2, 2, _always(BOOL, *_TEXTS)),
    "contains": Builtin(2, 2, _always(BOOL, *_TEXTS)),
    "starts_with": Builtin(2, 2, _always(BOOL, *_TEXTS)),
    "ends_with": Builtin(2, 2, _always(BOOL, *_TEXTS)),
    "only_characters": Builtin(2, 2, _always(BOOL, *_TEXTS)),
    "length": Builtin(1, 1, _always(INT, is_text)),
    "split": Builtin(2, 2, _always(ListType(TEXT), *_TEXTS)),
    "join": Builtin(2, 2, _always(TEXT, _list_of(is_text), is_text)),
    # numbers
    "abs": Builtin(1, 1, _same_number),
    "round": Builtin(2, 2, lambda a: _same_number(a) if fits(a[1], INT) else "needs a whole number of places"),
    "floor": Builtin(1, 1, _always(INT, is_number)),
    "ceiling": Builtin(1, 1, _always(INT, is_number)),
    "arithmetic": Builtin(1, 1, _always(optional(DECIMAL), is_text)),
    # time
    "date_of": Builtin(1, 1, _always(DATE, lambda t: t == DATETIME)),
    "time_of": Builtin(1, 1, _always(TIME, lambda t: t == DATETIME)),
    "at_time": Builtin(2, 2, _always(DATETIME, lambda t: t == DATE, lambda t: t == TIME)),
    "months_between": Builtin(2, 2, _always(INT, lambda t: t == DATE, lambda t: t == DATE)),
    # language
    "affirms": Builtin(1, 1, _always(BOOL, _message), "language"),
    "mentions": Builtin(2, 2, _always(BOOL, _readable, _phrases), "language"),
    "matches": Builtin(2, 2, _always(BOOL, _message, _texts), "language"),
    "says": Builtin(2, 2, _always(BOOL, _message, is_text), "language"),
    "says_amount": Builtin(2, 2, _always(BOOL, _message, is_number), "language"),
    "says_id": Builtin(2, 2, _always(BOOL, _message, is_text), "language"),
    "lists": Builtin(2, 3, _always(BOOL, _messages, _is_call, _unsaid), "language"),
    "sentences": Builtin(1, 1, _always(ListType(TEXT), _message), "language"),
    "claims": Builtin(1, 1, _always(ListType(TEXT), _message), "language"),
    "invented": Builtin(1, 1, _always(ListType(TEXT), _message), "language"),
    # chance, where worlds are made
    "choose": Builtin(1, 1, _list(lambda i: i), "random"),
    "choose_some": Builtin(2, 2, _same_list, "random"),
    "between": Builtin(2, 2, _between, "random"),
    "chance": Builtin(1, 1, _always(BOOL, is_number), "random"),
    "digits": Builtin(1, 1, _always(TEXT, is_number), "random"),
    "unique_digits": Builtin(1, 1, _always(TEXT, is_number), "random"),
    "fake": Builtin(1, 1, _always(TEXT, is_text), "random"),
}  # fmt: skip

LANGUAGE_OPS = frozenset(name for name, b in BUILTINS.items() if b.kind == "language")
