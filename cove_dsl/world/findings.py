"""What is wrong in a judged conversation, one finding for each place, under a name that outlives other edits.

In: a verify line. Out: its findings, and what the line counts as once some of them are accepted (waived or known).
A key holds the conversation's id, the rule and the label, and the event; nothing that moves when other rules,
conversations or lines of a file come and go.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from attrs import define

ENDED = -1


class Key(NamedTuple):
    """The name of a finding. `label`: of the requirement, or for a goal the place that is not as wanted. `message` is
    -1 for what is judged at the end, `call` for what is no call."""

    conversation: str
    rule: str
    label: str
    message: int
    call: int

    def to_json(self) -> dict[str, Any]:
        """A line of a baseline."""
        call = {} if self.call < 0 else {"call": self.call}
        return {
            "id": self.conversation,
            "rule": self.rule,
            "label": self.label,
            "event": {"message": self.message, **call},
        }

    @property
    def title(self) -> str:
        """`rule.label`, as it is shown."""
        return f"{self.rule}.{self.label}" if self.label and not self.is_goal else f"{self.rule} {self.label}".strip()

    @property
    def is_goal(self) -> bool:
        return self.rule.startswith(GOAL)

    @property
    def where(self) -> str:
        """The event in words."""
        if self.message < 0:
            return "at the end"
        return f"at message {self.message}" + (f", call {self.call}" if self.call >= 0 else "")


GOAL = "goal:"


@define(eq=False)
class Finding:
    """A rule broken at an event, or a goal that was not reached. `waived` and `known` say why it does not count."""

    key: Key
    severity: str
    text: str
    span: dict[str, Any] | None = None
    waived: dict[str, str] | None = None
    known: bool = False

    @property
    def accepted(self) -> bool:
        return self.waived is not None or self.known

    @property
    def counts(self) -> bool:
        """Whether the conversation fails because of it."""
        return self.severity == "error" and not self.accepted


def findings(row: dict[str, Any]) -> list[Finding]:
    """The findings of a verify line, in its order; a rule broken twice at one event under one label is one."""
    if "error" in row:
        return []
    found = {f.key: f for f in (*_broken(row), *_unreached(row))}
    return list(found.values())


def _broken(row: dict[str, Any]) -> Iterator[Finding]:
    for rule in row["rules"]:
        for event in rule["events"]:
            if event["verdict"] == "violated":
                key = event_key(row["id"], rule["rule"], event)
                yield Finding(key, rule["severity"], rule["message"], rule["span"])


def event_key(conversation: str, rule: str, event: dict[str, Any]) -> Key:
    return Key(conversation, rule, event["label"], event["message"], event.get("call", ENDED))


def doubts(row: dict[str, Any]) -> set[Key]:
    """Where a line says that it is not known whether a rule was kept."""
    return {
        event_key(row["id"], rule["rule"], event)
        for rule in row["rules"]
        for event in rule["events"]
        if event["verdict"] == "unknown"
    }


def _unreached(row: dict[str, Any]) -> Iterator[Finding]:
    if row["outcome"]["verdict"] != "violated":
        return
    parts = row["outcome"]["missing"] or [{"kind": "actions", "at": ""}]
    for part in parts:
        key = Key(row["id"], GOAL + part["kind"], part["at"], ENDED, ENDED)
        yield Finding(key, "error", f"{GOALS[part['kind']]} {part['at']}".strip())


GOALS = {
    "missing": "not changed as wanted:",
    "unwanted": "changed, though nobody wanted it:",
    "unsaid": "not said:",
    "unmet": "does not hold at the end:",
    "actions": "the task's own calls were not made",
}


def counts_as(row: dict[str, Any], found: Iterable[Finding]) -> str:
    """The verdict of a line when what was accepted is left out: violated, else unknown, else satisfied."""
    if any(f.counts for f in found):
        return "violated"
    return "unknown" if _doubtful(row) else "satisfied"


def _doubtful(row: dict[str, Any]) -> bool:
    """Whether something that binds is not known, be it behind something accepted."""
    outcome = row["outcome"]
    return (outcome["verdict"] == "unknown" and outcome["state"] != "absent") or any(
        rule["severity"] == "error"
        and (rule["verdict"] == "unknown" or any(e["verdict"] == "unknown" for e in rule["events"]))
        for rule in row["rules"]
    )
