"""What stands around an event that is looked at: the calls that rules look back at, and those that may have failed."""

from collections.abc import Iterator
from typing import Any, Literal

from attrs import evolve, frozen

from ....core.nodes import Apply, Check, Events, Exit, Pattern, Rule, Stmt, Tool
from ....core.spec import Spec
from ....core.touched import touched
from ....core.walk import walk
from ..relevance import looks_at, once

MOST_LED = 3  # calls that change something, before the one that is looked at


@frozen
class Focus:
    """What a rule or tool is tried on. `crowded`: a step of several things at once; `open`: the call is only asked
    about; otherwise it succeeds. Without a tool, it is a message of `role`. `owed` are calls that come last, each with
    words after it. `failing`: calls may fail, as far as the tools let them. `again`: what is read may be read anew
    before each call."""

    tool: Tool | None
    reads: tuple[Tool, ...] = ()
    before: tuple[Tool, ...] = ()
    after: tuple[Tool, ...] = ()
    crowded: bool = False
    open: bool = False
    role: Literal["agent", "user"] = "agent"
    owed: tuple[Tool, ...] = ()
    failing: bool = False
    again: bool = False


@once
def past_of(rule: Rule, spec: Spec) -> tuple[Events, ...]:
    """Every look at the past in a rule, through definitions."""
    return tuple(events_in((rule.body, rule.duties), spec))


def events_in(thing: Any, spec: Spec, seen: set[str] | None = None) -> list[Events]:
    """Every look at the past in something, through definitions."""
    seen = set() if seen is None else seen
    found: list[Events] = []
    for node in walk(thing):
        if isinstance(node, Events):
            found.append(node)
        if isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
            seen.add(node.op)
            found += events_in(spec.defines[node.op.removeprefix("define:")].body, spec, seen)
    return found


def relevant_reads(spec: Spec, rules: tuple[Rule, ...], tools: set[str]) -> tuple[Tool, ...]:
    """The tools that change nothing and that a rule about some calls looks back at; what one of them needs in turn
    stands before it. Where both a failure and a success of one is asked for, it stands there twice."""
    return tuple(t for t, harmless in _needed(spec, rules, tools, False) if harmless)


def _needed(spec: Spec, rules: tuple[Rule, ...], tools: set[str], every: bool) -> list[tuple[Tool, bool]]:
    """The tools that rules about some calls look back at, and whether what they look at changes nothing. With `every`,
    what does change something is needed, too, and one tool where calls of any are meant."""
    found: list[tuple[Tool, bool]] = []
    seen: set[str] = set()

    def visit(asked: set[str]) -> None:
        for name, failed in _looked_back_at(spec, rules, asked, every).items():
            tool = spec.tools.get(name)
            if tool is None or name in seen or (tool.body is None and tool.touches):
                continue
            harmless = tool.kind != "write" or tool.body is None or failed == {True}
            if harmless or every:
                seen.add(name)
                visit({name})
                found.extend([(tool, harmless)] * (len(failed) if harmless else 1))

    visit(tools)
    return [(t, harmless) for t, harmless in found if t.name not in tools]


def _looked_back_at(spec: Spec, rules: tuple[Rule, ...], tools: set[str], every: bool) -> dict[str, set[bool]]:
    """The tools whose earlier calls a rule about some calls asks for, and whether for those that failed, others, or
    both."""
    names: dict[str, set[bool]] = {}
    for pattern in _looks(spec, rules, tools):
        for name in sorted(pattern.tools) or (any_meant(spec, pattern, None) if every else ()):
            names.setdefault(name, set()).add(pattern.status == "failed")
    return names


def _looks(spec: Spec, rules: tuple[Rule, ...], tools: set[str]) -> Iterator[Pattern]:
    """How rules about some calls look back at calls."""
    for rule in rules:
        about = rule.pattern.tools if rule.pattern is not None and rule.pattern.kind == "call" else frozenset[str]()
        if not about or about & tools:
            yield from (e.pattern for e in past_of(rule, spec) if e.pattern.kind == "call")


def any_meant(spec: Spec, pattern: Pattern, first: Tool | None) -> list[str]:
    """Of calls of any tool, those of one that is meant: of the `first`, if it will do."""
    tools = [*([first] if first is not None else []), *spec.tools.values()]
    meant = (t for t in tools if pattern.role in (None, t.requestor) and t.body is not None)
    return [t.name for t in meant if pattern.status != "failed" or _may_fail(t.body or ())][:1]


def _may_fail(body: tuple[Stmt, ...]) -> bool:
    return any(isinstance(n, Check) or (isinstance(n, Exit) and n.kind == "fail") for n in walk(body))


def over(rule: Rule, spec: Spec) -> tuple[Pattern, ...]:
    """How a rule speaks of calls that are over: of the past, of what triggers it, of what is to come."""
    patterns = [e.pattern for e in past_of(rule, spec)]
    patterns += [p for d in rule.duties for p in (d.pattern, d.until) if p is not None]
    patterns += [rule.pattern] if rule.when == "after" and rule.pattern is not None else []
    return tuple(p for p in patterns if p.kind == "call")


def failing(spec: Spec, rules: tuple[Rule, ...]) -> frozenset[str]:
    """The tools of which a rule asks whether an earlier call has failed; and the look-ups of which it asks for a call
    whatever came of it, as one that fails is a call, too."""
    past = [e.pattern for r in rules for e in past_of(r, spec) if e.pattern.kind == "call"]
    asked = {n for p in past if p.status == "failed" for n in p.tools}
    tried = {n for p in past if p.status is None for n in p.tools}
    return frozenset(asked | {n for n in tried if spec.tools[n].kind == "read" and _may_fail(spec.tools[n].body or ())})


def led_up_to(spec: Spec, rules: tuple[Rule, ...], focus: Focus) -> Focus:
    """Around the same event, after all that rules about it ask for: also what changes something, or has to fail."""
    names = {focus.tool.name} if focus.tool is not None else set[str]()
    needed = _needed(spec, rules, names, True)
    reads = tuple(t for t, harmless in needed if harmless)
    writes = tuple(t for t, harmless in needed if not harmless and t not in focus.before)[:MOST_LED]
    fails = focus.failing or any(p.status == "failed" for p in _looks(spec, rules, names))
    return evolve(focus, reads=reads, before=(*writes, *focus.before), failing=fails)


def changers(spec: Spec, rule: Rule) -> Iterator[Tool]:
    """The tools that may change what a rule decides by."""
    fields, roots = looks_at((rule.body, rule.duties), spec)
    for tool in spec.tools.values():
        places = touched(tool.body or ()) or ()
        if any(f"{r}.{f}" in fields if r else {f"table.{f}", f"state.{f}"} & roots for r, f in places):
            yield tool


def binding(spec: Spec) -> tuple[Rule, ...]:
    """The rules that bind: those that only a reader can judge, and warnings, do not."""
    return tuple(r for r in spec.rules.values() if r.severity == "error" and r.when != "judged")


__all__ = ["MOST_LED", "Focus", "any_meant", "binding", "changers", "events_in", "failing", "led_up_to", "over",
           "past_of", "relevant_reads"]  # fmt: skip
