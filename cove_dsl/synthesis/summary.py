"""What came of a run, in numbers: the yield by scenario and by whose fault a failure was, rules broken, lengths."""

from collections import Counter
from collections.abc import Iterable
from typing import Any


def is_fit(row: dict[str, Any]) -> bool:
    """Whether a dialogue is one to learn from: full score, brought to its end by the user, and nobody at fault."""
    return bool(row["report"]["score"] == 1 and row["termination"] == "user_stop" and row["blame"] is None)


def summarize(
    manifest: dict[str, Any], rows: Iterable[dict[str, Any]], failed: Iterable[dict[str, Any]] = ()
) -> dict[str, Any]:
    """`rows` are a run's dialogues, `failed` the tasks of which the infrastructure made none."""
    count = Counts()
    for row in rows:
        count.add(row)
    undone = Counter(f["cause"] for f in failed)
    return {
        "run": manifest, "dialogues": count.total, "verified": count.good, "missing": manifest["n"] - count.total,
        "infrastructure": dict(sorted(undone.items())), **count.to_json(),
    }  # fmt: skip


class Counts:
    """Adds up dialogues one by one."""

    def __init__(self) -> None:
        self.total = self.good = self.turns = self.calls = 0
        self.verdicts: Counter[str] = Counter()
        self.made: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.blame: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.errors: dict[str, Counter[str]] = {}
        self.planted: Counter[str] = Counter()
        self.unseen: Counter[str] = Counter()

    def add(self, row: dict[str, Any]) -> None:
        report, fit = row["report"], is_fit(row)
        self.verdicts[report["verdict"]] += 1
        self.made.update(row["cove"]["scenario"])
        self.kept.update(row["cove"]["scenario"] if fit else ())
        self.broken.update(r["rule"] for r in report.get("rules", ()) if r["verdict"] == "violated")
        self.dropped.update(row["dropped"])
        self.ended[row["termination"]] += 1
        if row["blame"] is not None:
            self.blame[row["blame"]] += 1
            self.causes.update(f"{row['blame']}: {cause}" for cause in row["causes"])
        for side, kinds in row["errors"].items():
            self.errors.setdefault(side, Counter()).update(kinds)
        if "planted" in row:
            self.planted[row["planted"]["flaw"] if row["planted"] else "none"] += 1
            self.unseen.update(row["unseen"])
        self.turns += sum(m["role"] == "user" and bool(m["content"]) for m in row["messages"])
        self.calls += sum(m["role"] == "tool" for m in row["messages"])
        self.total, self.good = self.total + 1, self.good + fit

    def to_json(self) -> dict[str, Any]:
        each = {"verdicts": self.verdicts, "ended": self.ended, "blame": self.blame, "causes": self.causes,
                "broken": self.broken, "dropped": self.dropped}  # fmt: skip
        flaws = {"planted": self.planted, "unseen": self.unseen} if self.planted else {}
        return {
            **{name: dict(sorted(counts.items())) for name, counts in (each | flaws).items()},
            "errors": {side: dict(sorted(kinds.items())) for side, kinds in sorted(self.errors.items())},
            "scenarios": {name: {"made": n, "verified": self.kept[name]} for name, n in sorted(self.made.items())},
            "mean_user_turns": round(self.turns / max(self.total, 1), 2),
            "mean_calls": round(self.calls / max(self.total, 1), 2),
        }


__all__ = ["is_fit", "summarize"]
