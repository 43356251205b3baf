"""The solver's answers as lines for people and as rows for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..backends.smt import CoreClause, Feasibility
from ..backends.smt.bounded.around import binding
from ..backends.smt.feasibility import GIVEN
from ..backends.smt.terms import Clause
from ..core.spec import Spec
from ..solve.circular import circular
from ..solve.errors import BOUNDED, EVERY_WORLD
from ..solve.looked import looked_row, within
from ..solve.parts import Part, Parts, Place, Value
from ..solve.replay import Story
from ..solve.rules import Finding
from ..solve.scenarios import Answer, Refusal
from ..solve.search import Doubtful, Knobs
from ..solve.sole import ButFor
from ..solve.telling import brief, plan_of, tell, to_json
from .cells import visible
from .render_json import encode_span

MARKS = {"sat": "✓", "unsat": "✗", "unknown": "?"}
FINDINGS = {
    "alone": "can be broken, alone", "broken": "can be broken",
    "shared": "was not found broken alone", "unbreakable": "is not broken",
    "overridden": "is always excepted", "dead": "is not judged", "reachable": "can be used",
    "unreachable": "is not used within the rules", "unknown": "stays open",
    "kept": "can be kept", "unkept": "is not kept", "vacuous": "demands nothing within the rules",
}  # fmt: skip


WHOSE = {"rule": "the rule's ", "require": "the tool's ", "effect": "the tool's "}


def scenario_row(answer: Answer, spec: Spec, knobs: Knobs, all_cores: bool) -> dict[str, Any]:
    """`{scenario, status, argument, plan[], core[{span, text, role}], millis, …}`."""
    shown = answer.story or answer.fallback
    row: dict[str, Any] = {
        "scenario": answer.scenario, "status": answer.status, "expected": answer.expected, "argument": answer.argument,
        "plan": plan_of(shown) if shown is not None else list(answer.plan),
        "core": [_clause(c.span, c.text, c.role, spec) for c in answer.core], "minimal": answer.minimal,
        "looked": looked_row(answer.looked), "millis": answer.millis, "doubt": _doubt(answer.doubt, spec),
        "witness": to_json(answer.story, spec) if answer.story is not None else None,
    }  # fmt: skip
    if answer.refusal is not None:
        row["refusal"] = {
            "rule": answer.refusal.rule, "label": answer.refusal.label, "also": list(answer.refusal.also),
            "witness": to_json(answer.refusal.story, spec) if answer.refusal.story is not None else None,
            "fallback": to_json(answer.fallback, spec) if answer.fallback is not None else None,
            **_but_for(answer.refusal.but_for, spec),
        }  # fmt: skip
    if answer.status == "unsat" and answer.proof is not None:
        row |= _conflicts(answer, answer.proof, spec, knobs, all_cores)
    return row


def _but_for(found: ButFor | None, spec: Spec) -> dict[str, Any]:
    """Whether the named rule is in every conflict: what can be done without it, or a conflict without it."""
    found = found or ButFor(None)
    return {
        "needed": found.needed,
        "but_for": to_json(found.story, spec) if found.story is not None else None,
        "otherwise": [_clause(c.span, c.text, c.role, spec) for c in found.core],
    }


def _conflicts(answer: Answer, proof: Feasibility, spec: Spec, knobs: Knobs, all_cores: bool) -> dict[str, Any]:
    """The smallest sets of clauses to drop; and, if asked, every minimal core. Rules that wait for each other are
    refuted without a script, and told as they are."""
    from ..backends.smt.cores import all_cores as every_core
    from ..backends.smt.cores import corrections

    def said(found: Iterable[CoreClause | Clause]) -> list[dict[str, Any]]:
        return [_clause(c.span, c.text, c.role, spec) for c in found]

    made: dict[str, Any] = {} if answer.expected else {"resolve": [said(way) for way in proof.ways_out]}
    if not all_cores:
        return made
    if proof.script is None:
        return made | {"cores": [said(proof.core)], "cores_complete": False}
    ways = proof.ways()
    if answer.expected:
        soft = frozenset(n for n, c in ways.clauses.items() if c.role not in GIVEN)
        made["resolve"] = [said(ways.clauses[n] for n in names) for names in corrections(ways, knobs.budget, soft)]
    found = every_core(ways, knobs.budget)
    made["cores"] = [said(ways.clauses[n] for n in names) for names in found.cores]
    ring = circular(spec, binding(spec), spec.scenarios[answer.scenario])
    made["cores_complete"] = found.complete and ring is None
    return made


def _clause(span: Any, text: str, role: str, spec: Spec) -> dict[str, Any]:
    return {"span": encode_span(span, spec.sources), "text": " ".join(text.split()), "role": role}


def _doubt(doubt: Doubtful | None, spec: Spec) -> dict[str, Any] | None:
    if doubt is None:
        return None
    span = encode_span(doubt.span, spec.sources) if doubt.span is not None else None
    return {"why": doubt.why, "span": span, "knob": doubt.knob}


def scenario_lines(answer: Answer, row: dict[str, Any], stories: bool) -> list[str]:
    what = {"sat": "can be done", "unsat": _cannot(answer), "unknown": "stays open"}[answer.status]
    mark = MARKS[answer.status]
    if answer.refusal is not None and answer.expected:
        proved = "is refused" if answer.status == "unsat" else "is refused as far as was looked"
        what, mark = f"{proved}, by {answer.refusal.rule}", "✓"
        what += _besides(answer.refusal)
    elif answer.refusal is not None and answer.status == "sat":
        what, mark = f"is not refused by {answer.refusal.rule}: it can be done", "!"
    lines = [f"{mark} {answer.scenario} {what}{_argument(answer)} · {answer.millis} ms"]
    lines += [f"    {_said(c)}" for c in row["core"]] if answer.status == "unsat" and stories else []
    for number, names in enumerate(row.get("cores", ()), 1):
        lines += [f"    conflict {number}:", *(f"      {_said(c)}" for c in names)]
    if not row.get("cores_complete", True):
        lines.append("    there may be more conflicts: not every part was looked at")
    for names in row.get("resolve", ()):
        lines.append(f"    without {' and '.join(_dropped(c) for c in names)} it could be")
    if stories and answer.refusal is not None and answer.refusal.but_for is not None:
        core = [f"      {_said(c)}" for c in row["refusal"]["otherwise"]]
        lines += [f"    without {answer.refusal.rule} this conflicts:", *core] if core else []
    lines += [f"    {visible(_call(c))}" for c in answer.plan] if stories else []
    for story in (answer.story, answer.refusal.story if answer.refusal else None):
        lines += [f"    {visible(line)}" for line in tell(story)] if stories and story is not None else []
    return lines + (_settled(answer.fallback) if stories and answer.fallback is not None else [])


def _cannot(answer: Answer) -> str:
    """That something cannot be: of a goal, by the calls that goals name, as no others were looked at."""
    wishes = [c for c in answer.core if c.wish == "call"]
    if any(c.wish == "end" for c in answer.core):
        return "cannot be reached by what its goals name"
    if any(c.optional for c in wishes):
        return "cannot be done by any of the calls that it names"
    return f"cannot be done by the call{'s' if len(wishes) > 1 else ''} that it names" if wishes else "cannot be"


def _said(clause: dict[str, Any]) -> str:
    """A clause of a conflict and where it stands: several conflicts may read alike but for their places."""
    place = clause["span"]
    where = f" · {place['path']}:{place['start']['line']}" if place is not None else ""
    return visible(f"{clause['role']}: {clause['text']}{where}")


def _dropped(clause: dict[str, Any]) -> str:
    """A clause that might be dropped, by whose it is: a tool may check what a rule asks for."""
    return f"{WHOSE.get(clause['role'], '')}`{visible(clause['text'])}`"


def _besides(refusal: Refusal) -> str:
    """What refuses it besides the named rule."""
    without, mine = refusal.but_for or ButFor(None), refusal.rule
    others = dict.fromkeys(refusal.also)
    for by in (c.by for c in without.core if c.by and not without.by_tool):
        others[by if by.partition(".")[0] == mine else by.partition(".")[0]] = None
    if others:
        return f" (and {', '.join(others)})"
    return " alone" if without.needed else " (the tool refuses it as well)" if without.by_tool else ""


def _settled(story: Story) -> list[str]:
    """What a scenario settles for where what it wants is refused."""
    if not story.calls:
        return ["    and so nothing is done"]
    return ["    and instead:", *(f"    {visible(line)}" for line in tell(story))]


def _argument(answer: Answer) -> str:
    """What an answer rests on, and how far that reaches."""
    if answer.argument == EVERY_WORLD:
        return f" · proved of {answer.argument}"
    if answer.looked is None or answer.argument != BOUNDED:
        return f" · {answer.argument}" if answer.argument else ""
    return f" · none within {within(answer.looked)}"


def finding_row(found: Finding, spec: Spec) -> dict[str, Any]:
    """`{rule | tool | duty, finding, argument, …}`."""
    return {
        found.kind: found.name, "finding": found.finding, "argument": found.argument, "others": list(found.others),
        "attempt": found.attempt, "test": found.test or None,
        "looked": looked_row(found.looked), "millis": found.millis,
        "doubt": _doubt(found.doubt, spec),
        "witness": to_json(found.story, spec) if found.story is not None else None,
    }  # fmt: skip


def finding_lines(found: Finding, stories: bool) -> list[str]:
    good = found.finding in ("alone", "broken", "reachable", "kept", "vacuous")
    mark = "✓" if good else "?" if found.finding == "unknown" else "!"
    extra = (
        f" with {_all_of(found.others)}"
        if found.others and found.finding == "broken"
        else f": {', '.join(found.others)} too"
        if found.others
        else " (the tool refuses it as well)"
        if found.attempt
        else ""
    )
    extra += f" · none within {within(found.looked)}" if found.looked else ""
    extra += f" · shown by the test “{visible(found.test)}”" if found.test else ""
    lines = [f"{mark} {found.name} {FINDINGS[found.finding]}{extra} · {found.millis} ms"]
    return lines + (
        [f"    {visible(line)}" for line in tell(found.story)] if stories and found.story is not None else []
    )


def _all_of(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def parts_row(found: Parts, spec: Spec) -> dict[str, Any]:
    """`{tool, parts, number, missed[], open[], …}`. Of a tool that has no use at all, no value is missed."""
    missed = found.missed if found.kind == "branches" else found.wrong
    return {
        "tool": found.name, "parts": found.kind, "number": found.number, "wrong": len(found.wrong),
        "missed": [_part(m.part, spec) | {"looked": looked_row(m.looked)} for m in missed],
        "open": [_part(p, spec) for p in found.open],
        "millis": found.millis, "doubt": _doubt(found.doubt, spec),
    }  # fmt: skip


def _part(part: Part, spec: Spec) -> dict[str, Any]:
    match part:
        case Value(param, name):
            return {"param": param, "value": name}
        case Place(kind, _, first):
            located = spec.sources.locate(first)
            return {"place": kind, "span": encode_span(first, spec.sources), "text": located.text if located else ""}


def parts_lines(found: Parts) -> list[str]:
    """A line where something has no use; where all has, and what is open, is counted at the end."""
    if not found.wrong:
        return []
    if found.kind == "values":
        named = (f"{p.param}: {p.name}" for p in (m.part for m in found.wrong) if isinstance(p, Value))
        return [f"! {found.name} is not used with {', '.join(named)} · {found.millis} ms"]
    many = f"{len(found.wrong)} of {found.number} branches"
    return [f"! {found.name} does not come to {many} · {found.millis} ms"]


def parts_named(row: dict[str, Any]) -> list[str]:
    """The parts of a tool that are only counted, by name: checks that never fail, and what stays open."""
    sure = [p for p in row["missed"] if p.get("place") == "failure"]
    open_ = [f"stays open {'with' if 'param' in p else 'at'} {_part_named(p)}" for p in row["open"]]
    return [f"    {row['tool']} {what}" for what in (*(f"never fails at {_part_named(p)}" for p in sure), *open_)]


def _part_named(part: dict[str, Any]) -> str:
    if "param" in part:
        return f"{part['param']}: {part['value']}"
    return f"`{visible(' '.join(part['text'].split()))}` ({part['span']['path']}:{part['span']['start']['line']})"


def parts_counted(parts: dict[str, tuple[int, ...]]) -> str:
    """How many parts of tools there are, and how many of them are reached; the rest is wrong, sure or open."""
    names = {"values": "values of enums are used", "branches": "branches of tools are reached"}
    said = []
    for kind, (number, wrong, sure, left) in parts.items():
        never = f", {sure} check{'s' if sure > 1 else ''} never fail{'' if sure > 1 else 's'}" if sure else ""
        still = f", {left} stay{'' if left > 1 else 's'} open" if left else ""
        said.append(f"{number - wrong - sure - left} of {number} {names[kind]}{never}{still}")
    return "\n".join(said)


def instance_lines(row: dict[str, Any], stories: bool) -> list[str]:
    done = "is refused, as it should be" if row["refused"] else "can be done"
    what = {"sat": done, "unsat": "cannot be done in this database", "unknown": "stays open"}[row["status"]]
    lines = [f"{MARKS[row['status']]} {row['scenario']} {what} · {row['argument']} · {row['millis']} ms"]
    return lines + ([f"    {visible(_call(c))}" for c in row["plan"]] if stories else [])


def _call(call: dict[str, Any]) -> str:
    return f"{call['name']}({', '.join(f'{n}: {brief(v)}' for n, v in call['arguments'].items())})"


__all__ = [
    "finding_lines",
    "finding_row",
    "instance_lines",
    "parts_counted",
    "parts_lines",
    "parts_named",
    "parts_row",
    "scenario_lines",
    "scenario_row",
]
