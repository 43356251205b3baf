"""How the rules of the bundled desks judge real conversations, and how many of their violations were read and right.

In: the audits of the desks, and `notes/DESK.read.jsonl`: for every violation that was read its place and whether it is
one. Which are read is no choice: of each rule the first ten by a hash of conversation and rule, one a conversation,
from the half that nothing was tuned on as far as it goes. Out: the page `docs/audits/verdicts.md`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from cove_dsl.world.audit import Audit, Place, Tally

NOTES = Path(__file__).parent / "notes"
MOST_READ = 10
MOST_UNKNOWN = 0.2  # of the times that a rule was triggered, or of the conversations: more, and a reason is owed

# Why a violation that was read is none, or is one by our reading alone.
CLASSES = {
    "our_reading": "the policy leaves it open; it is one as the desk's page reads it",
    "named_in_the_yes": "the user names the last detail in the very message that says yes",
    "follows_from_what_was_listed": "what was not listed follows from what was: a total, a split, an address on file",
    "a_yes_not_heard": "an explicit yes was taken for a correction",
    "said_in_other_words": "it was said, in words that the recogniser does not know",
    "said_by_reference": "it was said by pointing at something: the same as in my other booking",
    "two_reasons_in_one_message": "a message gives two reasons, for two things, and the first is heard",
    "id_spelt_otherwise": "an id that is known was written with a blank, or with its letter in front",
    "form_of_an_id": "the form of an id was shown, and no id",
    "no_such_tool": "tau-bench v1 has no tool that tells how a flight stands",
    "the_user_ended_it": "the user agreed to be handed over, and ended the conversation before the agent could",
    "not_what_was_complained_of": "what is slow was not what the user complained of",
}
# Why a rule is never triggered, or unknown more often than `MOST_UNKNOWN`.
REASONS: dict[tuple[str, str], str] = {
    ("*", "judged"): "only a reader can judge it; it stands in the prompt and binds nothing",
    ("retail", "hand_over_line"): "tau-bench v1 ends the conversation with the call that hands over",
    ("airline", "hand_over_line"): "tau-bench v1 ends the conversation with the call that hands over",
    ("telecom", "explicit_yes"): "six conversations refuel data at all; two users answer with neither yes nor no",
}


@frozen
class Read:
    """A violation that was read. `because`: one of `CLASSES`, or empty."""

    rule: str
    run: str
    place: Place
    right: bool
    because: str


def readings(desk: str) -> list[Read]:
    """What was read of a desk's violations, in the order of the notes."""
    lines = (NOTES / f"{desk}.read.jsonl").read_text(encoding="utf-8").splitlines()
    return [_read(json.loads(line)) for line in lines]


def _read(row: dict[str, Any]) -> Read:
    place = (row["message"], row.get("call"))
    return Read(row["rule"], row["id"], place, row["right"], row.get("because", ""))


def sample(audit: Audit, files: Mapping[str, str], measured: frozenset[str]) -> set[tuple[str, str, Place]]:
    """Which violations are to be read: rule, run, place. `files`: where each run is recorded; `measured`: the runs that
    nothing was tuned on."""
    found: dict[str, list[tuple[bool, str, str, Place]]] = {}
    for run in audit.runs:
        for rule, stake in run.rules.items():
            if stake.violated:
                order = hashlib.sha256(f"{files[run.id]}/{run.id}/{rule}".encode()).hexdigest()
                found.setdefault(rule, []).append((run.id not in measured, order, run.id, stake.violated[0]))
    return {(rule, run, place) for rule, rows in found.items() for _, _, run, place in sorted(rows)[:MOST_READ]}


def owes_a_reason(tally: Tally) -> bool:
    """Whether a rule was never triggered, or is unknown too often."""
    if not tally.triggered:
        return True
    shares = (tally.unknown / tally.triggered, tally.times.unknown / tally.times.triggered)
    return max(shares) > MOST_UNKNOWN


def reason_of(desk: str, tally: Tally) -> str:
    """The reason that a rule owes; empty where it owes none. Raises KeyError where nobody has given it."""
    return REASONS[desk, tally.rule] if owes_a_reason(tally) else ""


def section(audit: Audit, judged: list[str]) -> str:
    """The page's part on one desk. `judged`: the rules that only a reader can judge."""
    read = readings(audit.desk)
    right = sum(r.right for r in read)
    ours = sum(r.because == "our_reading" for r in read)
    parts = [
        f"## {audit.desk}",
        f"{len(audit.runs)} conversations. {len(read)} violations of {len({r.rule for r in read})} rules were read; "
        f"{right} are right, {ours} of these by a reading of what the policy leaves open.",
        _table(COLUMNS, [_row(t, [r for r in read if r.rule == t.rule]) for t in audit.rules]),
        _reasons(audit, judged),
        _wrong(read),
    ]
    return "\n\n".join(filter(None, parts))


COLUMNS = (
    "rule", "runs", "violated", "unknown", "times", "satisfied", "violated", "attempted", "unknown", "read", "right",
)  # fmt: skip


def _row(tally: Tally, read: list[Read]) -> tuple[str, ...]:
    times = tally.times
    counts = (
        tally.triggered, tally.violated, tally.unknown,
        times.triggered, times.satisfied, times.violated, times.attempted, times.unknown,
    )  # fmt: skip
    marks = (" ¹" if owes_a_reason(tally) else "") + (" (warning)" if tally.severity == "warning" else "")
    ours = sum(r.because == "our_reading" for r in read)
    right = f"{sum(r.right for r in read)}" + (f" ({ours} by our reading)" if ours else "")
    return f"`{tally.rule}`{marks}", *map(str, counts), str(len(read)), right if read else ""


def _reasons(audit: Audit, judged: list[str]) -> str:
    owed = [f"- ¹ `{t.rule}`: {reason_of(audit.desk, t)}." for t in audit.rules if owes_a_reason(t)]
    unjudged = f"- Never triggered: {', '.join(f'`{name}`' for name in judged)}: {REASONS['*', 'judged']}."
    return "\n".join([unjudged, *owed])


def _wrong(read: list[Read]) -> str:
    counts = Counter((r.because, r.rule) for r in read if not r.right)
    if not counts:
        return ""
    kinds = dict.fromkeys(because for because, _ in counts)
    return "Violations that are none:\n\n" + "\n".join(_class(kind, counts) for kind in kinds)


def _class(kind: str, counts: Counter[tuple[str, str]]) -> str:
    where = ", ".join(f"`{rule}` {n}" for (because, rule), n in counts.items() if because == kind)
    return f"- {CLASSES[kind][0].upper()}{CLASSES[kind][1:]} ({where})."


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines: Iterator[tuple[str, ...]] = iter([columns, tuple("---" for _ in columns), *rows])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
