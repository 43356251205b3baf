"""One declaration becomes its part of the core. Bodies are read here, against the environment of signatures."""

from collections.abc import Iterable
from typing import Any, assert_never

from attrs import evolve

from ..core.nodes import (
    Apply,
    Bind,
    Check,
    Clause,
    Collect,
    Const,
    Disclosure,
    Duty,
    Events,
    Exit,
    Expr,
    Fold,
    Get,
    Goal,
    If,
    Is,
    Let,
    Lookup,
    Param,
    Pattern,
    Pick,
    Rule,
    Scenario,
    Stmt,
    Tool,
    Var,
)
from ..core.spec import (
    Calls,
    Compose,
    Define,
    Description,
    Expect,
    Invariant,
    Path,
    Says,
    Test,
)
from ..core.types import (
    ANY,
    BOOL,
    INT,
    TEXT,
    AnyType,
    EnumType,
    EventType,
    ListType,
    MapType,
    RecordType,
    Ref,
    Type,
    optional,
    strip,
)
from ..source import Diagnostic, Label, Span
from ..syntax import ast
from . import errors
from .environment import Entry, Environment, params_of
from .scope import Scope, variable
from .statements import Statements

PICK_INSTEAD = "`pick … from` a list that holds only what is there"


class Exception_:
    """An exception to a rule, before it is worked into the rule's checks."""

    def __init__(self, node: ast.ExceptionDecl, condition: Expr) -> None:
        self.node, self.condition = node, condition


def declare(entry: Entry, env: Environment) -> tuple[list[Any], list[Diagnostic], set[str]]:
    """The core parts of one declaration, the problems in it, and the functions it uses."""
    checker = Statements(env, entry.holes)
    env.problems.clear()
    try:
        parts = _parts(entry.node, env, checker)
    except RecursionError:
        parts = []
        checker.report(errors.too_deep(entry.node.span))
    parts += [("unclear", "", span) for span in checker.unclear[:1]]
    return parts, [*checker.problems, *env.problems], checker.uses


def _parts(node: ast.Declaration, env: Environment, checker: Statements) -> list[Any]:
    parts: list[Any]
    match node:
        case ast.DefineDecl() | ast.LookupDecl() | ast.RecogniserDecl() | ast.FactDecl():
            parts = [_function(node, checker)]
        case ast.ToolDecl():
            parts = [_tool(node, checker)]
        case ast.BlockDecl(kind, name, _, body):
            stmts, _ = checker.body(body, Scope(kind))
            parts = [(kind, name.text if name else "", stmts)]
        case ast.RuleDecl():
            parts = [_rule(node, checker)]
        case ast.ExceptionDecl():
            parts = [_exception(node, checker)]
        case ast.ScenarioDecl():
            parts = [_scenario(node, checker)]
        case ast.ComposeDecl():
            parts = [_compose(node, checker)]
        case ast.TestDecl():
            parts = [_test(node, checker)]
        case ast.InvariantDecl(name, doc, condition, span):
            parts = [Invariant(name.text, doc or "", checker.condition(condition, Scope("invariant")), span)]
        case ast.DescribeDecl():
            parts = [_description(node, checker)]
        case ast.RecordDecl() | ast.VariantDecl():
            parts = [_conditions(node, checker)]
        case ast.EffectDecl():
            _effect(node, checker)
            parts = []
        case (
            ast.Domain()
            | ast.Clock()
            | ast.Module()
            | ast.Use()
            | ast.ToolsDecl()
            | ast.EnumDecl()
            | ast.TableDecl()
            | ast.StateDecl()
        ):
            parts = []
        case _:
            assert_never(node)
    return parts


# --- functions --------------------------------------------------------------------------------------------------------


def _param_scope(where: str, params: tuple[Param, ...], words: tuple[ast.ParamDecl, ...]) -> Scope:
    scope = Scope(where)
    for param, word in zip(params, words, strict=True):
        scope = scope.bind(param.name, Var(param.name, param.type, word.name.span), word.name.span)
    return scope


def _function(node: Any, checker: Statements) -> Define:
    match node:
        case ast.DefineDecl(name, words, _, doc, body, span):
            signature = checker.env.functions.get(name.text)
            params = params_of(checker.env, words)
            scope = _param_scope("define", params, words)
            returns = signature.returns if signature else ANY
            return Define(
                name.text, params, returns, doc or "", checker.want(body, scope, returns, f"`{name.text}`"), span=span
            )
        case ast.LookupDecl():
            return _lookup(node, checker)
        case ast.RecogniserDecl(name, words, returns, doc, version, rows, otherwise, span):
            params = params_of(checker.env, words)
            kind = checker.env.resolve_type(returns)
            scope = _param_scope("recogniser", params, words)
            if len(params) == 1:
                scope = scope.with_it(Var(params[0].name, params[0].type))
            made = _rows(rows, otherwise, kind, scope, checker)
            return Define(
                name.text,
                params,
                kind,
                doc or "",
                Apply("or_unknown", (made,), kind, span),
                "recogniser",
                version,
                (),
                _phrases(rows, made),
                span,
            )
        case ast.FactDecl():
            return _fact(node, checker)
    raise AssertionError(node)


def _rows(
    rows: tuple[tuple[ast.Expr, ast.Expr], ...],
    otherwise: ast.Expr | None,
    kind: Type,
    scope: Scope,
    checker: Statements,
) -> Expr:
    """The first row whose condition holds decides; none leaves it absent."""
    body: Expr = checker.want(otherwise, scope, kind, "the last row") if otherwise else Const(None, optional(kind))
    for condition, value in reversed(rows):
        body = If(
            checker.condition(condition, scope),
            checker.want(value, scope, kind, "a row's value"),
            body,
            optional(kind),
            condition.span,
        )
    return body


def _phrases(rows: tuple[tuple[ast.Expr, ast.Expr], ...], body: Expr) -> tuple[tuple[tuple[str, ...], Any], ...]:
    """For each row: the phrases it listens for, and what they mean. A simulator says them, a reader sees them."""
    found = []
    while isinstance(body, If):
        words: list[str] = []
        for node in _mentions(body.condition):
            words += [str(w) for w in node.value] if isinstance(node.value, list) else [str(node.value)]
        if isinstance(body.then, Const):
            found.append((tuple(words), body.then.value))
        body = body.other
    return tuple(found)


def _mentions(expr: Expr) -> list[Const]:
    from ..core.walk import walk

    return [
        n.args[1] for n in walk(expr) if isinstance(n, Apply) and n.op == "mentions" and isinstance(n.args[1], Const)
    ]


def _fact(node: ast.FactDecl, checker: Statements) -> Define:
    """What the last message that says anything about it says; unknown if none does."""
    kind = checker.env.resolve_type(node.type)
    message = Var("it", EventType("message", node.role), node.span)
    chain = _rows(node.rows, None, kind, Scope("fact").with_it(message), checker)
    said = Var("said", optional(kind), node.span)
    heard = Collect(
        (
            Clause("for", ("it",), Events(Pattern("message", node.role), ListType(message.type), span=node.span)),
            Clause("let", ("said",), chain),
            Clause("where", (), Is(said, "present", None, span=node.span)),
        ),
        said,
        ListType(kind),
        node.span,
    )
    body: Expr = Fold("last", heard, optional(kind), node.span)
    if node.otherwise is not None:
        other = checker.want(node.otherwise, Scope("fact"), kind, "the last row")
        last = Var("last_said", optional(kind), node.span)
        body = Let("last_said", body, If(Is(last, "present", None), last, other, kind), kind, node.span)
    body = Apply("or_unknown", (body,), kind, node.span)
    return Define(
        f"stated.{node.name.text}",
        (),
        kind,
        node.doc or "",
        body,
        "fact",
        node.version,
        (),
        _phrases(node.rows, chain),
        node.span,
    )


def _lookup(node: ast.LookupDecl, checker: Statements) -> Define:
    """A written table: rows by the first parameter, columns by the second. Every combination must be there."""
    params = params_of(checker.env, node.params)
    returns = checker.env.resolve_type(node.returns)
    cells = tuple(tuple(w.text for w in row) for row in node.rows if not all(set(w.text) <= set("-: ") for w in row))
    rows = [row for row in node.rows if not all(set(w.text) <= set("-: ") for w in row)]
    body: Expr = Const(None, returns, node.span)
    if len(params) == 2 and rows:
        header, *lines = rows
        before = len(checker.problems)
        table: dict[str, dict[str, Any]] = {}
        for line in lines:
            key = _cell(line[0], params[0].type, checker)
            if len(line) != len(header):
                checker.report(
                    Diagnostic(
                        "bad-table",
                        f"this row has {len(line)} cells, the first one {len(header)}",
                        (Label(line[0].span),),
                    )
                )
                continue
            table[str(key)] = {
                str(_cell(h, params[1].type, checker)): _cell(c, returns, checker)
                for h, c in zip(header[1:], line[1:], strict=True)
            }
        if len(checker.problems) == before:
            _whole_table(table, params, node, checker)
        inner = MapType(params[1].type, returns)
        outer = Lookup(
            Const(table, MapType(params[0].type, inner), node.span),
            Var(params[0].name, params[0].type),
            optional(inner),
            node.span,
        )
        body = Apply(
            "or_unknown",
            (Lookup(outer, Var(params[1].name, params[1].type), optional(returns), node.span),),
            returns,
            node.span,
        )
    else:
        checker.report(
            Diagnostic(
                "bad-table",
                "a lookup has two parameters: one for the rows, one for the columns",
                (Label(node.name.span),),
            )
        )
    return Define(node.name.text, params, returns, node.doc or "", body, "lookup", 0, cells, (), node.span)


def _cell(cell: ast.Word, kind: Type, checker: Statements) -> Any:
    """A cell's value, read as its type asks."""
    from ..syntax import parse_expr

    if isinstance(kind, EnumType):
        values = checker.env.enums[kind.name].values
        if cell.text not in values:
            checker.report(errors.unknown_value(kind.name, cell.text, cell.span, values))
        return values.get(cell.text)
    try:
        found = checker.want(
            parse_expr(cell.text, cell.span.piece, cell.span.start), Scope("define"), kind, "this cell"
        )
    except ValueError:
        found = Const(None, ANY)
        checker.report(Diagnostic("bad-table", f"`{cell.text}` cannot be read as `{kind}`", (Label(cell.span),)))
    return found.value if isinstance(found, Const) else None


def _whole_table(
    table: dict[str, dict[str, Any]], params: tuple[Param, ...], node: ast.LookupDecl, checker: Statements
) -> None:
    enums = [checker.env.enums[p.type.name].values.values() for p in params if isinstance(p.type, EnumType)]
    if len(enums) == 2:
        missing = [f"{r} × {c}" for r in enums[0] for c in enums[1] if c not in table.get(r, {})]
        if missing:
            checker.report(
                Diagnostic(
                    "bad-table",
                    f"the table says nothing about {', '.join(missing[:3])}",
                    (Label(node.name.span),),
                )
            )


def _effect(node: ast.EffectDecl, checker: Statements) -> None:
    """An effect is checked where it is declared; it is put in place where it is done."""
    params = params_of(checker.env, node.params)
    checker.effects = (node.name.text,)
    checker.body(node.body, _param_scope("tool", params, node.params))


# --- tools ------------------------------------------------------------------------------------------------------------


def _tool(node: ast.ToolDecl, checker: Statements) -> Tool:
    params = params_of(checker.env, node.params)
    returns = checker.env.tools[node.name.text].returns if node.name.text in checker.env.tools else ANY
    checker.returns = returns
    body: tuple[Stmt, ...] | None = None
    if node.body is not None:
        body, _ = checker.body(node.body, _param_scope("tool", params, node.params))
        if node.kind == "read" and (spot := _first_write(body)) is not None:
            checker.report(errors.not_allowed("a change", "in a read tool", spot, "declare it `write tool`"))
        if not _always_leaves(body) and returns != TEXT:
            checker.report(
                Diagnostic(
                    "no-return",
                    f"`{node.name.text}` may end without returning `{returns}`",
                    (Label(node.name.span),),
                )
            )
    touched = []
    for part in node.touches:
        table = part.names[0]
        if table.text not in checker.env.tables and table.text not in checker.env.states:
            checker.report(
                errors.unknown_name(
                    "table or state", table.text, table.span, [*checker.env.tables, *checker.env.states]
                )
            )
        else:
            _touched(part, checker)
        touched.append(table.text)
    return Tool(
        node.name.text,
        params,
        returns,
        node.doc or "",
        body,
        node.kind,
        "user" if node.of_user else "agent",
        tuple(touched),
        node.span,
    )


def _touched(part: ast.PathPart, checker: Statements) -> None:
    """What a tool touches is a table, a state, or a path of fields in one."""
    env, head = checker.env, part.names[0].text
    kind: Type = RecordType(env.tables[head].record) if head in env.tables else env.states[head].type
    _path(evolve(part, names=part.names[1:]), kind, checker)


def _first_write(body: tuple[Stmt, ...]) -> Span | None:
    from ..core.nodes import Write
    from ..core.walk import walk

    return next((n.span for n in walk(body) if isinstance(n, Write)), None)


def _always_leaves(body: tuple[Stmt, ...]) -> bool:
    from ..core.nodes import Branch

    match body[-1:]:
        case (Exit(),):
            return True
        case (Branch(_, then, other),):
            return _always_leaves(then) and _always_leaves(other)
    return False


# --- rules ------------------------------------------------------------------------------------------------------------


def _rule(node: ast.RuleDecl, checker: Statements) -> Rule:
    limits = [i for i in node.items if isinstance(i, ast.LimitItem)]
    duties = [i for i in node.items if isinstance(i, ast.DutyItem)]
    stmts = tuple(i for i in node.items if not isinstance(i, (ast.LimitItem, ast.DutyItem)))
    presupposes = _known_rules(node.presupposes, checker)
    checker.distinct_labels(_labels_in(stmts))
    common: dict[str, Any] = {"presupposes": presupposes, "severity": node.severity, "span": node.span}
    if node.trigger is None and limits:
        return _limit_rule(node, limits, checker, common)
    if node.trigger is None:
        checker.report(errors.unused_trigger(node.name.span))
        return Rule(node.name.text, node.doc or "", "judged", None, (), **common)
    if node.trigger.when == "judged":
        return Rule(node.name.text, node.doc or "", "judged", None, (), basis="judge", **common)
    pattern, scope = trigger_scope(node.trigger, checker)
    body, scope = checker.body(stmts, scope)
    made = tuple(_duty(d, scope, checker) for d in duties)
    if not made and not any(_requires(s) for s in body):
        checker.report(errors.no_check(node.name.text, node.name.span))
    return Rule(node.name.text, node.doc or "", node.trigger.when, pattern, body, made, **common)


def _labels_in(items: Iterable[Any]) -> list[ast.Word]:
    """The labels of the requirements among some statements, those inside loops and branches too."""
    found: list[ast.Word] = []
    for item in items:
        match item:
            case ast.RequireStmt(ast.Word() as label):
                found.append(label)
            case ast.ForStmt(body=body) | ast.GatherStmt(body=body):
                found += _labels_in(body)
            case ast.IfStmt(_, then, other):
                found += [w for w in _labels_in(then) if w.text not in {o.text for o in _labels_in(other)}]
                found += _labels_in(other)
    return found


def _requires(stmt: Stmt) -> bool:
    from ..core.walk import walk

    return any(
        (isinstance(n, Check) and not (n.otherwise and n.otherwise.kind == "skip"))
        or (isinstance(n, Exit) and n.kind == "violate")
        for n in walk(stmt)
    )


def _known_rules(words: tuple[ast.Word, ...], checker: Statements) -> tuple[str, ...]:
    for word in words:
        if word.text not in checker.env.rules:
            checker.report(errors.unknown_rule(word.text, word.span, checker.env.rules))
    return tuple(w.text for w in words if w.text in checker.env.rules)


def trigger_scope(trigger: ast.Trigger, checker: Statements) -> tuple[Pattern | None, Scope]:
    """What the trigger binds: `call`, `message` or `step`."""
    scope = Scope("rule")
    if trigger.event is None:
        return None, scope
    pattern, kind = checker.pattern(trigger.event)
    if trigger.when == "before" and pattern.status is not None:
        checker.report(errors.not_allowed("`ok` or `failed`", "before a call is made", trigger.event.span))
    if (trigger.when == "on") != (pattern.kind == "step"):
        checker.report(
            errors.not_allowed(
                "this trigger",
                "here",
                trigger.span,
                "write `on agent step`, `before call …`, `after ok call …` or `before agent message`",
            )
        )
    return pattern, scope.bind(pattern.kind, Var(pattern.kind, kind, trigger.span), trigger.span)


def _limit_rule(node: ast.RuleDecl, limits: list[ast.LimitItem], checker: Statements, common: dict[str, Any]) -> Rule:
    """`at most N E per .k` is judged before each attempt: fewer than N such events have happened for the same key."""
    checks: list[Stmt] = []
    pattern: Pattern | None = None
    for limit in limits:
        if limit.most < 1:
            checker.report(errors.bad_number("a limit is at least 1; write `never` to forbid something", limit.span))
        pattern, kind = checker.pattern(limit.event)
        call = Var(pattern.kind, kind, limit.span)
        past = Events(pattern, ListType(kind), span=limit.span)
        it = Var("it", kind, limit.span)
        clauses = [Clause("for", ("it",), past)]
        for key in limit.per:
            checker._field_type(kind, key, Scope("rule"))
            same = Apply(
                "eq", (Get(it, key.text, TEXT, span=key.span), Get(call, key.text, TEXT, span=key.span)), BOOL, key.span
            )
            clauses.append(Clause("where", (), same))
        earlier = Fold("count", Collect(tuple(clauses), it, ListType(kind), limit.span), INT, limit.span)
        checks.append(
            Check(
                Apply("lt", (earlier, Const(limit.most, INT)), BOOL, limit.span),
                "at_most",
                limit.because or "",
                None,
                limit.span,
            )
        )
    if len(limits) != len(node.items) or len(limits) != 1:
        other = next((i for i in node.items if i is not limits[0]), limits[0])
        checker.report(Diagnostic("wrong-rule", "a limit stands alone in its rule", (Label(other.span),)))
    attempt = evolve(pattern, status=None) if pattern else None
    return Rule(node.name.text, node.doc or "", "before", attempt, tuple(checks), **common)


def _duty(item: ast.DutyItem, scope: Scope, checker: Statements) -> Duty:
    pattern, condition = _duty_event(item.event, item.where, scope, checker)
    until, until_condition = _duty_event(item.until, item.until_where, scope, checker)
    return Duty(item.mode, pattern, condition, until, until_condition, item.mode, item.because or "", item.span)


def _duty_event(
    event: ast.EventExpr | None, where: ast.Expr | None, scope: Scope, checker: Statements
) -> tuple[Pattern | None, Expr | None]:
    if event is None:
        return None, None
    pattern, kind = checker.pattern(event)
    inside = scope.with_it(Var("it", kind, event.span))
    return pattern, checker.condition(where, inside) if where is not None else None


def _exception(node: ast.ExceptionDecl, checker: Statements) -> Exception_:
    """An exception's condition: its trigger's tools, its `let … else skip` and its `when`s, all together."""
    known = [*checker.env.rules, *checker.env.exceptions]
    if node.to.text not in known:
        checker.report(errors.unknown_rule(node.to.text, node.to.span, known))
    if node.trigger is None and not node.items:
        checker.report(errors.always_excepted(node.name.text, node.name.span))
    scope, guard = _inherited(node, checker), None
    if node.trigger is not None:
        pattern, scope = trigger_scope(node.trigger, checker)
        if pattern is not None and pattern.kind == "call":
            call = scope.names["call"]
            guard = Apply(
                "in",
                (Get(call, "tool", TEXT), Const(sorted(pattern.tools or checker.env.tools), ListType(TEXT))),
                BOOL,
                node.span,
            )
    stmts, _ = checker.body(tuple(i for i in node.items if not isinstance(i, (ast.LimitItem, ast.DutyItem))), scope)
    condition = _narrowing(stmts, checker, node.span)
    return Exception_(node, Apply("and", (guard, condition), BOOL, node.span) if guard is not None else condition)


def _inherited(node: ast.ExceptionDecl, checker: Statements) -> Scope:
    """Without a trigger of its own, an exception sees the call or message that its rule is judged at."""
    env, seen, name = checker.env, set[str](), node.name.text
    while name in env.exceptions and name not in seen:
        seen.add(name)
        trigger = env.triggers.get(name)
        if trigger is not None:
            break
        name = env.exceptions[name]
    trigger = env.triggers.get(name)
    if node.trigger is not None or trigger is None or trigger.event is None:
        return Scope("rule")
    count = len(checker.problems)
    _, scope = trigger_scope(trigger, checker)
    del checker.problems[count:]
    return scope


def _narrowing(stmts: tuple[Stmt, ...], checker: Statements, span: Span) -> Expr:
    condition: Expr = Const(True, BOOL)
    for stmt in reversed(stmts):
        match stmt:
            case Check(found, "", _, Exit("skip")):
                condition = Apply("and", (found, condition), BOOL, found.span)
            case Bind(name, value, otherwise):
                inner: Expr = condition
                if otherwise is not None:
                    inner = If(
                        Is(Var(name, value.type), "present", None), condition, Const(False, BOOL), BOOL, stmt.span
                    )
                condition = Let(name, value, inner, BOOL, stmt.span)
            case _:
                checker.report(
                    errors.not_allowed(
                        "this", "in an exception: only `let` and `when`", stmt.span if stmt.span.piece else span
                    )
                )
    return condition


# --- scenarios --------------------------------------------------------------------------------------------------------


def _scenario(node: ast.ScenarioDecl, checker: Statements) -> Scenario:
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
                _known_rules((rule,), checker)
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
    return Goal("do", tool.name, args, tuple(choices), when, span=goal.span)


def _disclosures(item: ast.DisclosureItem, scope: Scope, checker: Statements) -> list[Disclosure]:
    if item.kind == "describes":
        thing = item.things[0][0]
        found = checker.check(thing, scope)
        for way in item.ways:
            for part in way:
                _path(part, strip(found.type.item if isinstance(found.type, ListType) else found.type), checker)
        paths = tuple(Const([[list(_words(p)), p.some] for p in way], ANY) for way in item.ways)
        return [Disclosure("describes", _dotted(thing), found, paths, item.span)]
    found_things = [(thing, text, checker.check(thing, scope)) for thing, text in item.things]
    if item.kind == "hides":
        return []
    return [Disclosure(item.kind, text or _dotted(thing), made, (), item.span) for thing, text, made in found_things]


def _words(part: ast.PathPart) -> tuple[str, ...]:
    return tuple(w.text for w in part.names)


def _dotted(expr: ast.Expr) -> str:
    match expr:
        case ast.Name(name):
            return name
        case ast.FieldOf(target, name):
            return f"{_dotted(target)}.{name.text}"
        case ast.Text(parts):
            return "".join(str(p) for p in parts)
    return ""


def _path(part: ast.PathPart, kind: Type, checker: Statements) -> Path:
    """A path of fields from a row, checked against its type."""
    for word in part.names:
        kind = strip(kind)
        if isinstance(kind, ListType):
            kind = strip(kind.item)
        if isinstance(kind, AnyType):
            break
        kind = checker._field_type(kind, word, Scope("define"))
    return Path(_words(part), part.some)


def _description(node: ast.DescribeDecl, checker: Statements) -> Description:
    env = checker.env
    for word in filter(None, (node.name,)):
        if word.text not in env.tables:
            checker.report(errors.unknown_name("table", word.text, word.span, env.tables))
            return Description(word.text, None, (), node.span)
    row = RecordType(env.tables[node.name.text].record)
    ways = tuple(tuple(_path(part, row, checker) for part in way) for way in node.ways)
    within = node.within.text if node.within else None
    singular = {t.record.lower() for t in env.tables.values()} | set(env.tables)
    if node.within is not None and within not in singular:
        checker.report(errors.unknown_name("table or record", node.within.text, node.within.span, singular))
    return Description(node.name.text, within, ways, node.span)


def _repeats(words: tuple[ast.Word, ...], checker: Statements) -> None:
    first: dict[str, Span] = {}
    for word in words:
        if word.text in first:
            checker.report(errors.name_taken(word.text, word.span, first[word.text]))
        first.setdefault(word.text, word.span)


def _compose(node: ast.ComposeDecl, checker: Statements) -> Compose:
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


def _conditions(
    node: ast.RecordDecl | ast.VariantDecl, checker: Statements
) -> tuple[str, str, dict[tuple[str | None, str], Expr]]:
    """The `where` of each field: a condition on its value, `it`."""
    env = checker.env
    cases = [(None, node.fields)] if isinstance(node, ast.RecordDecl) else [(c.name.text, c.fields) for c in node.cases]
    found: dict[tuple[str | None, str], Expr] = {}
    for case, fields in cases:
        for f in fields:
            if f.where is not None and node.name.text in env.records:
                record = env.records[node.name.text]
                kind = (record.cases[case].fields if case else record.fields)[f.name.text].type
                it = Var("it", strip(kind), f.span)
                found[case, f.name.text] = checker.condition(f.where, Scope("define").with_it(it))
    return ("conditions", node.name.text, found)


# --- tests ------------------------------------------------------------------------------------------------------------


def _test(node: ast.TestDecl, checker: Statements) -> Test:
    scope = Scope("given")
    given: list[Stmt] = []
    events: list[Says | Calls] = []
    expects: list[Expect] = []
    if node.fixture is not None and node.fixture.text not in checker.env.fixtures:
        checker.report(errors.unknown_name("fixture", node.fixture.text, node.fixture.span, checker.env.fixtures))
    for item in node.items:
        match item:
            case ast.GivenItem(body):
                made, scope = checker.body(body, scope)
                given += made
            case ast.LetStmt() | ast.GatherStmt():
                scope = checker.statement(item, scope, given)
            case ast.SaysItem(role, text, span):
                events.append(Says(role, checker.check(text, scope), span))
            case ast.CallsItem():
                events.append(_calls(item, scope, checker))
            case ast.ExpectItem(kind, rule, label, condition, span):
                _known_rules((rule,) if rule is not None else (), checker)
                found = checker.condition(condition, scope) if condition is not None else None
                expects.append(Expect(kind, rule.text if rule else None, label.text if label else None, found, span))
            case _:
                assert_never(item)
    if not expects:
        checker.report(Diagnostic("checks-nothing", f"the test `{node.name}` expects nothing", (Label(node.span),)))
    return Test(
        node.name, node.fixture.text if node.fixture else None, tuple(given), tuple(events), tuple(expects), node.span
    )


def _calls(item: ast.CallsItem, scope: Scope, checker: Statements) -> Calls:
    tool = checker.env.tools.get(item.tool.text)
    if tool is None:
        checker.report(errors.unknown_tool(item.tool.text, item.tool.span, checker.env.tools))
        return Calls(item.role, item.tool.text, (), (), item.fails, item.span)
    texts = {
        a.label.text if a.label else tool.params[i].name
        for i, a in enumerate(item.args[: len(tool.params)])
        if isinstance(a.value, ast.Text)
    }
    if tool.requestor != item.role:
        checker.report(errors.wrong_party(tool.name, tool.requestor, item.tool.span))
    params = tuple((p.name, _loosened(p.type) if p.name in texts else p.type) for p in tool.params)
    args = checker.arguments(item.tool, params, item.args, scope)
    return Calls(item.role, tool.name, tuple(p.name for p in tool.params), args, item.fails, item.span)


def _loosened(kind: Type) -> Type:
    """In a test, an enum may be given as text: an ill-valued argument is worth testing."""
    return TEXT if isinstance(strip(kind), EnumType) else kind


__all__ = ["Exception_", "declare"]
