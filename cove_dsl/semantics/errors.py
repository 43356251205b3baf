"""The wording of semantic problems. One function per problem; phases call them with places and types."""

from collections.abc import Iterable

from ..core.types import Type
from ..source import Diagnostic, Label, Span, suggest


def _did_you_mean(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    near = suggest(name, candidates)
    return ("did you mean " + " or ".join(f"`{n}`" for n in near) + "?",) if near else ()


def unknown_name(kind: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-name",
        f"there is no {kind} called `{name}`",
        (Label(span, "not declared"),),
        help=_did_you_mean(name, candidates),
    )


def unknown_field(owner: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-field",
        f"{owner} has no field `{name}`",
        (Label(span, "no such field"),),
        help=_did_you_mean(name, candidates),
    )


def unknown_tool(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-tool",
        f"there is no tool or set of tools called `{name}`",
        (Label(span, "not declared"),),
        help=_did_you_mean(name, candidates),
    )


def unknown_value(enum: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-value",
        f"`{enum}` has no value `{name}`",
        (Label(span, "no such value"),),
        help=_did_you_mean(name, candidates),
    )


def unknown_rule(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    return Diagnostic(
        "unknown-rule",
        f"there is no rule called `{name}`",
        (Label(span, "not declared"),),
        help=_did_you_mean(name, candidates),
    )


def wrong_type(what: str, wanted: str, actual: Type, span: Span, declared: Span | None = None) -> Diagnostic:
    labels = (Label(span, f"this is {_article(actual)}"),)
    if declared is not None:
        labels += (Label(declared, f"{wanted} is declared here", primary=False),)
    return Diagnostic("wrong-type", f"{what} must be {wanted}, not `{actual}`", labels)


def _article(kind: Type) -> str:
    return f"of type `{kind}`"


def not_comparable(left: Type, right: Type, left_span: Span, right_span: Span) -> Diagnostic:
    return Diagnostic(
        "never-equal",
        f"`{left}` and `{right}` can never be equal",
        (Label(right_span, f"of type `{right}`"), Label(left_span, f"of type `{left}`", primary=False)),
    )


def not_ordered(left: Type, right: Type, span: Span) -> Diagnostic:
    return Diagnostic(
        "not-ordered",
        f"`{left}` and `{right}` have no order",
        (Label(span, "numbers, durations, dates and times have one"),),
    )


def may_be_absent(kind: Type, span: Span) -> Diagnostic:
    return Diagnostic(
        "may-be-absent",
        "this may be absent",
        (Label(span, f"of type `{kind}`"),),
        help=(
            'bind it first: `let x = … else fail "…"` in a tool, `else skip` in a rule',
            "or go on only if it is there: `?.`",
        ),
    )


def cannot_be_absent(span: Span) -> Diagnostic:
    return Diagnostic(
        "never-absent",
        "this is never absent, so `else` is never taken",
        (Label(span, "always present"),),
        severity="warning",
    )


def name_taken(name: str, span: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "name-taken",
        f"the name `{name}` is taken",
        (Label(span, "declared again"), Label(first, "first declared here", primary=False)),
    )


def ambiguous_value(name: str, enum: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "ambiguous-name",
        f"`{name}` is both a name in scope and a value of `{enum}`",
        (Label(span, "which is meant?"),),
        help=("rename the local name",),
    )


def which_enum(name: str, enums: Iterable[str], span: Span) -> Diagnostic:
    found = " and ".join(f"`{e}`" for e in enums)
    return Diagnostic("ambiguous-name", f"`{name}` is a value of {found}", (Label(span, "which is meant?"),))


def wrong_count(name: str, wanted: str, given: int, span: Span) -> Diagnostic:
    return Diagnostic("wrong-arguments", f"`{name}` takes {wanted}, not {given}", (Label(span, "called here"),))


def bad_argument(name: str, message: str, span: Span) -> Diagnostic:
    return Diagnostic("wrong-type", f"`{name}` {message}", (Label(span),))


def missing_fields(record: str, names: Iterable[str], span: Span) -> Diagnostic:
    listed = ", ".join(f"`{n}`" for n in names)
    return Diagnostic("missing-field", f"`{record}` lacks {listed}", (Label(span, "made here"),))


def not_allowed(what: str, where: str, span: Span, help: str = "") -> Diagnostic:
    return Diagnostic(
        "not-allowed-here", f"{what} is not allowed {where}", (Label(span),), help=(help,) if help else ()
    )


def recursive(name: str, path: Iterable[str], span: Span) -> Diagnostic:
    return Diagnostic(
        "recursive",
        f"`{name}` is defined in terms of itself",
        (Label(span, "here"),),
        notes=("through " + " → ".join(path),),
    )


def not_a_place(span: Span) -> Diagnostic:
    return Diagnostic(
        "not-a-place",
        "only a field of a row or of a state, an entry of its map, or a table can be changed",
        (Label(span),),
        help=('bind the row first: `let order = orders[order_id] else fail "…"`, then `set order.status = …`',),
    )


def not_a_list(kind: Type, span: Span) -> Diagnostic:
    return Diagnostic("wrong-type", f"this must be a list, not `{kind}`", (Label(span),))


def no_quantifier_where(span: Span) -> Diagnostic:
    return Diagnostic(
        "wrong-type",
        "`where` narrows a list, but this is true or false",
        (Label(span),),
        help=("write `some (… where …)`",),
    )


def not_in_all(name: str, tools: Iterable[str], span: Span) -> Diagnostic:
    listed = ", ".join(f"`{t}`" for t in sorted(tools)[:3])
    return Diagnostic(
        "unknown-field",
        f"not every call meant here has an argument `{name}`",
        (Label(span, f"missing in {listed}"),),
        help=(f"narrow the trigger: `before call taking {name}`",),
    )


def unused_trigger(span: Span) -> Diagnostic:
    return Diagnostic(
        "no-trigger",
        "this rule says nothing about when it is judged",
        (Label(span),),
        help=("begin with `before call …`, `after ok call …`, `on agent step`, `at end`, or `judged`",),
    )


def no_check(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "checks-nothing", f"the rule `{name}` requires nothing", (Label(span, "add a `require`, a limit or a duty"),)
    )


def wrong_number_of_names(wanted: int, given: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "wrong-arguments",
        f"each item has {wanted} part{'s' if wanted != 1 else ''}, but {given} names are given",
        (Label(span),),
    )
