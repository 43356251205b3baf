"""What of a judged conversation counts, once waivers and a baseline have been heard.

Verdict and score stay what the specification makes of a conversation. A line says besides, in `counts_as`, what it
comes to without what was accepted, and at each violation why it does not count: `waived` or `known`.
"""

from typing import Any

from attrs import define, field

from .baseline import Baseline
from .findings import Finding, counts_as, event_key, findings
from .waivers import Waivers


@define(eq=False)
class Ledger:
    """Goes through verify lines one after the other. `keep`: whether findings are kept, for a baseline."""

    waivers: Waivers | None = None
    baseline: Baseline | None = None
    keep: bool = False
    kept: list[Finding] = field(factory=list, init=False)
    counts: dict[str, int] = field(factory=lambda: {"waived": 0, "known": 0, "new": 0}, init=False)

    def enter(self, row: dict[str, Any]) -> list[Finding]:
        """The findings of a line, which is told what of them counts. A refused record has none and is left as it is."""
        if "error" in row:
            return []
        found = findings(row)
        if self.waivers is not None:
            self.waivers.apply(found)
        if self.baseline is not None:
            self.baseline.apply(row, found)
        _annotate(row, found)
        row["counts_as"] = counts_as(row, found)
        for finding in found:
            self.counts["waived" if finding.waived else "known" if finding.known else "new"] += (
                finding.severity == "error"
            )
        if self.keep:
            self.kept += found
        return found


def _annotate(row: dict[str, Any], found: list[Finding]) -> None:
    by_key = {f.key: f for f in found if f.accepted}
    if not by_key:
        return
    for rule in row["rules"]:
        broken = [e for e in rule["events"] if e["verdict"] == "violated"]
        accepted = [by_key.get(event_key(row["id"], rule["rule"], e)) for e in broken]
        for event, finding in zip(broken, accepted, strict=True):
            if finding is not None:
                event |= _why(finding)
        if accepted and None not in accepted:
            first = next((f for f in accepted if f is not None and f.known and not f.waived), accepted[0])
            rule |= _why(first) if first is not None else {}
    goals = [f for f in found if f.key.is_goal]
    if goals and all(f.known for f in goals):
        row["outcome"]["known"] = True


def _why(finding: Finding) -> dict[str, Any]:
    return {"waived": finding.waived} if finding.waived is not None else {"known": True}
