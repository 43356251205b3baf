"""The prompt back end. Enters: a specification. Leaves: `agent.md`, a template for each scenario's user, and
`trace.json`, which leads from every requirement, limit, duty and exception to the sentence that says it.

Guaranteed: the agent's prompt holds policy and data types alone: no scenario, no goal, no row.
"""

import json
from typing import Any

from attrs import evolve, frozen

from ...core.backend import Artifact, unsupported
from ...core.nodes import Events, Node, Rule, Scenario
from ...core.spec import Spec
from ...core.walk import walk
from ...source import Diagnostic
from . import phrases as say
from . import tables
from .english import English, Unphrased
from .formulas import formulas
from .rules import Atom, moment_of, read_rule
from .user import render_template
from .words import code, moment, sentence, series, words


@frozen
class Read:
    """A rule with its sentences."""

    rule: Rule
    atoms: tuple[Atom, ...]


@frozen
class PromptBackend:
    """Prompts for the parties of a conversation."""

    spec: Spec | None = None
    name: str = "prompt"

    def supports(self, node: Node) -> str | None:
        """A rule is supported if every sentence of it has words, a scenario if its goals have."""
        if self.spec is None:
            return None
        if isinstance(node, Rule):
            return next((a.unphrased for a in read_rule(self.spec, node) if a.unphrased), None)
        if isinstance(node, Scenario):
            return next((p.message for p in _user_file(node, self.spec)[1]), None)
        return None

    def emit(self, spec: Spec) -> Artifact:
        read = [_read(spec, rule) for rule in spec.rules.values()]
        files = {"agent.md": agent_prompt(spec, read), "trace.json": _trace(spec, read)}
        problems = [_gap(a) for r in read for a in r.atoms if a.unphrased]
        for scenario in spec.scenarios.values():
            text, more = _user_file(scenario, spec)
            files[f"user/{scenario.name}.md"] = text
            problems += more
        return Artifact(files, tuple(problems))


def emit(spec: Spec) -> Artifact:
    """All prompts of a specification."""
    return PromptBackend().emit(spec)


def _read(spec: Spec, rule: Rule) -> Read:
    """A rule with its sentences as they read in their place."""
    tools = concern(spec, rule)
    return Read(rule, tuple(evolve(a, sentence=_in_place(spec, rule, a, tools)) for a in read_rule(spec, rule)))


def _gap(atom: Atom) -> Diagnostic:
    """No words for a formal part: an error, but a warning where an author's own sentence stands for it."""
    authored = bool(atom.sentence) and atom.authored
    return evolve(unsupported("prompt", atom.unphrased or "", atom.span), severity="warning" if authored else "error")


def _user_file(scenario: Scenario, spec: Spec) -> tuple[str, list[Diagnostic]]:
    try:
        return render_template(scenario, spec), []
    except Unphrased as gap:
        return "", [unsupported("prompt", gap.what, gap.span)]


# --- the agent's prompt -----------------------------------------------------------------------------------------------


def render_agent(spec: Spec) -> str:
    """The agent's prompt."""
    return agent_prompt(spec, [_read(spec, rule) for rule in spec.rules.values()])


def agent_prompt(spec: Spec, read: list[Read]) -> str:
    parts = [say.AGENT_TITLE.format(doc=spec.doc or words(spec.name)), say.AGENT_INTRO]
    if spec.clock is not None:
        parts.append(say.CLOCK.format(time=moment(spec.clock)))
    groups = _grouped(spec, read)
    general = groups.pop(frozenset(), [])
    text = _bullets(general)
    if text:
        parts += [say.GENERAL, text]
    parts += _changes(spec, text)
    if groups:
        parts.append(say.BY_TOOL)
    for tools, rules in groups.items():
        parts += [_heading(spec, tools), _bullets(rules)]
    return "\n\n".join([*parts, *tables.user_tools_section(spec), *_world(spec)]) + "\n"


def _changes(spec: Spec, text: str) -> list[str]:
    """The tools that change the database, where a sentence speaks of them."""
    if say.WRITE_TOOLS not in text:
        return []
    return [say.CHANGES.format(tools=series(code(t) for t in spec.tools if t in spec.writes()))]


def _grouped(spec: Spec, read: list[Read]) -> dict[frozenset[str], list[Read]]:
    """Rules by the tools they concern, general ones under none; in the tools' order, shared rules first."""
    groups: dict[frozenset[str], list[Read]] = {}
    for one in read:
        groups.setdefault(concern(spec, one.rule), []).append(one)
    order = {name: i for i, name in enumerate(spec.tools)}
    return dict(
        sorted(groups.items(), key=lambda g: (min((order[t] for t in g[0]), default=-1), -len(g[0]), sorted(g[0])))
    )


def concern(spec: Spec, rule: Rule) -> frozenset[str]:
    """The tools a rule is about; none for one about the conversation, or about most of what the agent does."""
    pattern = rule.pattern
    if pattern is not None:
        tools = pattern.tools if pattern.kind == "call" else frozenset()
    else:
        tools = frozenset(t for n in walk(rule.body) if isinstance(n, Events) for t in n.pattern.tools)
    agents = frozenset(t.name for t in spec.tools.values() if t.requestor == "agent")
    tools &= agents
    return frozenset() if len(tools) > 4 or len(tools) * 2 > len(agents) or tools == spec.writes() else tools


def _heading(spec: Spec, tools: frozenset[str]) -> str:
    named = [t for t in spec.tools if t in tools]
    return "### " + series(code(n) for n in named)


def _bullets(rules: list[Read]) -> str:
    firm = [_bullet(r) for r in rules if r.rule.severity == "error"]
    soft = [_bullet(r) for r in rules if r.rule.severity == "warning"]
    blocks = ["\n".join(firm)] if firm else []
    if soft:
        blocks.append((say.SHOULD_ALSO if firm else say.SHOULD) + "\n\n" + "\n".join(soft))
    return "\n\n".join(blocks)


def _bullet(read: Read) -> str:
    """A rule's sentence, with what it asks in particular below; a rule without one stands as its first requirement."""
    own = list(dict.fromkeys(a.sentence for a in read.atoms if a.own and a.sentence))
    if read.rule.doc:
        doc = sentence(read.rule.doc)
        own = [text for text in own if text != doc]
        return "\n".join([f"- {doc}", *(f"  - {text}" for text in own)])
    return "\n".join(f"- {text}" for text in own)


def _in_place(spec: Spec, rule: Rule, atom: Atom, tools: frozenset[str]) -> str:
    """A sentence made from the formal part says when it holds, unless the heading above says it."""
    if atom.authored or atom.formal is None or atom.exception is not None:
        return atom.sentence
    under_heading = rule.when == "before" and rule.pattern is not None and rule.pattern.tools == tools
    under_doc = bool(rule.doc) and bool(moment_of(rule, English(spec)))
    return atom.sentence if under_heading or under_doc else atom.formal


def _world(spec: Spec) -> list[str]:
    records, enums = tables.seen(spec)
    lookups = [d for d in spec.defines.values() if d.kind == "lookup"]
    told = formulas(spec)
    parts = [say.WORLD, say.WORLD_INTRO] if records or enums else []
    parts += [tables.record_section(r, spec) for r in records.values()]
    parts += [tables.enum_section(enums, spec)] if enums else []
    parts += [say.TABLES] if lookups else []
    parts += [tables.lookup_section(d, spec) for d in lookups]
    return [*parts, *([say.FORMULAS, "\n".join(f"- {line}" for line in told)] if told else [])]


# --- the trace --------------------------------------------------------------------------------------------------------


def _trace(spec: Spec, read: list[Read]) -> str:
    rows = [_row(spec, atom) for one in read for atom in one.atoms]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _row(spec: Spec, atom: Atom) -> dict[str, Any]:
    place = spec.sources.locate(atom.span)
    row = {
        "rule": atom.rule,
        "label": atom.label,
        "sentence": atom.sentence,
        "authored": atom.authored,
        "formal": atom.formal,
    }
    if atom.exception is not None:
        row["exception"] = atom.exception
    return {**row, "span": place.to_json() if place else None}
