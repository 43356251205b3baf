"""Coverage of the policy's conditions as rows (for programs) and as text (for a terminal)."""

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from ..core.conditions import Condition
from ..core.spec import Spec
from ..solve.atoms import Reached
from ..solve.telling import to_json
from ..source import Span
from ..source.files import found_at
from ..world.coverage import AtomCoverage, Coverage, Seen
from .cells import visible
from .render_json import encode_span

Row = dict[str, Any]
WIDEST = 72
BOTH = (True, False)
WORDS = {True: "true", False: "false"}
LEGEND = "✓ decided: had it come out otherwise, so had the condition · no mark: seen, never deciding · – not seen"


@frozen
class Answers:
    """What the solver says of atoms that were not seen to come to a value, by condition, atom and value."""

    found: dict[tuple[str, int, bool], Reached]

    def of(self, key: str, at: int) -> dict[bool, Reached]:
        return {v: self.found[key, at, v] for v in BOTH if (key, at, v) in self.found}


def rows_of(found: Coverage, keys: list[str], answers: Answers) -> Iterator[Row]:
    """A row for each condition, then what they come to."""
    for key in keys:
        condition = found.conditions[key]
        yield {
            "about": "condition", condition.of: condition.owner, "kind": condition.kind, "label": condition.label,
            "text": text_at(condition.span, found.spec), "span": encode_span(condition.span, found.spec.sources),
            "judged": found.judged(key),
            "atoms": [_atom(found, key, at, answers) for at in range(len(condition.atoms))],
        }  # fmt: skip
    yield {"about": "total", **totals(found, keys)}


def _atom(found: Coverage, key: str, at: int, answers: Answers) -> Row:
    atom, seen = found.conditions[key].atoms[at], found.atom(key, at)
    sides = {WORDS[v]: {"seen": s.seen, "decided": s.decided, "example": s.example} for v, s in seen.when.items()}
    reached = {
        WORDS[v]: {"status": r.status, "story": to_json(r.story, found.spec) if r.story is not None else None}
        for v, r in answers.of(key, at).items()
    }
    return {
        "text": text_at(atom.span, found.spec), "span": encode_span(atom.span, found.spec.sources), **sides,
        "unknown": seen.unknown, **({"solver": reached} if reached else {}),
    }  # fmt: skip


def totals(found: Coverage, keys: list[str]) -> Row:
    atoms = [found.atom(k, i) for k in keys for i in range(len(found.conditions[k].atoms))]
    return {
        "conversations": found.conversations, "conditions": len(keys),
        "judged": sum(found.judged(k) > 0 for k in keys), "atoms": len(atoms),
        "seen_both": sum(a.both for a in atoms), "decided_both": sum(a.decided for a in atoms),
        "sides": 2 * len(atoms), "sides_decided": sum(s.decided > 0 for a in atoms for s in a.when.values()),
    }  # fmt: skip


# --- text -------------------------------------------------------------------------------------------------------------


def text_of(found: Coverage, keys: list[str], answers: Answers, missing: bool) -> Iterator[str]:
    """The table for a terminal, rule by rule. `missing`: only atoms that have not decided both ways."""
    shown = [k for k in keys if not missing or _lacks(found, k)]
    widths = [len(short_at(a.span, found.spec)) for k in shown for a in found.conditions[k].atoms]
    width = min(max(widths, default=0), WIDEST)
    owner = ""
    for key in shown:
        condition = found.conditions[key]
        if condition.owner != owner:
            owner = condition.owner
            yield from ([""] if key != shown[0] else []) + [_title(condition, found.spec)]
        yield f"  {_name(condition, found.judged(key)):<{width + 2}}  {'true':>8}  {'false':>8}".rstrip()
        for at in range(len(condition.atoms)):
            seen = found.atom(key, at)
            if not (missing and seen.decided):
                yield _line(condition, at, seen, width, found.spec, answers.of(key, at))
    yield from ("", summary(totals(found, keys)), LEGEND)


def _lacks(found: Coverage, key: str) -> bool:
    return any(not found.atom(key, at).decided for at in range(len(found.conditions[key].atoms)))


def _title(condition: Condition, spec: Spec) -> str:
    declared = spec.rules[condition.owner] if condition.of == "rule" else spec.defines[condition.owner]
    place = spec.sources.locate(declared.span)
    what = "" if condition.of == "rule" else "define "
    return f"{what}{condition.owner}" + (f"  {found_at(place.file.path)}:{place.line}" if place is not None else "")


NAMES = {
    "require": "require", "when": "when", "if": "if", "otherwise": "else fail", "duty": "then", "until": "until",
    "value": "its value",
}  # fmt: skip


def _name(condition: Condition, judged: int) -> str:
    name = NAMES[condition.kind]
    name += f" {condition.label}" if condition.label not in ("", name) else ""
    return name if judged else f"{name} (never judged)"


def _line(
    condition: Condition, at: int, seen: AtomCoverage, width: int, spec: Spec, reached: dict[bool, Reached]
) -> str:
    cells = "  ".join(f"{_cell(seen.when[v]):>8}" for v in BOTH)
    text = short_at(condition.atoms[at].span, spec)
    notes = [f"unknown {seen.unknown}"] if seen.unknown else []
    notes += [_said(v, r) for v, r in reached.items()]
    return f"    {text:<{width}}  {cells}" + (f"   {' · '.join(notes)}" if notes else "")


def _cell(side: Seen) -> str:
    return "–" if not side.seen else f"{side.seen} ✓" if side.decided else f"{side.seen}  "


def _said(value: bool, reached: Reached) -> str:
    word = WORDS[value]
    return {
        "found": f"can be {word}", "none": f"never {word} in small worlds", "unknown": f"{word}: undecided",
    }[reached.status]  # fmt: skip


def summary(total: Row) -> str:
    many = "conversation" if total["conversations"] == 1 else "conversations"
    return (
        f"{total['conversations']} {many} · {total['judged']} of {total['conditions']} conditions judged · "
        f"of {total['atoms']} atoms {total['seen_both']} seen both ways, {total['decided_both']} decided both ways "
        f"({total['sides_decided']} of {total['sides']} sides)"
    )


def text_at(span: Span, spec: Spec) -> str:
    place = spec.sources.locate(span)
    return place.text if place is not None else ""


def short_at(span: Span, spec: Spec) -> str:
    """What stands at a span, in one line that fits."""
    lines = text_at(span, spec).splitlines() or [""]
    text = " ".join(lines[0].split())
    for mark in ('"', " {"):
        text = text.partition(mark)[0].rstrip() if text.startswith("exception ") else text
    cut = text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
    return visible(cut)


__all__ = ["WORDS", "Answers", "rows_of", "short_at", "summary", "text_of", "totals"]
