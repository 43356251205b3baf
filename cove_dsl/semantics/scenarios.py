"""Scenarios become picks, goals and what the user says; compositions put several together."""

from typing import assert_never

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
    ListType,
    RecordType,
    Ref,
    Type,
    optional,
    strip,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors
from .rules import known_rules
from .scope import Scope, variable
from .statements import Statements
from .worlds import check_path, words_of

PICK_INSTEAD = "`pick … from` a list that holds only what is there"


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
                if leave is not None:
                    checker.report(errors.not_allowed("`else`", "in a scenario", leave.span, PICK_INSTEAD))
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
            return Goal(
                "learn",
                args=(checker.check(goal.expr, scope),),
                name=goal.name.text,
                text=goal.text or "",
                span=goal.span,
            )
        case "reach":
            assert goal.expr is not None
            return Goal("reach", condition=checker.condition(goal.expr, scope), text=goal.text or "", span=goal.span)
        case "all" | "any":
            return Goal(goal.kind, goals=tuple(_goal(g, scope, checker) for g in goal.goals), span=goal.span)
        case "nothing":
            return Goal("nothing", span=goal.span)
        case _:
            assert_never(goal.kind)


def _do_goal(goal: ast.GoalExpr, scope: Scope, checker: Statements) -> Goal:
    assert goal.name is not None
    tool = checker.env.tools.get(goal.name.text)
    if tool is None:
        checker.report(errors.unknown_tool(goal.name.text, goal.name.span, checker.env.tools))
        return Goal("nothing", span=goal.span)
    choices = []
    for word, source in goal.choices:
        found = checker.check(source, scope)
        var = variable(scope, word.text, checker.item_of(found, source.span), word.span)
        choices.append((var.name, found))
        scope = checker.named(scope, word, var)
    when = checker.condition(goal.when, scope) if goal.when is not None else None
    args = checker.arguments(goal.name, tuple((p.name, p.type) for p in tool.params), goal.args, scope)
    return Goal("do", tool.name, args, tuple(choices), when, text=goal.text or "", span=goal.span)


def _disclosures(item: ast.DisclosureItem, scope: Scope, checker: Statements) -> list[Disclosure]:
    if item.kind == "describes":
        thing = item.things[0][0]
        found = checker.check(thing, scope)
        for way in item.ways:
            for part in way:
                check_path(part, strip(found.type.item if isinstance(found.type, ListType) else found.type), checker)
        paths = tuple(Const([[list(words_of(p)), p.some] for p in way], ANY) for way in item.ways)
        return [Disclosure("describes", _dotted(thing), found, paths, item.span)]
    found_things = [(thing, text, checker.check(thing, scope)) for thing, text in item.things]
    if item.kind == "hides":
        return []
    return [Disclosure(item.kind, text or _dotted(thing), made, (), item.span) for thing, text, made in found_things]


def _dotted(expr: ast.Expr) -> str:
    match expr:
        case ast.Name(name):
            return name
        case ast.FieldOf(target, name):
            return f"{_dotted(target)}.{name.text}"
        case ast.Text(parts):
            return "".join(str(p) for p in parts)
    return ""


def _repeats(words: tuple[ast.Word, ...], checker: Statements) -> None:
    first: dict[str, Span] = {}
    for word in words:
        if word.text in first:
            checker.report(errors.name_taken(word.text, word.span, first[word.text]))
        first.setdefault(word.text, word.span)


def check_compose(node: ast.ComposeDecl, checker: Statements) -> Compose:
    for word in node.scenarios:
        if word.text not in checker.env.scenarios:
            checker.report(errors.unknown_name("scenario", word.text, word.span, checker.env.scenarios))
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
