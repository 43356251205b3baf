"""The wording of semantic problems. One function per problem; phases call them with places and types."""

from collections.abc import Iterable, Sequence

from ..core.types import DATE, DATETIME, JSON, ListType, Optional, RecordType, Ref, ToolSet, Type, strip
from ..source import Diagnostic, Label, Span
from .misnamed import did_you_mean


def wrong_type(what: str, wanted: str, actual: Type, span: Span, declared: Span | None = None) -> Diagnostic:
    labels: tuple[Label, ...] = (Label(span, f"of type `{actual}`"),)
    if declared is not None:
        labels += (Label(declared, f"{wanted} is declared here", primary=False),)
    help: tuple[str, ...] = ()
    if actual == DATETIME and wanted in ("`date`", "`date?`"):
        help = ("take its day: `date_of(…)`",)
    elif isinstance(actual, ListType) and wanted == "`bool`":
        help = ("say how many are meant: `some (…)`, `no (…)`, `count(…) > 2`",)
    elif isinstance(actual, Optional) and wanted == "`bool`":
        help = ("test for it: `x is present`; or say what counts where it is absent: `x else …`",)
    elif strip(actual) == JSON:
        help = as_it_comes(JSON)
    return Diagnostic("wrong-type", f"{what} must be {wanted}, not `{actual}`", labels, help=help)


def _to_compare(left: Type, right: Type) -> tuple[str, ...]:
    if isinstance(right, ToolSet):
        return ('write the tool\'s name as a text: `call.tool == "…"`',)
    if isinstance(left, Ref) and isinstance(right, RecordType):
        return (f"a table is a list of rows; look a key up in it: `{left.table}[…] is present`",)
    return ()


def not_comparable(left: Type, right: Type, left_span: Span, right_span: Span) -> Diagnostic:
    return Diagnostic(
        "never-equal",
        f"`{left}` and `{right}` can never be equal",
        (Label(right_span, f"of type `{right}`"), Label(left_span, f"of type `{left}`", primary=False)),
        help=_to_compare(left, right),
    )


def not_ordered(left: Type, right: Type, span: Span) -> Diagnostic:
    return Diagnostic(
        "not-ordered",
        f"`{left}` and `{right}` have no order",
        (Label(span, "numbers, durations, dates and times have one"),),
        help=("take the day of the other: `date_of(…)`",)
        if {left, right} == {DATE, DATETIME}
        else as_it_comes(left, right),
    )


def as_it_comes(*kinds: Type) -> tuple[str, ...]:
    """What is read as `json` has no type to calculate with."""
    help = "declare what the tool gives: `-> Order`, with a `record Order { … }` of the fields that you need"
    return (help,) if JSON in kinds else ()


def may_be_absent(kind: Type, span: Span) -> Diagnostic:
    return Diagnostic(
        "may-be-absent",
        "this may be absent",
        (Label(span, f"of type `{kind}`"),),
        help=(
            'bind it first: `let x = … else fail "…"` in a tool, `else skip` in a rule or a scenario',
            "or go on only if it is there: `?.`; or say what counts if not: `x else …`",
            *as_it_comes(strip(kind)),
        ),
    )


def nothing_to_change(kind: Type, span: Span) -> Diagnostic:
    return Diagnostic(
        "may-be-absent",
        "there may be nothing here to increase or decrease",
        (Label(span, f"of type `{kind}`"),),
        help=(
            'make sure of it first: `require … is present  else fail "…"`, or `if … is present { … }`',
            "or say what counts if not: `set … = (… else 0) + …`",
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


def place_taken(place: str, span: Span, first: Span) -> Diagnostic:
    labels = (Label(span, "stored there"), Label(first, "stored there too, or around it", primary=False))
    return Diagnostic("name-taken", f"the place `{place}` is taken", labels)


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


def no_item(named: str, span: Span) -> Diagnostic:
    """`it` where there is none. `named`: what a `for` calls each item here."""
    if named:
        return not_allowed("`it`", "where each item has a name", span, f"it is `{named}` here: `{named}.…`")
    return not_allowed("`it`", "outside `where` and its like", span)


def leaves_nothing(word: str, span: Span) -> Diagnostic:
    """In an expression, `else` gives a value."""
    help = f"name the value in a statement first: `let x = … else {word}`; or say what counts instead: `x else …`"
    return not_allowed(f"`else {word}`", "in an expression", span, help)


def no_sentence(span: Span) -> Diagnostic:
    """Ways to say something are sentences."""
    return not_allowed("`or`", "beside what is no sentence", span, 'write each way as one: `"I pay with {card}." or …`')


def says_less(what: str, span: Span, other: Span, where: str) -> Diagnostic:
    return Diagnostic(
        "says-less",
        f"this leaves out `{what}`",
        (Label(span, "says nothing of it"), Label(other, where, primary=False)),
        help=(f"put `{{{what}}}` in",),
    )


def odd_wish(text: str, after: str, example: str, span: Span) -> Diagnostic:
    """`after`: what a user says before the text."""
    return Diagnostic(
        "odd-wish",
        f"“{after} {text}” is no sentence",
        (Label(span, f"said after “{after} …”"),),
        help=(f"go on from there: {example}",),
        severity="warning",
    )


def not_chosen_yet(name: str, span: Span) -> Diagnostic:
    """A goal's text names what is left to the agent."""
    return not_allowed(
        f"`{name}`",
        "in what the user says of the goal",
        span,
        f"the agent chooses `{name}` (`for any {name} in …`), so nobody can name it beforehand: leave it out",
    )


def one_of_several(span: Span, text: Span) -> Diagnostic:
    return Diagnostic(
        "not-allowed-here",
        "a name of one's own is not allowed where one of several values is meant",
        (Label(text), Label(span, "which of them is said is drawn for each task", primary=False)),
        help=("leave the text out",),
    )


def recursive(name: str, path: Sequence[str], span: Span) -> Diagnostic:
    return Diagnostic(
        "recursive",
        f"`{name}` is defined in terms of itself",
        (Label(span, "here"),),
        notes=("through " + " → ".join(path),) if path else (),
    )


def key_is_fixed(table: str, key: str, span: Span) -> Diagnostic:
    message = f"`{key}` is the key of `{table}`: a row cannot change it"
    return Diagnostic(
        "not-a-place", message, (Label(span, "the row's own key"),), help=("remove the row and insert another",)
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


BODIES = {
    "tool": "in a tool",
    "effect": "in an effect",
    "rule": "in a rule",
    "define": "in a definition",
    "assertion": "in an assertion",
    "invariant": "in an invariant",
    "recogniser": "in a recogniser",
    "fact": "in a fact",
    "scenario": "in a scenario",
    "given": "where a world is made ready",
    "sync": "in a `sync` block",
    "generate": "in a `generate` block",
    "fixture": "in a fixture",
}


def in_a(where: str) -> str:
    """The kind of body, in words."""
    return BODIES.get(where, f"in a {where}")


def built_in(name: str, span: Span) -> Diagnostic:
    return Diagnostic("name-taken", f"`{name}` is a built-in name", (Label(span, "choose another"),))


def label_taken(name: str, span: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "name-taken",
        f"the label `{name}` is used twice",
        (Label(span, "used again"), Label(first, "first used here", primary=False)),
        notes=("a label names a verdict, so each has its own",),
    )


def no_tools(span: Span) -> Diagnostic:
    return Diagnostic("no-tools", "no tool is meant here", (Label(span, "this leaves none"),))


def bad_pattern(message: str, span: Span) -> Diagnostic:
    return Diagnostic("bad-pattern", message, (Label(span),))


def bad_number(message: str, span: Span) -> Diagnostic:
    return Diagnostic("bad-number", message, (Label(span),))


def unknown_label(rule: str, name: str, span: Span, labels: Iterable[str]) -> Diagnostic:
    known = list(labels)
    listed = ", ".join(f"`{n}`" for n in known)
    notes = (f"its labels are {listed}",) if known else ("none of its requirements has a label",)
    return Diagnostic(
        "unknown-label",
        f"the rule `{rule}` has no requirement labelled `{name}`",
        (Label(span, "no such label"),),
        notes=notes,
        help=did_you_mean(name, known),
    )


def wrong_party(tool: str, owner: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "wrong-party", f"`{tool}` belongs to the {owner}", (Label(span, f"only the {owner} can call it"),)
    )


def always_excepted(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "checks-nothing",
        f"the exception `{name}` always holds, so the rule would never bind",
        (Label(span, "say when it holds"),),
        help=("add a trigger such as `before call to …`, or `when …`",),
    )


def cannot_be_excepted(rule: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "wrong-rule", f"`{rule}` requires nothing that an exception could lift", (Label(span, "has no `require`"),)
    )


def no_past(what: str, name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "not-allowed-here",
        f"{what} cannot depend on the conversation",
        (Label(span, f"reached through `{name}`" if name else "the past is looked at here"),),
        notes=("what was said and called before is known to rules, facts and recognisers alone",),
    )


def which_variant(name: str, homes: Iterable[str], span: Span) -> Diagnostic:
    found = " and ".join(f"`{h}`" for h in homes)
    return Diagnostic("ambiguous-name", f"`{name}` is a case of {found}", (Label(span, "which is meant?"),))


def given_twice(name: str, span: Span) -> Diagnostic:
    return Diagnostic("wrong-arguments", f"`{name}` is given twice", (Label(span, "given again"),))


def not_given(name: str, missing: Iterable[str], span: Span) -> Diagnostic:
    listed = ", ".join(f"`{n}`" for n in missing)
    return Diagnostic("wrong-arguments", f"`{name}` needs {listed}", (Label(span, "not given"),))


def untyped(span: Span) -> Diagnostic:
    return Diagnostic(
        "wrong-type",
        "what kind of thing this is cannot be told",
        (Label(span, "it rests on an empty list alone"),),
        help=("give the list its type through a `define … -> list[…]`",),
    )


def too_many_effects(most: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "nested-too-deeply",
        f"more than {most} effects are put in place here",
        (Label(span, "one too many"),),
        notes=("each `do` puts the whole effect in its place, and the effects that it does in turn",),
    )


def set_an_entry(span: Span) -> Diagnostic:
    return Diagnostic(
        "wrong-type",
        "an entry of a map is set, not inserted",
        (Label(span, "this is a map"),),
        help=("write `set place[key] = value`",),
    )


def too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        "nested-too-deeply",
        "this declaration nests too deeply",
        (Label(Span(span.piece, span.start, span.start + 1), "begins here"),),
        help=("name parts of it with `let` or `define`",),
    )


def too_long(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "nested-too-deeply", f"a chain of more than 100 declarations leads to `{name}`", (Label(span, "begins here"),)
    )


def presupposes_itself(name: str, span: Span) -> Diagnostic:
    return Diagnostic("recursive", f"the rule `{name}` presupposes itself", (Label(span, "this rule"),))


def used_twice(name: str, span: Span, first: Span) -> Diagnostic:
    labels = (Label(span, "used again"), Label(first, "first used here", primary=False))
    return Diagnostic("name-taken", f"the module `{name}` is used twice", labels)


def no_module_in_file(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "unknown-module",
        f"the file of the module `{name}` does not declare it",
        (Label(span, "used here"),),
        help=(f"begin the file with `module {name}(…)`",),
    )


def not_a_tool(span: Span) -> Diagnostic:
    return Diagnostic("wrong-type", "this is no tool", (Label(span, "name tools here"),))


def second_domain(span: Span, first: Span) -> Diagnostic:
    labels = (Label(span, "declared again"), Label(first, "first declared here", primary=False))
    return Diagnostic("name-taken", "there is one domain in a specification", labels)


def field_of_key(table: str, name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "unknown-field",
        f"a key of `{table}` has no field `{name}`",
        (Label(span, "a field of the row, not of its key"),),
        help=(f"look the row up first: `{table}[…]`",),
    )


def holds_itself(name: str, span: Span) -> Diagnostic:
    labels = (Label(span, "no value of it would ever end"),)
    return Diagnostic(
        "recursive", f"`{name}` holds itself", labels, help=("refer to the other row by its key: `ref …`",)
    )


def no_map(record: str, name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "wrong-type", f"`{name}` of `{record}` is no map, so nothing in it has a key", (Label(span, "not a map"),)
    )


def surely_there(span: Span, fact: str = "", kind: Type | None = None) -> Diagnostic:
    """`fact`: what is tested is stated in the conversation, and of this type."""
    if fact:
        message, label = "what nobody has stated is unknown, not absent", f"unknown until it is stated, then `{kind}`"
        help = (f"let it be absent until it is stated: `fact {fact}: {kind}? …`",)
        return Diagnostic("never-absent", message, (Label(span, label),), help=help, severity="warning")
    return Diagnostic("never-absent", "this is never absent", (Label(span, "always present"),), severity="warning")
