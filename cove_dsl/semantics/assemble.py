"""Last pass: the parts of all declarations become one `Spec`.

What concerns several declarations at once is decided here: exceptions are worked into the rules they except from, each
rule's basis is derived, and recursion, labels that nobody has, missing headers and a past where there is none reported.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from attrs import evolve

from ..core.nodes import Apply, Branch, Check, Each, Events, Expr, Get, Rule, Scenario, Stmt, Tool
from ..core.spec import Compose, Define, Description, Exemption, Invariant, Spec, Test
from ..core.types import BOOL, EventType
from ..core.walk import walk
from ..source import Diagnostic, Label, SourceMap, Span
from ..syntax import ast
from . import errors, misnamed
from .builtins import LANGUAGE_OPS
from .environment import Entry, Environment
from .expressions import PAST
from .phrases import with_phrases
from .rules import Exempting

MOST_STEPS = 100
WITHOUT_PAST: dict[type, str] = {
    ast.ToolDecl: "a tool",
    ast.EffectDecl: "an effect",
    ast.BlockDecl: "a world",
    ast.ScenarioDecl: "a scenario",
    ast.InvariantDecl: "an invariant",
    ast.AssertionDecl: "an assertion",
    ast.RecordDecl: "a field",
    ast.VariantDecl: "a field",
}


def assemble(
    entries: list[Entry],
    parts: list[Any],
    uses: dict[str, tuple[set[str], Span]],
    env: Environment,
    sources: SourceMap,
    digest: str,
) -> tuple[Spec, list[Diagnostic]]:
    """One specification from everything declared."""
    problems: list[Diagnostic] = []
    name, doc = _domain(entries, problems, sources)
    defines = with_phrases({p.name: p for p in parts if isinstance(p, Define)})
    problems += _recursion(uses)
    rules = {p.name: p for p in parts if isinstance(p, Rule)}
    exceptions = [p for p in parts if isinstance(p, Exempting)]
    problems += _unknown_labels(entries, rules)
    rules = _with_exceptions(rules, exceptions, problems)
    language, history = _reaching(defines, _is_language), _reaching(defines, lambda n: isinstance(n, Events))
    talk = _reaching(defines, _is_about_talk)
    rules = {n: evolve(r, basis=basis_of(r, language, history), talk=_talks(r, talk)) for n, r in rules.items()}
    rules = _ordered(rules, problems)
    blocks = [p for p in parts if isinstance(p, tuple) and p[0] in ("sync", "generate", "fixture")]
    _with_conditions(env, parts)
    generate = [b[2] for b in blocks if b[0] == "generate"]
    problems += _sharing(parts)
    spec = Spec(
        name=name, doc=doc, clock=env.clock, enums=env.enums, records=env.records, tables=env.tables, states=env.states,
        descriptions=tuple(p for p in parts if isinstance(p, Description)),
        invariants=tuple(p for p in parts if isinstance(p, Invariant)),
        defines=defines, tools={p.name: p for p in parts if isinstance(p, Tool)}, toolsets=env.toolsets,
        sync=tuple(s for b in blocks if b[0] == "sync" for s in b[2]),
        generate=tuple(s for body in generate for s in body) if generate else None,
        fixtures={b[1]: b[2] for b in blocks if b[0] == "fixture"},
        rules=rules, exemptions=tuple(map(_exemption, exceptions)),
        scenarios={p.name: p for p in parts if isinstance(p, Scenario)},
        composes=tuple(p for p in parts if isinstance(p, Compose)),
        tests=tuple(p for p in parts if isinstance(p, Test)), sources=sources, hash=digest,
    )  # fmt: skip
    return spec, problems


def _exemption(made: Exempting) -> Exemption:
    node = made.node
    label = node.label.text if node.label else None
    return Exemption(node.name.text, node.to.text, label, node.doc or "", node.span)


def _domain(entries: list[Entry], problems: list[Diagnostic], sources: SourceMap) -> tuple[str, str]:
    domains = [e.node for e in entries if isinstance(e.node, ast.Domain)]
    if not domains:
        where = next((name for name in sources.pieces if name.startswith("file:")), "")
        problems.append(
            Diagnostic("no-domain", "a specification begins with `domain NAME`", (Label(Span(where, 0, 0)),))
        )
        return "unnamed", ""
    problems += [errors.second_domain(extra.span, domains[0].span) for extra in domains[1:]]
    return domains[0].name.text, domains[0].doc or ""


def _sharing(parts: list[Any]) -> list[Diagnostic]:
    """What scenarios are composed over must be picked in each of them."""
    scenarios = {p.name: p for p in parts if isinstance(p, Scenario)}
    problems = []
    for compose in (p for p in parts if isinstance(p, Compose)):
        for name in compose.scenarios if compose.sharing is not None else ():
            picked = [pick.name for pick in scenarios[name].picks] if name in scenarios else [str(compose.sharing)]
            if compose.sharing not in picked:
                what = f"pick of `{name}`"
                problems.append(misnamed.unknown_name(what, str(compose.sharing), compose.span, picked))
    return problems


def _recursion(uses: dict[str, tuple[set[str], Span]]) -> list[Diagnostic]:
    """Definitions that lead back to themselves."""
    problems, done = [], set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if len(path) > MOST_STEPS:
            problems.append(errors.too_long(name, uses[path[0]][1]))
            return
        if name in path:
            problems.append(errors.recursive(name, [*path[path.index(name) :], name], uses[name][1]))
            return
        if name in done or name not in uses:
            return
        for used in sorted(uses[name][0]):
            visit(used, (*path, name))
        done.add(name)

    for name in uses:
        visit(name, ())
    return problems[:1]


def labels_of(rule: Rule) -> list[str]:
    """What verdicts of a rule can be told apart by."""
    checks = [n.label for n in walk(rule.body) if isinstance(n, Check) and n.label]
    return list(dict.fromkeys([*checks, *(d.label for d in rule.duties if d.label)]))


def _unknown_labels(entries: list[Entry], rules: dict[str, Rule]) -> list[Diagnostic]:
    """Tests and scenarios that expect a verdict under a label their rule does not have."""
    problems = []
    for entry in entries:
        for item in entry.node.items if isinstance(entry.node, (ast.TestDecl, ast.ScenarioDecl)) else ():
            if isinstance(item, (ast.ExpectItem, ast.RefusalItem)) and item.rule is not None and item.label is not None:
                rule = rules.get(item.rule.text)
                if rule is not None and item.label.text not in (known := labels_of(rule)):
                    problems.append(errors.unknown_label(rule.name, item.label.text, item.label.span, known))
    return problems


def _exception_cycle(exceptions: list[Exempting]) -> list[Diagnostic]:
    leads = {e.node.name.text: e.node.to.text for e in exceptions}
    for exception in exceptions:
        name, path = exception.node.name.text, [exception.node.name.text]
        while (name := leads.get(name, "")) and name not in path:
            path.append(name)
        if name:
            return [errors.recursive(name, [*path[path.index(name) :], name], exception.node.name.span)]
    return []


def no_past(users: list[tuple[ast.Declaration, set[str]]], uses: dict[str, tuple[set[str], Span]]) -> list[Diagnostic]:
    """Tools, worlds and scenarios that reach into the conversation through a definition."""
    reaching = {name for name, (used, _) in uses.items() if PAST in used}
    while grown := {n for n, (used, _) in uses.items() if n not in reaching and used & reaching}:
        reaching |= grown
    problems = []
    for node, used in users:
        through = sorted(used & reaching)
        if through:
            name = getattr(node, "name", None)
            place = name.span if isinstance(name, ast.Word) else node.span
            problems.append(errors.no_past(WITHOUT_PAST[type(node)], through[0], place))
    return problems


def _with_exceptions(
    rules: dict[str, Rule], exceptions: list[Exempting], problems: list[Diagnostic]
) -> dict[str, Rule]:
    """`require C` with an exception `W` becomes `C or W`; an exception to an exception takes its part of `W` away."""
    conditions = {e.node.name.text: e.condition for e in exceptions}
    for inner in exceptions:
        if inner.node.to.text in conditions:
            outer = conditions[inner.node.to.text]
            conditions[inner.node.to.text] = Apply(
                "and", (outer, Apply("not", (inner.condition,), BOOL)), BOOL, inner.node.span
            )
    if cycle := _exception_cycle(exceptions):
        problems += cycle
        return rules
    result = dict(rules)
    for exception in exceptions:
        target = result.get(exception.node.to.text)
        if target is None:
            continue
        label = exception.node.label.text if exception.node.label else None
        body, found = _relaxed(target.body, label, conditions[exception.node.name.text])
        if not found:
            word = exception.node.label
            if word is not None:
                problems.append(errors.unknown_label(target.name, word.text, word.span, labels_of(target)))
            else:
                problems.append(errors.cannot_be_excepted(target.name, exception.node.to.span))
        result[target.name] = evolve(target, body=body)
    return result


def _relaxed(body: tuple[Stmt, ...], label: str | None, condition: Expr) -> tuple[tuple[Stmt, ...], bool]:
    made: list[Stmt] = []
    found = False
    for stmt in body:
        match stmt:
            case Check(_, name, _, otherwise) if not (otherwise and otherwise.kind == "skip") and (
                label is None or name == label
            ):
                made.append(evolve(stmt, condition=Apply("or", (stmt.condition, condition), BOOL, stmt.span)))
                found = True
            case Each(body=inner):
                changed, hit = _relaxed(inner, label, condition)
                made.append(evolve(stmt, body=changed))
                found |= hit
            case Branch(then=then, other=other):
                (a, hit_a), (b, hit_b) = _relaxed(then, label, condition), _relaxed(other, label, condition)
                made.append(evolve(stmt, then=a, other=b))
                found |= hit_a or hit_b
            case _:
                made.append(stmt)
    return tuple(made), found


def _is_language(node: Any) -> bool:
    return isinstance(node, Apply) and node.op in LANGUAGE_OPS


def _reaching(defines: dict[str, Define], test: Any) -> frozenset[str]:
    """The definitions that use something, themselves or through others."""
    found = {n for n, d in defines.items() if any(test(x) for x in walk(d.body))}
    grown = True
    while grown:
        more = {n for n, d in defines.items() if n not in found and _calls(d.body) & found}
        found |= more
        grown = bool(more)
    return frozenset(found)


def _calls(thing: Any) -> set[str]:
    return {n.op.removeprefix("define:") for n in walk(thing) if isinstance(n, Apply) and n.op.startswith("define:")}


def basis_of(rule: Rule, language: Iterable[str], history: Iterable[str]) -> Any:
    """What a verdict rests on: the world and this call alone, the history, or recognised language."""
    if rule.when == "judged":
        return "judge"
    parts = (rule.body, rule.duties)
    called = _calls(parts)
    nodes = list(walk(parts))
    if any(_is_language(n) for n in nodes) or called & set(language):
        return "recogniser"
    past = any(isinstance(n, Events) for n in nodes) or bool(called & set(history))
    on_call = rule.pattern is not None and rule.pattern.kind == "call" and rule.when == "before"
    return "trajectory" if past or rule.duties or not on_call else "contract"


def _talks(rule: Rule, talk: Iterable[str]) -> bool:
    """Whether a rule is about what is said: a message, the text of a step, or recognised language.

    An agent that works alone is not held to it. What a guard cannot hear is `needs_words` of the floor `world`.
    """
    patterns = [rule.pattern, *(p for d in rule.duties for p in (d.pattern, d.until))]
    parts = (rule.body, rule.duties)
    heard = any(p is not None and p.kind == "message" for p in patterns)
    return heard or bool(_calls(parts) & set(talk)) or any(_is_about_talk(n) for n in walk(parts))


def _is_about_talk(node: Any) -> bool:
    if isinstance(node, Get):
        return node.name == "text" and isinstance(node.target.type, EventType)
    return _is_language(node) or (isinstance(node, Events) and node.pattern.kind == "message")


def _ordered(rules: dict[str, Rule], problems: list[Diagnostic]) -> dict[str, Rule]:
    """Rules so that what one presupposes comes before it."""
    done: dict[str, Rule] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            problems.append(errors.presupposes_itself(name, rules[name].span))
            return
        if len(path) > MOST_STEPS:
            problems.append(errors.too_long(name, rules[path[0]].span))
            return
        if name in done or name not in rules:
            return
        for other in rules[name].presupposes:
            visit(other, (*path, name))
        done[name] = rules[name]

    before = len(problems)
    for name in rules:
        if len(problems) == before:
            visit(name, ())
    return done


def _with_conditions(env: Environment, parts: list[Any]) -> None:
    """Puts the checked `where` of each field into its record."""
    for part in parts:
        if isinstance(part, tuple) and part[0] == "conditions" and part[1] in env.records:
            record = env.records[part[1]]
            for (case, name), condition in part[2].items():
                fields = record.cases[case].fields if case else record.fields
                fields[name] = evolve(fields[name], condition=condition)


def digest_of(texts: Iterable[str]) -> str:
    """The name of a specification's meaning: equal texts, equal hash."""
    joined = "\x00".join(text.replace("\r\n", "\n") for text in texts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
