"""An audit as Markdown: for each thing found, how often and where, so that a benchmark's author can look it up."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from json import loads
from typing import Any

from ..backends.python.runtime.likeness import alike
from ..world.audit import KINDS, Audit, Audited, Finding

MOST_SHOWN = 12


def summary(audit: Audit) -> str:
    """One line for the terminal."""
    paid = [r for r in audit.runs if r.paid]
    return (
        f"{audit.tasks} tasks, {len({f.task for f in audit.findings})} with findings · {len(audit.runs)} runs, "
        f"{sum(bool(r.breaches) for r in paid)} of {len(paid)} paid ones broke a rule"
    )


def to_markdown(audit: Audit) -> str:
    """The whole audit of one desk, beginning with a heading of the second level."""
    parts = [f"## {audit.desk}", summary(audit) + ".", *_tasks(audit), *_agreement(audit), *_pay(audit), *_rules(audit)]
    return "\n\n".join(filter(None, parts))


def _tasks(audit: Audit) -> Iterator[str]:
    yield "### Tasks"
    for kind, meaning in KINDS.items():
        found = [f for f in audit.findings if f.kind == kind]
        tasks = dict.fromkeys(f.task for f in found)
        yield f"**{meaning[0].upper()}{meaning[1:]}.** {len(tasks)} of {audit.tasks} tasks."
        if kind == "pays_for_nothing":
            yield _listed(map(_code, tasks), MOST_SHOWN * 3) if tasks else ""
        elif found:
            yield _table(("task", "where", "evidence"), (_finding(f) for f in found))


def _finding(found: Finding) -> tuple[str, ...]:
    return _code(found.task), found.where, found.evidence


def _agreement(audit: Audit) -> Iterator[str]:
    yield "### Where our judging and the record differ"
    known = [r for r in audit.runs if r.known is not None]
    paid = [r for r in audit.runs if r.reward is not None and r.recomputed is not None]
    strayed = [r for r in audit.runs if r.mismatches]
    yield "\n".join((
        f"- End state against the recorded database check: {len(known) - sum(r.state_differs for r in known)} of "
        f"{len(known)} agree.",
        f"- Reward recomputed from state, words and assertions: {len(paid) - sum(r.reward_differs for r in paid)} of "
        f"{len(paid)} agree; {len(audit.runs) - len(paid)} runs lack what that needs.",
        f"- Tool results that our sandbox gives otherwise: {sum(len(r.mismatches) for r in strayed)} of {audit.calls} "
        f"calls, in {len(strayed)} of {len(audit.runs)} runs.",
    ))  # fmt: skip
    kinds = Counter((kind_of(m), m["tool"]) for r in strayed for m in r.mismatches)
    if kinds:
        yield _table(("how it differs", "tools", "calls"), _by_kind(kinds))
    odd = [r for r in audit.runs if r.state_differs or r.reward_differs]
    if odd:
        columns = ("run", "task", "recorded reward", "recomputed", "recorded check", "our state")
        yield _table(columns, (_difference(r) for r in odd))


def _by_kind(kinds: Counter[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """For each kind of mismatch, the tools that it concerns, the most frequent first."""
    totals = Counter[str]()
    for (kind, _), n in kinds.items():
        totals[kind] += n
    for kind, total in totals.most_common():
        tools = (_code(tool) for (of, tool), _ in kinds.most_common() if of == kind)
        yield kind, _listed(tools, 4), str(total)


def kind_of(mismatch: dict[str, Any]) -> str:
    """How a recorded result differs from ours."""
    ours, recorded = mismatch["expected"], _parsed(mismatch["recorded"])
    refused = isinstance(recorded, str) and recorded.startswith("Error")
    if isinstance(ours, str) and refused:
        same = ours.casefold() == recorded.removeprefix("Error:").strip().casefold()
        return "the same refusal, in other letters" if same else "refused for another reason"
    if isinstance(ours, str) != refused:
        return "refused there, accepted here" if refused else "accepted there, refused here"
    fields = sorted(set(_unlike(ours, recorded)))
    return f"other fields: {_listed(map(_code, fields), 4)}" if fields else "another shape"


def _parsed(text: Any) -> Any:
    try:
        return loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return text


def _unlike(ours: Any, recorded: Any, name: str = "") -> Iterator[str]:
    """The names of the fields in which two values differ."""
    if isinstance(ours, dict) and isinstance(recorded, dict):
        for key in {**ours, **recorded}:
            yield from _unlike(ours.get(key), recorded.get(key), key)
    elif isinstance(ours, list) and isinstance(recorded, list) and len(ours) == len(recorded):
        for a, b in zip(ours, recorded, strict=True):
            yield from _unlike(a, b, name)
    elif name and not alike(ours, recorded):
        yield name


def _difference(run: Audited) -> tuple[str, ...]:
    known = "" if run.known is None else "match" if run.known else "no match"
    recomputed = "" if run.recomputed is None else str(run.recomputed)
    return _code(run.id), _code(run.task or ""), str(run.reward), recomputed, known, run.state


def _pay(audit: Audit) -> Iterator[str]:
    paid = [r for r in audit.runs if r.paid]
    unpaid = [r for r in audit.runs if r.paid is False]
    yield "### Paid although a rule was broken"
    broke = [r for r in paid if r.breaches]
    yield f"{len(broke)} of {len(paid)} runs with full reward broke a rule that binds."
    if broke:
        yield _table(("rule", "runs", "for example (run at message)"), _by_rule(broke))
    yield "### Not paid although no rule was broken"
    clean = [r for r in unpaid if not r.breaches]
    doubtful = {f.task for f in audit.findings if f.kind in ("gold_fails", "gold_breaks_rule")}
    flawed = [r for r in clean if r.task in doubtful]
    yield (
        f"{len(clean)} of {len(unpaid)} runs without reward broke no rule that binds; {len(flawed)} of them are of "
        "tasks whose gold fails or breaks a rule."
    )
    missing = Counter(", ".join(r.unmet) or "nothing that we can tell" for r in clean)
    if missing:
        yield _table(("why it was not paid", "runs"), ((what, str(n)) for what, n in missing.most_common()))
    if flawed:
        yield _table(("run", "task", "our state"), ((_code(r.id), _code(r.task or ""), r.state) for r in flawed))


def _by_rule(runs: list[Audited]) -> Iterator[tuple[str, ...]]:
    names = dict.fromkeys(b.rule for r in runs for b in r.breaches)
    counts = {n: [(r, b) for r in runs for b in r.breaches if b.rule == n] for n in names}
    for name, found in sorted(counts.items(), key=lambda entry: -len(entry[1])):
        yield _code(name), str(len(found)), _listed((f"{_code(r.id)} at {b.message}" for r, b in found), 3)


def _rules(audit: Audit) -> Iterator[str]:
    yield "### How often each rule was at stake"
    rows = (
        (_code(t.rule), t.severity, *map(str, (t.triggered, t.satisfied, t.violated, t.unknown))) for t in audit.rules
    )
    yield _table(("rule", "severity", "runs that triggered it", "satisfied", "violated", "unknown"), rows)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *(tuple(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


_code: Callable[[str], str] = "`{}`".format


def _listed(items: Iterable[str], most: int) -> str:
    found = list(items)
    return ", ".join(found[:most]) + (f", and {len(found) - most} more" if len(found) > most else "")
