"""Which rules bind a plan: those that its own calls and the world decide, whatever is said and looked up besides.

A rule that looks back on changes alone is one: an agent could keep it by one more change only, and then the end would
be another than the plan's. So is one that looks back on who was found, as that comes before every plan.
"""

from collections.abc import Iterator
from typing import Any

from ..backends.python.runtime.sandbox import Program, RuleInfo
from ..core.nodes import Apply, Events, Pattern, Rule, Tool, Write
from ..core.spec import Spec
from ..core.walk import walk


def binding(program: Program, spec: Spec, finders: frozenset[str]) -> tuple[Program, bool]:
    """The program with the rules alone that bind plans, and whether some of them look back or ahead. `finders`: the
    tools that find the person who calls."""
    changes = frozenset(name for name, tool in spec.tools.items() if _leaves_a_trace(tool, spec))
    known = changes | finders
    rules: dict[str, RuleInfo] = {}
    for name, rule in spec.rules.items():
        if rule.severity == "error" and (rule.basis == "contract" or _looks_at(rule, spec, known)):
            rules[name] = program.rules[name]
    return program._replace(rules=rules), any(r.basis != "contract" for r in rules.values())


def _looks_at(rule: Rule, spec: Spec, tools: frozenset[str]) -> bool:
    """Whether a rule about calls looks at successful calls of these tools alone."""
    if rule.basis != "trajectory" or rule.talk or rule.pattern is None or rule.pattern.kind != "call":
        return False
    owed = (p for d in rule.duties for p in (d.pattern, d.until) if p is not None)
    patterns = [*owed, *(n.pattern for n in _reached((rule.body, rule.duties), spec) if isinstance(n, Events))]
    return all(_is_about(p, tools) for p in patterns) and not any(d.mode == "nothing" for d in rule.duties)


def _is_about(pattern: Pattern, tools: frozenset[str]) -> bool:
    return pattern.kind == "call" and pattern.status == "ok" and bool(pattern.tools) and pattern.tools <= tools


def _leaves_a_trace(tool: Tool, spec: Spec) -> bool:
    """Whether a call of the agent's changes the world: one that does not may be made besides any plan."""
    return (
        tool.kind == "write"
        and tool.requestor == "agent"
        and any(isinstance(n, Write) for n in _reached(tool.body or (), spec))
    )


def _reached(thing: Any, spec: Spec) -> Iterator[Any]:
    """The nodes of a thing and of the definitions that it calls."""
    seen: set[str] = set()
    todo = [thing]
    while todo:
        for node in walk(todo.pop()):
            yield node
            name = node.op.removeprefix("define:") if isinstance(node, Apply) else ""
            if name in spec.defines and name not in seen:
                seen.add(name)
                todo.append(spec.defines[name].body)


__all__ = ["binding"]
