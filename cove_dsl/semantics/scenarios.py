"""Scenarios become picks, goals and what the user says; compositions put several together."""

import re
from typing import Literal, assert_never

from attrs import evolve

from ..core.nodes import (
    Apply,
    Clause,
    Collect,
    Const,
    Disclosure,
    Expr,
    Goal,
    Is,
    Lookup,
    Make,
    Pick,
    Scenario,
    Stmt,
    Var,
)
from ..core.spec import (
    Compose,
)
from ..core.types import (
    ANY,
    TEXT,
    AnyType,
    ListType,
    Optional,
    RecordType,
    Ref,
    Type,
    optional,
    strip,
)
from ..core.walk import walk
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors, misnamed
from .rules import known_rules
from .scope import Scope, variable
from .statements import Statements
from .worlds import check_path, words_of

# What a wish cannot begin with, as it follows "I'd like to": an article, somebody, another `to`, a gerund, a question.
NO_WISH = re.compile(
    r"(?:the|an?|my|your|his|her|their|our|its|this|that|i|i'd|i'm|we|you|he|she|it|they|somebody|someone|to|please|"
    r"customer|user|if|when|how|what|which|who|why|(?!bring|swing|string|fling|wring)[a-z]{3,}ing)\b|.*\?$",
    re.IGNORECASE,
)
SKIP_INSTEAD = "a draw without it is not taken: `else skip`"


def check_scenario(node: ast.ScenarioDecl, checker: Statements) -> Scenario:
    scope = Scope("scenario")
    picks: list[Pick] = []
    given: tuple[Stmt, ...] = ()
    goals: list[Goal] = []
    disclosures: list[Disclosure] = []
    refusal, persona = None, ""
    for item in node.items:
        match item:
            case ast.PickItem():
                scope = _pick(item, scope, picks, checker)
            case ast.LetStmt(name, value, leave, span):
                found = checker.check(value, scope)
                if leave is not None and leave.kind == "skip":
                    scope = _let_else_skip(item, found, scope, picks, checker)
                    continue
                if leave is not None:
                    checker.report(
                        errors.not_allowed(f"`else {leave.kind}`", "in a scenario", leave.span, SKIP_INSTEAD)
                    )
                var = variable(scope, name.text, found.type, name.span)
                picks.append(Pick("let", var.name, found, span=span))
                scope = checker.named(scope, name, var)
            case ast.ConditionItem(condition, span):
                picks.append(Pick("where", "", checker.condition(condition, scope), span=span))
                scope = scope.tell(checker.facts(condition, scope)[0])
            case ast.GivenItem(body):
                given, _ = checker.body(body, evolve(scope, where="given"))
            case ast.GoalItem(goal, otherwise):
                made = _goal(goal, scope, checker)
                goals = _add_goal(goals, made, otherwise, item.span, checker)
            case ast.DisclosureItem():
                disclosures += _disclosures(item, scope, checker)
            case ast.RefusalItem(rule, label, _):
                known_rules((rule,), checker)
                if refusal is not None:
                    checker.report(errors.not_allowed("a second refusal", "in a scenario", item.span))
                refusal = (rule.text, label.text if label else "")
            case ast.PersonaItem(text):
                persona = text
            case _:
                checker.report(errors.not_allowed("this", "in a scenario", item.span))
    if node.weight < 1:
        checker.report(errors.bad_number("a weight is at least 1", node.name.span))
    if not goals:
        checker.report(Diagnostic("no-goal", f"the scenario `{node.name.text}` has no goal", (Label(node.name.span),)))
    return Scenario(
        node.name.text,
        node.doc or "",
        node.weight,
        tuple(picks),
        given,
        tuple(goals),
        tuple(disclosures),
        refusal,
        persona,
        node.span,
    )


def _pick(item: ast.PickItem, scope: Scope, picks: list[Pick], checker: Statements) -> Scope:
    source = checker.check(item.source, scope)
    kind = checker.item_of(source, item.source.span)
    if isinstance(kind, Ref) and "." not in kind.table and kind.table in checker.env.tables:
        source, kind = _rows_of(source, kind, checker)
    low = high = 1
    many = item.amount is not None
    if item.amount is not None:
        found = checker.check(item.amount, scope)
        match found:
            case Apply("range", (Const(int() as low), Const(int() as high))):
                pass
            case Const(int() as low):
                high = low
            case _:
                checker.report(
                    Diagnostic(
                        "wrong-type",
                        "how many are picked must be a number or a range such as `1..3`",
                        (Label(item.amount.span),),
                    )
                )
        if not 0 <= low <= high or high < 1:
            message = "how many are picked is at least 1, and a range does not fall"
            checker.report(errors.bad_number(message, item.amount.span))
    var = variable(scope, item.name.text, ListType(kind) if many else kind, item.name.span)
    picks.append(Pick("pick", var.name, source, low, high, many, item.span))
    return checker.named(scope, item.name, var)


def _let_else_skip(item: ast.LetStmt, found: Expr, scope: Scope, picks: list[Pick], checker: Statements) -> Scope:
    """A value without which a draw is not taken: the one of those that are there."""
    if not isinstance(found.type, (Optional, AnyType)):
        checker.report(errors.cannot_be_absent(item.value.span))
    kind, at = strip(found.type), item.value.span
    value = Var("it", found.type, at)
    clauses = (
        Clause("for", ("it",), Make("list", (), (found,), ListType(found.type), at)),
        Clause("where", (), Is(value, "present", None)),
    )
    var = variable(scope, item.name.text, kind, item.name.span)
    source = Collect(clauses, evolve(value, type=kind), ListType(kind), at)
    picks.append(Pick("pick", var.name, source, 1, 1, False, item.span))
    return checker.named(scope, item.name, var)


def _rows_of(source: Expr, kind: Ref, checker: Statements) -> tuple[Expr, Type]:
    """Picking from a list of keys picks the rows they lead to."""
    table = checker.env.tables[kind.table]
    row = RecordType(table.record)
    key, found = Var("key", kind, source.span), Var("row", optional(row), source.span)
    rows = Lookup(Var(f"table.{table.name}", ListType(row)), key, optional(row), source.span)
    clauses = (
        Clause("for", ("key",), source),
        Clause("let", ("row",), rows),
        Clause("where", (), Is(found, "present", None)),
    )
    return Collect(clauses, evolve(found, type=row), ListType(row), source.span), row


def _add_goal(goals: list[Goal], made: Goal, otherwise: bool, span: Span, checker: Statements) -> list[Goal]:
    """`otherwise` joins the goal before it: the first that can be done counts."""
    if not otherwise:
        return [*goals, made]
    if not goals:
        checker.report(errors.not_allowed("`otherwise`", "before a goal", span))
        return [made]
    *rest, last = goals
    alternatives = (*last.goals, made) if last.kind == "first" else (last, made)
    return [*rest, Goal("first", goals=alternatives, span=last.span)]


def _goal(goal: ast.GoalExpr, scope: Scope, checker: Statements) -> Goal:
    match goal.kind:
        case "do":
            return _do_goal(goal, scope, checker)
        case "learn":
            assert goal.expr is not None
            assert goal.name is not None
            text, says = _wish(goal, scope, checker)
            if goal.text is not None and text.endswith("?"):
                said = '"what it costs", not "What does it cost?"'
                checker.report(errors.odd_wish(text, "could you tell me", said, goal.text.span))
            return Goal(
                "learn",
                args=(checker.check(goal.expr, scope),),
                name=goal.name.text,
                text=text,
                says=says,
                span=goal.span,
            )
        case "reach":
            assert goal.expr is not None
            text, says = _wish(goal, scope, checker)
            condition = checker.condition(goal.expr, scope)
            return Goal("reach", condition=condition, text=text, says=says, span=goal.span)
        case "all" | "any":
            return Goal(goal.kind, goals=tuple(_goal(g, scope, checker) for g in goal.goals), span=goal.span)
        case "nothing":
            return Goal("nothing", span=goal.span)
        case _:
            assert_never(goal.kind)


def _wish(goal: ast.GoalExpr, scope: Scope, checker: Statements) -> tuple[str, Make | None]:
    """A goal's text in one line, and its parts where it holds values. What the agent is free to choose is no value that
    a user could name beforehand."""
    if goal.text is None:
        return "", None
    shown = [part if isinstance(part, str) else f"{{{_shown(part)}}}" for part in goal.text.parts]
    text = " ".join("".join(shown).split())
    if all(isinstance(part, str) for part in goal.text.parts):
        return text, None
    says = _sentence(goal.text, scope, checker)
    chosen = {word.text for word, _ in goal.choices}
    for hole, part in _holes(says, goal.text):
        if free := chosen & {n.name for n in walk(hole) if isinstance(n, Var)}:
            checker.report(errors.not_chosen_yet(sorted(free)[0], part.span))
    return text, says


def _do_goal(goal: ast.GoalExpr, scope: Scope, checker: Statements) -> Goal:
    assert goal.name is not None
    tool = checker.env.tools.get(goal.name.text)
    if tool is None:
        checker.report(misnamed.unknown_tool(goal.name.text, goal.name.span, checker.env.tools))
        return Goal("nothing", span=goal.span)
    choices = []
    for word, source in goal.choices:
        found = checker.check(source, scope)
        var = variable(scope, word.text, checker.item_of(found, source.span), word.span)
        choices.append((var.name, found))
        scope = checker.named(scope, word, var)
    when = checker.condition(goal.when, scope) if goal.when is not None else None
    args = checker.arguments(goal.name, tuple((p.name, p.type) for p in tool.params), goal.args, scope)
    text, says = _wish(goal, scope, checker)
    if goal.text is not None and NO_WISH.match(text):
        checker.report(errors.odd_wish(text, "I'd like to", '"cancel your order"', goal.text.span))
    return Goal("do", tool.name, args, tuple(choices), when, text=text, says=says, span=goal.span)


def _disclosures(item: ast.DisclosureItem, scope: Scope, checker: Statements) -> list[Disclosure]:
    match item.kind:
        case "describes":
            return [_described(item, scope, checker)]
        case "hides":
            for ways, _ in item.things:
                checker.check(ways[0], scope)
            return []
        case "knows" | "volunteers" as kind:
            return [_disclosed(kind, ways, label, item.span, scope, checker) for ways, label in item.things]
        case _:
            assert_never(item.kind)


def _disclosed(
    kind: Literal["knows", "volunteers"],
    ways: tuple[ast.Expr, ...],
    label: str | None,
    span: Span,
    scope: Scope,
    checker: Statements,
) -> Disclosure:
    """A value with a label, or what is said in a sentence with holes, in one way or another."""
    first, *others = ways
    for way in ways if others else ():
        if not isinstance(way, ast.Text):
            checker.report(errors.no_sentence(way.span))
    if not isinstance(first, ast.Text):
        return Disclosure(kind, label or _dotted(first), checker.check(first, scope), span=span)
    says = [_sentence(way, scope, checker) for way in ways if isinstance(way, ast.Text)]
    for other, way in zip(says[1:], others, strict=False):
        for hole, said in _holes(says[0], first):
            if hole not in other.items:
                checker.report(errors.says_less(_shown(said), way.span, said.span, "which is said here"))
    holes = tuple(dict.fromkeys(hole for hole, _ in _holes(says[0], first)))
    told = holes[0] if len(holes) == 1 else Make("list", (), holes, ListType(ANY), first.span)
    return Disclosure(kind, label or "", told, (), tuple(says), span)


def _sentence(text: ast.Text, scope: Scope, checker: Statements) -> Make:
    """The texts and holes of a sentence. A hole may be of any type: what it holds is said as people say it."""
    parts: list[Expr] = []
    for part in text.parts:
        found = Const(part, TEXT, text.span) if isinstance(part, str) else checker.check(part, scope)
        if isinstance(found.type, Optional):
            checker.report(errors.may_be_absent(found.type, found.span))
        parts.append(found)
    return Make("tuple", (), tuple(parts), TEXT, text.span)


def _holes(said: Make, text: ast.Text) -> list[tuple[Expr, ast.Expr]]:
    return [(found, part) for found, part in zip(said.items, text.parts, strict=True) if not isinstance(part, str)]


def _described(item: ast.DisclosureItem, scope: Scope, checker: Statements) -> Disclosure:
    thing = item.things[0][0][0]
    found = checker.check(thing, scope)
    row = strip(found.type.item if isinstance(found.type, ListType) else found.type)
    paths, says = [], []
    for way, text in item.ways:
        for part in way:
            check_path(part, row, checker)
        paths.append(Const([[list(words_of(p)), p.some] for p in way], ANY))
        says.append(_called(text, thing, way, scope, checker))
    named = tuple(s or Const("", TEXT, item.span) for s in says) if any(says) else ()
    return Disclosure("describes", _dotted(thing), found, tuple(paths), named, item.span)


def _called(
    text: ast.Text | None, thing: ast.Expr, way: tuple[ast.PathPart, ...], scope: Scope, checker: Statements
) -> Make | None:
    """What a thing is called by whoever describes it in a way: all that the way rests on is said."""
    if text is None:
        return None
    said = _sentence(text, scope, checker)
    for part in way:
        if part.some:
            checker.report(errors.one_of_several(part.span, text.span))
            continue
        path = thing
        for word in part.names:
            path = ast.FieldOf(path, word, span=part.span)
        if checker.check(path, scope) not in said.items:
            checker.report(errors.says_less(_shown(path), text.span, part.span, "by which it is found"))
    return said


def _dotted(expr: ast.Expr) -> str:
    match expr:
        case ast.Name(name):
            return name
        case ast.FieldOf(target, name):
            return f"{_dotted(target)}.{name.text}"
    return ""


def _shown(expr: ast.Expr) -> str:
    """What a hole holds, for a message."""
    if isinstance(expr, ast.CallOf):
        return f"{expr.name.text}({', '.join(_shown(a.value) for a in expr.args)})"
    return _dotted(expr) or "…"


def _repeats(words: tuple[ast.Word, ...], checker: Statements) -> None:
    first: dict[str, Span] = {}
    for word in words:
        if word.text in first:
            checker.report(errors.name_taken(word.text, word.span, first[word.text]))
        first.setdefault(word.text, word.span)


def check_compose(node: ast.ComposeDecl, checker: Statements) -> Compose:
    for word in node.scenarios:
        if word.text not in checker.env.scenarios:
            checker.report(misnamed.unknown_name("scenario", word.text, word.span, checker.env.scenarios))
    _repeats(node.scenarios, checker)
    if node.low < 1 or node.high < node.low:
        message = f"`{node.low}..{node.high}` is no range: it begins at 1 or more and does not fall"
        checker.report(errors.bad_number(message, node.span))
    return Compose(
        node.low,
        node.high,
        tuple(w.text for w in node.scenarios),
        node.sharing.text if node.sharing else None,
        node.span,
    )
