"""How two policies differ, as lines for people and as rows for programs."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..core.spec import Spec
from ..solve.difference import Difference, Distinction, RuleDifference, Way
from ..solve.meaning import Requirement
from ..solve.search import Doubtful
from ..solve.setting import setting
from ..solve.structure import Changed
from ..solve.telling import tell, to_json
from ..source import Span
from ..source.files import found_at
from ..world.migration import Judged, Stand
from .cells import visible
from .render_json import encode_span

MARKS = {"added": "+", "removed": "-", "same": "=", "renamed": "="}
MOST_TEXT = 96
ASKED = "  may not be made"
KNOBS = {"--steps": "--steps gives it more", "--seed": "another --seed may help", "--rows": "--rows looks further"}


# --- for people -------------------------------------------------------------------------------------------------------


def difference_lines(found: Difference) -> Iterator[str]:
    """The whole first, then the world, then each rule that is not as it was."""
    yield _headline(found)
    if not found.same_world:
        yield "! the worlds differ: the policies are compared in NEW's, over the tools that both have"
    for changed in found.changed:
        if changed.part == "world":
            yield f"  {_declaration(changed, found)}"
    for rule in found.rules:
        if rule.pair.change != "same" or rule.relation != "equivalent":
            yield ""
            yield from _rule_lines(rule, found)
    yield ""
    yield from _rest(found)


def _headline(found: Difference) -> str:
    more, less = found.forbids, found.allows
    match found.relation:
        case "equivalent" if more.proved and less.proved:
            return f"equivalent: NEW forbids just what OLD forbids (proved: {_proofs(more, less)})"
        case "equivalent":
            return f"equivalent as far as was looked: {more.argument if not more.proved else less.argument}"
        case "stricter":
            return f"stricter: NEW forbids what OLD allows, and allows nothing that OLD forbids ({_none(less)})"
        case "looser":
            return f"looser: NEW allows what OLD forbids, and forbids nothing that OLD allows ({_none(more)})"
        case "incomparable":
            return "incomparable: NEW forbids what OLD allows, and allows what OLD forbids"
    told = [
        _open(more, "NEW forbids what OLD allows", "NEW forbids nothing that OLD allows", found),
        _open(less, "NEW allows what OLD forbids", "NEW allows nothing that OLD forbids", found),
    ]
    return f"undecided: {'; '.join(told)}"


def _proofs(*ways: Way) -> str:
    return "; ".join(dict.fromkeys(w.argument for w in ways))


def _none(way: Way) -> str:
    return f"proved: {way.argument}" if way.proved else f"no proof: {way.argument}"


def _open(way: Way, more: str, nothing: str, found: Difference) -> str:
    match way.status:
        case "found":
            return more
        case "none":
            return f"{nothing} ({_none(way)})"
    why = _doubt(way.doubt, found, found.new) if way.doubt is not None else "nothing is known"
    return f"whether {more} stays open ({why})"


def _rule_lines(rule: RuleDifference, found: Difference) -> Iterator[str]:
    pair = rule.pair
    name = f"{pair.old} → {pair.new}" if pair.old and pair.new and pair.old != pair.new else pair.new or pair.old
    relation = "undecided" if rule.relation == "unknown" else rule.relation
    told = {"added": "added", "removed": "removed"}.get(pair.change)
    effect = f", {relation}" if told else f" {relation}"
    reworded = " (its text has changed)" if pair.reworded else ""
    yield f"{MARKS.get(pair.change, '~')} {name}{f' {told}' if told else ''}{effect}{reworded}  {_places(rule, found)}"
    if told is None:
        yield from _requirements(rule, found)
    for way, what in ((rule.forbids, "allowed before, forbidden now"), (rule.allows, "forbidden before, allowed now")):
        yield from _way_lines(way, what, rule, found)
    if rule.covered and "found" in (rule.forbids.status, rule.allows.status):
        whole = "proved" if _whole_proved(rule, found) else "as far as was looked"
        yield f"    the policy as a whole does not differ by it ({whole}): other rules forbid the same"


def _whole_proved(rule: RuleDifference, found: Difference) -> bool:
    return found.relation == "equivalent" and found.forbids.proved and found.allows.proved


def _places(rule: RuleDifference, found: Difference) -> str:
    old = _place(found.old.rules[rule.pair.old].span, found.old) if rule.pair.old else ""
    new = _place(found.new.rules[rule.pair.new].span, found.new) if rule.pair.new else ""
    return " → ".join(filter(None, (old, new)))


def _place(span: Span | None, spec: Spec) -> str:
    at = spec.sources.locate(span) if span is not None else None
    return f"{found_at(at.file.path)}:{at.line}:{at.column}" if at is not None else "generated"


def _requirements(rule: RuleDifference, found: Difference) -> Iterator[str]:
    """Those without a twin, as they stand in both; of a long one, the part that is another."""
    texts = {
        r.label: (_whole(r, found.old), _whole(t, found.new))
        for r in rule.gone
        for t in rule.come
        if r.label == t.label
    }
    for sign, requirements, spec in (("-", rule.gone, found.old), ("+", rule.come, found.new)):
        for made in requirements:
            pair = texts.get(made.label, (_whole(made, spec),) * 2)
            shown = _window(_whole(made, spec), _first_difference(*pair))
            yield f"    {sign} {_place(made.span, spec)}  {visible(shown)}"


def _whole(made: Requirement, spec: Spec) -> str:
    at = spec.sources.locate(made.span) if made.span is not None else None
    return " ".join(at.text.split()) if at is not None else ""


def _first_difference(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _window(text: str, at: int) -> str:
    """A part of a text of which a place can be seen."""
    first = max(0, at - MOST_TEXT // 2) if len(text) > MOST_TEXT and at > MOST_TEXT - 20 else 0
    part = text[first : first + MOST_TEXT]
    return f"{'…' if first else ''}{part}{'…' if first + MOST_TEXT < len(text) else ''}"


def _text(span: Span | None, spec: Spec) -> str:
    at = spec.sources.locate(span) if span is not None else None
    text = " ".join(at.text.split()) if at is not None else ""
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"


def _way_lines(way: Way, what: str, rule: RuleDifference, found: Difference) -> Iterator[str]:
    if way.distinction is not None:
        yield from (f"    {line}" for line in _distinction_lines(way.distinction, what, rule, found))
    elif way.status == "unknown" and way.doubt is not None:
        side = found.new if way is rule.forbids else found.old
        yield f"    {what}: undecided, {_doubt(way.doubt, found, side)}"
    elif not way.proved:
        yield f"    {what}: {way.argument}"


def _doubt(doubt: Doubtful, found: Difference, side: Spec) -> str:
    spec = next((s for s in (side, found.new, found.old) if doubt.span and s.sources.locate(doubt.span)), side)
    place = f" at {_place(doubt.span, spec)}" if doubt.span is not None else ""
    return f"{visible(doubt.why)}{place}" + (f"; {KNOBS[doubt.knob]}" if doubt.knob in KNOBS else "")


def _distinction_lines(told: Distinction, what: str, rule: RuleDifference, found: Difference) -> Iterator[str]:
    named = [pair for pair in told.by if pair[0] == told.by[0][0]]
    by = ", ".join(".".join(filter(None, pair)) for pair in named)
    now = f"{what} by {by}" if told.forbidding == "new" else what.replace(",", f" by {by},", 1)
    yield f"{now}{_unsure(told)}:"
    for line in _scene(told, rule, found):
        yield f"  {visible(line)}"
    if told.refused:
        yield "  (the tool refuses this call anyway: only who asks before it sees a difference)"
    if told.despite:
        yield f"  ({' and '.join(told.despite)} would still forbid it, for another reason)"


def _unsure(told: Distinction) -> str:
    events = f"{told.length} event{'s' * (told.length != 1)}"
    short = f" (shortest within the bounds, {events})" if told.shortest else f" ({events})"
    return short + (f" (and {', '.join(told.unknown)} cannot tell)" if told.unknown else "")


def _scene(told: Distinction, rule: RuleDifference, found: Difference) -> Iterator[str]:
    """What was so, and what then happens."""
    spec = found.new if rule.pair.new else found.old
    names = [(found.old, rule.pair.old), (found.new, rule.pair.new)]
    rules = [s.rules[n] for s, n in names if n is not None]
    yield from setting(told.spoken, rules, spec)
    for line in map(_asked, tell(told.spoken)):
        yield line.strip() if line.startswith("  ") and not line.startswith("   ") else line[2:]


def _asked(line: str) -> str:
    """A call that is only asked about, which nobody has forbidden yet."""
    bare = line.removesuffix(ASKED)
    return line if bare == line else f"{bare.replace(' calls ', ' is about to call ', 1)}"


def _declaration(changed: Changed, found: Difference) -> str:
    places = [_place(s, spec) for s, spec in ((changed.old, found.old), (changed.new, found.new)) if s and s.piece]
    return f"{changed.kind} {changed.name} {changed.change}".replace("  ", " ") + (
        f"  {' → '.join(places)}" if places else ""
    )


def _rest(found: Difference) -> Iterator[str]:
    """What else there is to say, in as few lines as can be."""
    counts = Counter(r.relation if r.pair.change != "same" else "the same" for r in found.rules)
    named = Counter(r.pair.change for r in found.rules if r.pair.change in ("added", "removed", "renamed"))
    told = [f"{n} {'undecided' if what == 'unknown' else what}" for what, n in counts.items()]
    extra = f" ({', '.join(f'{n} {what}' for what, n in named.items())})" if named else ""
    many = len(found.rules)
    yield f"{many} rule{'s' * (many != 1)}: {', '.join(told)}{extra} · {found.millis} ms"
    for change in ("added", "removed", "changed", "reworded"):
        others = [f"{c.kind} {c.name}".strip() for c in found.changed if c.part != "world" and c.change == change]
        if others:
            shown = others if len(others) <= 8 else [*others[:7], f"{len(others) - 7} more"]
            yield f"also {change}: {', '.join(shown)}"


# --- for programs -----------------------------------------------------------------------------------------------------


def difference_rows(found: Difference) -> Iterator[dict[str, Any]]:
    """The whole, then every rule, then every other declaration that is not as it was."""
    yield {
        "policy": {"old": found.old.name, "new": found.new.name}, "relation": found.relation,
        "world": "same" if found.same_world else "changed", **_ways(found.forbids, found.allows, found),
        "millis": found.millis,
    }  # fmt: skip
    yield from (_rule_row(rule, found) for rule in found.rules)
    for changed in found.changed:
        yield {
            "declaration": changed.name, "kind": changed.kind, "part": changed.part, "change": changed.change,
            "old": _span(changed.old, found.old), "new": _span(changed.new, found.new),
        }  # fmt: skip


def _rule_row(rule: RuleDifference, found: Difference) -> dict[str, Any]:
    pair = rule.pair
    sides = ((pair.old, found.old), (pair.new, found.new))
    old, new = ({"name": n, "span": _span(s.rules[n].span, s)} if n is not None else None for n, s in sides)
    gone, come = (
        [{"label": r.label, "span": _span(r.span, s), "text": _text(r.span, s)} for r in requirements]
        for requirements, s in ((rule.gone, found.old), (rule.come, found.new))
    )
    return {
        "rule": pair.new or pair.old, "change": pair.change, "relation": rule.relation, "old": old, "new": new,
        "reworded": pair.reworded, "gone": gone, "come": come, "covered": rule.covered,
        **_ways(rule.forbids, rule.allows, found), "millis": rule.millis,
    }  # fmt: skip


def _ways(forbids: Way, allows: Way, found: Difference) -> dict[str, Any]:
    told = [w.distinction for w in (forbids, allows) if w.distinction is not None]
    return {
        "forbids": _way(forbids, found), "allows": _way(allows, found),
        "trajectory": [_trajectory(d, found) for d in told],
    }  # fmt: skip


def _way(way: Way, found: Difference) -> dict[str, Any]:
    doubt = None
    if way.doubt is not None:
        spec = next((s for s in (found.new, found.old) if way.doubt.span and s.sources.locate(way.doubt.span)), None)
        span = _span(way.doubt.span, spec) if spec is not None else None
        doubt = {"why": way.doubt.why, "span": span, "knob": way.doubt.knob}
    return {"status": way.status, "argument": way.argument, "proved": way.proved, "doubt": doubt}


def _trajectory(told: Distinction, found: Difference) -> dict[str, Any]:
    spec = found.new if told.forbidding == "new" else found.old
    return {
        "forbidden_by": told.forbidding,
        "by": [{"rule": r, "label": label, "span": _span(spec.rules[r].span, spec)} for r, label in told.by],
        "despite": list(told.despite), "unknown": list(told.unknown), "events": told.length,
        "shortest": told.shortest, "refused": told.refused, "story": to_json(told.spoken, spec),
    }  # fmt: skip


def _span(span: Span | None, spec: Spec) -> dict[str, Any] | None:
    return encode_span(span, spec.sources) if span is not None else None


# --- recorded conversations ------------------------------------------------------------------------------------------


def renamed_in(found: Difference) -> dict[str, str]:
    """The new names of old rules that go by another."""
    return {r.pair.old: r.pair.new for r in found.rules if r.pair.old and r.pair.new and r.pair.old != r.pair.new}


def judged_line(one: Judged) -> str:
    if one.old is None or one.new is None:
        return f"? {visible(one.id)}  refused: {visible(one.error)}"
    mark = {"satisfied": "✓", "violated": "✗", "unknown": "?"}[one.new.verdict]
    sides = [f"{s.verdict}{_by(s)}" for s in (one.old, one.new)]
    return f"{mark} {visible(one.id)}  {sides[0]} → {sides[1]}"


def _by(stand: Stand) -> str:
    rules = stand.violated or stand.unknown
    return f" ({', '.join(rules)})" if rules else ""


def judged_summary(counted: Counter[str], changes: Counter[str]) -> str:
    total = sum(counted.values())
    told = [f"{n} {what}" for what, n in sorted(changes.items())]
    refused = [f"{counted['refused']} refused"] if counted["refused"] else []
    what = f"{counted['differs']} of {total} conversations judged otherwise"
    return ": ".join(filter(None, (what, ", ".join([*told, *refused]))))


def judged_row(one: Judged) -> dict[str, Any]:
    """`{id, old{verdict, violated[], unknown[]}, new{…}}`, or `{id, old: null, new: null, error}`."""
    old, new = (
        {"verdict": s.verdict, "violated": list(s.violated), "unknown": list(s.unknown)} if s is not None else None
        for s in (one.old, one.new)
    )
    return {"id": one.id, "old": old, "new": new, **({"error": one.error} if one.error else {})}


__all__ = [
    "difference_lines",
    "difference_rows",
    "judged_line",
    "judged_row",
    "judged_summary",
    "renamed_in",
]
