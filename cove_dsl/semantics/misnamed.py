"""The wording of names that nothing is called by, with the names that may have been meant."""

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from ..source import Diagnostic, Label, Span, suggest


def did_you_mean(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    near = suggest(name, candidates)
    return ("did you mean " + " or ".join(f"`{n}`" for n in near) + "?",) if near else ()


def unknown_name(kind: str, name: str, span: Span, candidates: Iterable[str], item: Iterable[str] = ()) -> Diagnostic:
    """`item`: the fields of the item at hand, if there is one."""
    fields = list(item)
    near = () if name in fields else did_you_mean(name, candidates)
    listed = ", ".join(f"`.{f}`" for f in fields[:3]) + (" …" if len(fields) > 3 else "")
    meant = f"the field of each item is `.{name}`" if name in fields else f"each item is `it`: {listed}"
    return Diagnostic(
        "unknown-name",
        f"there is no {kind} called `{name}`",
        (Label(span, "not declared"),),
        help=(*near, *([meant] if fields else [])),
    )


ELSEWHERE = {
    "float": "exact numbers are `decimal`, amounts of money `money`",
    "double": "exact numbers are `decimal`",
    "number": "numbers are `int`, `decimal` or `money`",
    "integer": "whole numbers are `int`",
    "str": "texts are `text`",
    "string": "texts are `text`",
    "boolean": "conditions are `bool`",
    "array": "lists are `list[…]`",
    "set": "lists are `list[…]`",
    "dict": "maps are `map[id, …]`",
    "object": "maps are `map[id, …]`; records are declared",
    "any": "what has no type of its own is `json`",
    "uuid": "keys are `id`",
    "timestamp": "moments are `datetime`",
    "timedelta": "spans of time are `duration`",
    "enum": "declare it: `enum Status { open, closed }`",
}


NAMES = {
    "now": "the moment is `clock`, its day `date_of(clock)`",
    "today": "the day is `date_of(clock)`",
    "null": "what is not there is `absent`",
    "none": "what is not there is `absent`",
    "None": "what is not there is `absent`",
    "True": "write `true`",
    "False": "write `false`",
}
FUNCTIONS = {
    "now": NAMES["now"],
    "today": NAMES["today"],
    "len": "how many a list has is `count(xs)`, how long a text is `length(t)`",
    "size": "how many a list has is `count(xs)`, how long a text is `length(t)`",
    "exists": "whether one is there is `some (xs where …)`",
    "days_between": "the time between two days is `b - a`, in days `(b - a) / 1 day`",
    "days": "a number of days is `n * 1 day`",
    "hours": "a number of hours is `n * 1 hour`",
    "str": "the plain form of anything is `text(x)`",
    "upper": "texts are compared without regard to case by `same_text(a, b)`",
}


def unknown_type(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A type that is not declared; those of other languages are called something here."""
    return _or_known(unknown_name("type", name, span, candidates), ELSEWHERE.get(name.lower()))


def unknown_function(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A function that is not declared; those of other languages are called something here."""
    return _or_known(unknown_name("function", name, span, candidates), FUNCTIONS.get(name))


def unknown_value_name(name: str, span: Span, candidates: Iterable[str], item: Iterable[str]) -> Diagnostic:
    """A value that is not declared; those of other languages are called something here."""
    return _or_known(unknown_name("name", name, span, candidates, item), NAMES.get(name))


def _or_known(found: Diagnostic, known: str | None) -> Diagnostic:
    return found if known is None else evolve(found, help=(known,))


def unknown_argument(name: str, label: str, span: Span, params: Sequence[str]) -> Diagnostic:
    listed = ", ".join(f"`{p}`" for p in params)
    near = suggest(label, params)
    return Diagnostic(
        "wrong-arguments",
        f"`{name}` takes no argument `{label}`",
        (Label(span, "no such argument"),),
        notes=(f"it takes {listed}" if params else "it takes none",) if not near else (),
        help=did_you_mean(label, params),
    )


def no_such_text(enum: str, wire: str, span: Span, values: Mapping[str, str]) -> Diagnostic:
    """A text where one of an enum's belongs: allowed, since a tool is to refuse it, and rarely meant."""
    by_wire = {w: n for n, w in values.items()}
    near = [f"`{by_wire[w]}`" for w in suggest(wire, by_wire)] or [f"`{n}`" for n in suggest(wire, values)]
    meant = ("did you mean " + " or ".join(near) + "?",) if near else ()
    return Diagnostic(
        "unknown-value",
        f"`{enum}` has no value that is written `{wire}`",
        (Label(span, "no such value"),),
        help=(*meant, 'if the tool is to refuse it, say so: `fails "…"`'),
        severity="warning",
    )


def unknown_field(owner: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-field",
        f"{owner} has no field `{name}`",
        (Label(span, "no such field"),),
        help=did_you_mean(name, candidates),
    )


MOST_TOOLS = 4


def _calls(tools: Sequence[str]) -> str:
    """`a`, `b` and 3 others."""
    shown = [f"`{t}`" for t in sorted(tools)[:MOST_TOOLS]]
    more = len(tools) - len(shown)
    last = [f"{more} others"] if more > 1 else [f"`{max(tools)}`"] if more else []
    parts = [*shown, *last]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def not_in_all(name: str, meant: Sequence[str], having: Sequence[str], span: Span) -> Diagnostic:
    """An argument that some of the calls that are meant have. `having`: every tool that has it."""
    lacking = [t for t in meant if t not in having]
    return Diagnostic(
        "unknown-field",
        f"not every call meant here has an argument `{name}`",
        (Label(span, f"missing in {_calls(lacking)}"),),
        notes=(f"{_calls([t for t in meant if t in having])} {'have' if len(meant) - len(lacking) > 1 else 'has'} it",),
        help=(f"narrow the trigger to these: `call taking {name}`",),
    )


def of_no_call(
    problem: Diagnostic, name: str, meant: Sequence[str], shared: Sequence[str], having: Sequence[str]
) -> Diagnostic:
    """A field that none of the calls that are meant has: which they are, what each of them takes (`shared`), and which
    tools have such an argument (`having`)."""
    many = len(meant) > 1
    taken = f"which {'all take' if many else 'takes'} {', '.join(f'`{s}`' for s in shared)}"
    takes = taken if shared else "which have no argument in common" if many else "which takes nothing"
    covered = f"what is meant here: {'calls' if many else 'a call'} to {_calls(meant)}, {takes}" if meant else ""
    has = f"{_calls(having)} {'have' if len(having) > 1 else 'has'} an argument `{name}`" if having else ""
    return evolve(problem, notes=tuple(filter(None, (covered, has))))


def unknown_tool(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-tool",
        f"there is no tool or set of tools called `{name}`",
        (Label(span, "not declared"),),
        help=did_you_mean(name, known := list(candidates)) or listed("there are", known),
    )


MOST_LISTED = 12


def listed(what: str, names: Iterable[str]) -> tuple[str, ...]:
    """What there is, where nothing is near."""
    known = list(names)
    shown = ", ".join(f"`{n}`" for n in known[:MOST_LISTED]) + (" …" if len(known) > MOST_LISTED else "")
    return (f"{what}: {shown}",) if known else ()


def unknown_value(
    enum: str, name: str, span: Span, candidates: Iterable[str], fields: Iterable[str] = ()
) -> Diagnostic:
    """`fields`: those of the item at hand, which are written with a point."""
    near = (f"the field of each item is `.{name}`",) if name in fields else did_you_mean(name, candidates)
    return Diagnostic("unknown-value", f"`{enum}` has no value `{name}`", (Label(span, "no such value"),), help=near)


def unknown_rule(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-rule",
        f"there is no rule called `{name}`",
        (Label(span, "not declared"),),
        help=did_you_mean(name, candidates),
    )


__all__ = [
    "did_you_mean",
    "no_such_text",
    "not_in_all",
    "of_no_call",
    "unknown_argument",
    "unknown_field",
    "unknown_name",
    "unknown_rule",
    "unknown_tool",
    "unknown_type",
    "unknown_value",
]
