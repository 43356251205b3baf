"""A run's report as rows (for programs) and as text (for a terminal)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..synthesis.statistics import FIT, OUTCOMES, Statistics
from .report_coverage import Covered, PolicyCoverage

Row = dict[str, Any]
BAR = 24
MOST_LISTED = 8


def rows_of(found: Statistics, covered: PolicyCoverage | None, manifest: Row, requests: Row) -> Iterator[Row]:
    """One row for each thing that was counted, told apart by `about`."""
    yield {"about": "run", **manifest, "dialogues": found.total, "outcomes": dict(found.outcomes), "requests": requests}
    for about, parts in (("scenario", found.scenarios), ("description", found.descriptions)):
        for name, counts in sorted(parts.items()):
            yield {"about": about, "name": name, "dialogues": counts.total(), **_shares(counts)}
    for name, counts in sorted(found.planted.items()):
        yield {"about": "flaw", "name": name, **dict(sorted(counts.items()))}
    for name, n in found.causes.most_common():
        yield {"about": "cause", "name": name, "dialogues": n}
    for name, lengths in found.lengths.items():
        yield {"about": "length", "name": name, **lengths.to_json()}
    for name, rule in found.rules.items():
        yield {"about": "rule", "name": name, "severity": rule.severity, "triggered": rule.triggered,
               "verdicts": dict(sorted(rule.verdicts.items()))}  # fmt: skip
    if covered is not None:
        told = {"reason": covered.reason} if covered.reason else covered.total
        yield {"about": "coverage", **told}
        for rule_covered in covered.rules:
            yield {"about": "covered", **rule_covered.to_json()}
    yield {"about": "variety", **found.variety(), "tools": dict(found.tools.most_common())}
    for row in found.worst():
        yield {"about": "example", "id": row["id"], "score": row["report"]["score"], "blame": row["blame"],
               "causes": row["causes"], "termination": row["termination"]}  # fmt: skip


def _shares(counts: Counter[str]) -> Row:
    return {"outcomes": {o: counts[o] for o in OUTCOMES if counts[o]}, "yield": round(counts[FIT] / counts.total(), 4)}


def text_of(found: Statistics, covered: PolicyCoverage | None, manifest: Row, requests: Row) -> str:
    """The report for a terminal."""
    blame = ", ".join(f"{o} {found.outcomes[o]}" for o in OUTCOMES[1:] if found.outcomes[o])
    lines = [
        f"{found.outcomes[FIT]} of {found.total} dialogues verified" + (f" · at fault: {blame}" if blame else ""),
        *_parts("Yield by scenario", found.scenarios),
        *_parts("Yield by description", found.descriptions),
        *_section("Flaws", [_flaw(name, counts) for name, counts in sorted(found.planted.items())]),
        *_section("Causes", _first([f"{n:>5}  {name}" for name, n in found.causes.most_common()])),
        *_section("Lengths", [_length(name, lengths.to_json()) for name, lengths in found.lengths.items()]),
        *_rules(found),
        *_coverage(covered),
        *_variety(found.variety()),
        *_section("Worth a look", [_example(row) for row in found.worst() if row["blame"] is not None][:MOST_LISTED]),
    ]
    return "\n".join(lines)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LISTED
    return lines if more <= 1 else [*lines[:MOST_LISTED], f"… and {more} more"]


def _parts(title: str, parts: dict[str, Counter[str]]) -> list[str]:
    """What has failures, with bars, the worst first; of all else, how much there is."""
    failed = {name: c for name, c in parts.items() if c[FIT] < c.total()}
    width = max(map(len, failed), default=0)
    order = sorted(failed.items(), key=lambda part: (part[1][FIT] / part[1].total(), part[0]))
    lines = [f"{name:<{width}}  {_bar(c)} {c[FIT]:>4} of {c.total()}" for name, c in order]
    whole = [c.total() for name, c in parts.items() if name not in failed]
    if whole:
        which = f"the other {len(whole)}" if failed else f"all {len(whole)}"
        lines.append(f"in {which}, every dialogue verified: {min(whole)} to {max(whole)} dialogues each")
    return _section(title, lines)


def _flaw(name: str, counts: Counter[str]) -> str:
    kinds = ("found alone", "found with more", "not found")
    return f"{name:<13} {', '.join(f'{counts[kind]} {kind}' for kind in kinds if counts[kind])}"


def _bar(counts: Counter[str]) -> str:
    full = round(BAR * counts[FIT] / counts.total())
    return "█" * full + "░" * (BAR - full)


def _length(name: str, lengths: Row) -> str:
    spread = f"{lengths['least']} to {lengths['most']}"
    return f"{name:<11} median {lengths['median']:>4} · 90 % up to {lengths['p90']:>4} · {spread}"


def _rules(found: Statistics) -> list[str]:
    broken = [(r.verdicts["violated"], name) for name, r in found.rules.items() if r.verdicts["violated"]]
    lines = _first([f"broken in {n:>4}  {name}" for n, name in sorted(broken, reverse=True)])
    never, judged = found.untriggered(), [r for r in found.rules.values() if r.severity == "judged"]
    checked = len(found.rules) - len(judged)
    lines.append(
        f"{checked - len(never)} of {checked} checkable rules were set off"
        + (f"; never: {', '.join(never)}" if never else "")
    )
    return _section("Rules", lines)


def _coverage(covered: PolicyCoverage | None) -> list[str]:
    """The rules whose conditions have sides that never decided, the least covered first."""
    if covered is None:
        return []
    if covered.reason:
        return _section("Conditions of rules", [f"not looked at: {covered.reason}"])
    open_ = [r for r in covered.rules if r.gaps]
    width = max((len(r.name) for r in open_[:MOST_LISTED]), default=0)
    lines = [covered.summary(), *_first([_covered(r, width) for r in open_])]
    lines += [covered.rest()] if covered.rest() else []
    lines += ["`covec coverage SPEC RUN --missing` shows the sides"] if open_ else []
    return _section("Conditions of rules", lines)


def _covered(rule: Covered, width: int) -> str:
    full = round(BAR * rule.decided / rule.sides)
    return f"{rule.name:<{width}}  {'█' * full}{'░' * (BAR - full)} {rule.decided:>3} of {rule.sides}"


def _variety(variety: Row) -> list[str]:
    grams = [
        f"{side}'s words: distinct pairs {g['distinct_2']:.0%}, triples {g['distinct_3']:.0%}"
        for side, g in variety["words"].items()
    ]
    sequences = f"{variety['tool_sequences']} tool sequences ({variety['distinct_tool_sequences']:.0%} of dialogues)"
    counted = f"{sequences}, {variety['openings']} openings ({variety['distinct_openings']:.0%})"
    return _section("Variety", [counted, *grams])


def _example(row: Row) -> str:
    score = row["report"]["score"]
    return f"{row['id']}  score {'–' if score is None else f'{score:.2f}'}  {row['blame']}: {', '.join(row['causes'])}"


__all__ = ["rows_of", "text_of"]
