"""What came of a run, in numbers: the yield by scenario and by whose fault a failure was, rules broken, lengths."""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from ..world.state import dumps

MANY_ALIKE = 3  # tasks of one scenario, all of one person and one thing


def is_fit(row: dict[str, Any]) -> bool:
    """Whether a dialogue is one to learn from: full score, brought to its end by the user, and nobody at fault."""
    return bool(row["report"]["score"] == 1 and row["termination"] == "user_stop" and row["blame"] is None)


def digest_of(row: dict[str, Any]) -> dict[str, Any]:
    """What a summary counts of a dialogue: small enough to be sent about."""
    report = row["report"]
    planted = row["planted"]["flaw"] if row.get("planted") else "none"
    return {
        "index": row["cove"]["index"], "fit": is_fit(row), "verdict": report["verdict"],
        "scenario": row["cove"]["scenario"], "dropped": row["dropped"], "ended": row["termination"],
        "broken": [r["rule"] for r in report.get("rules", ()) if r["verdict"] == "violated"],
        "blame": row["blame"], "causes": row["causes"], "errors": row["errors"],
        **({"limits": row["limits"]} if row.get("limits") else {}),
        **({"planted": planted, "unseen": row["unseen"]} if "planted" in row else {}),
        **({"about": about} if (about := _about(row)) else {}),
        "turns": sum(m["role"] == "user" and bool(m["content"]) for m in row["messages"]),
        "calls": sum(m["role"] == "tool" for m in row["messages"]),
    }  # fmt: skip


def _about(row: dict[str, Any]) -> str:
    """Who a task of one scenario is about, and which row, in short; nothing where nobody is told of."""
    task = row["cove"]
    who = [fact.get("value") for fact in task["profile"]["person"]]
    named = [[d["table"], d.get("key")] for d in task["descriptions"]]
    if len(task["scenario"]) > 1 or not (who or named):
        return ""
    return sha256(dumps([who, named], sort_keys=True).encode()).hexdigest()[:12]


def summarize(manifest: dict[str, Any], count: "Counts", failed: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """`count`: a run's dialogues; `failed`: the tasks of which the infrastructure made none."""
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
        self.limits: dict[str, dict[str, Any]] = {}
        self.abouts: dict[str, Counter[str]] = {}

    def add(self, digest: dict[str, Any]) -> None:
        """Counts one dialogue, by its digest; in any order."""
        fit = digest["fit"]
        self.verdicts[digest["verdict"]] += 1
        self.made.update(digest["scenario"])
        self.kept.update(digest["scenario"] if fit else ())
        self.broken.update(digest["broken"])
        self.dropped.update(digest["dropped"])
        self.ended[digest["ended"]] += 1
        if digest["blame"] is not None:
            self.blame[digest["blame"]] += 1
            self.causes.update(f"{digest['blame']}: {cause}" for cause in digest["causes"])
        for side, kinds in digest["errors"].items():
            self.errors.setdefault(side, Counter()).update(kinds)
        if "planted" in digest:
            self.planted[digest["planted"]] += 1
            self.unseen.update(digest["unseen"])
        for rule, why in digest.get("limits", {}).items():
            known = self.limits.get(rule)
            first = known is None or digest["index"] < known["task"]
            self.limits[rule] = {"task": digest["index"], "why": why} if known is None or first else known
        if "about" in digest:
            abouts = self.abouts.setdefault(digest["scenario"][0], Counter())
            if len(abouts) < 2 or digest["about"] in abouts:
                abouts[digest["about"]] += 1
        self.turns += digest["turns"]
        self.calls += digest["calls"]
        self.total, self.good = self.total + 1, self.good + fit

    def alike(self) -> dict[str, int]:
        """The scenarios of which all tasks are of one person and one thing, with how many these are."""
        alone = {name: found.total() for name, found in sorted(self.abouts.items()) if len(found) == 1}
        return {name: n for name, n in alone.items() if n >= MANY_ALIKE and n == self.made[name]}

    def to_json(self) -> dict[str, Any]:
        each = {"verdicts": self.verdicts, "ended": self.ended, "blame": self.blame, "causes": self.causes,
                "broken": self.broken, "dropped": self.dropped}  # fmt: skip
        flaws = {"planted": self.planted, "unseen": self.unseen} if self.planted else {}
        return {
            **{name: dict(sorted(counts.items())) for name, counts in (each | flaws).items()},
            **({"limits": dict(sorted(self.limits.items()))} if self.limits else {}),
            **({"alike": alike} if (alike := self.alike()) else {}),
            "errors": {side: dict(sorted(kinds.items())) for side, kinds in sorted(self.errors.items())},
            "scenarios": {name: {"made": n, "verified": self.kept[name]} for name, n in sorted(self.made.items())},
            "mean_user_turns": round(self.turns / max(self.total, 1), 2),
            "mean_calls": round(self.calls / max(self.total, 1), 2),
        }


__all__ = ["Counts", "digest_of", "is_fit", "summarize"]
