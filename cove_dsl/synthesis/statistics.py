"""What a run holds, looked at from every side: yield, blame, lengths, rules, variety, and the dialogues worth a look.

Enters: a run's rows, one by one. Leaves: numbers; memory grows with what differs, not with the dialogues.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import define, field

from .summary import is_fit

Row = dict[str, Any]
FIT = "verified"
OUTCOMES = (FIT, "agent", "user", "environment", "limit", "undecided")
GRAMS = (1, 2, 3)
MOST_EXAMPLES = 40
_WORD = re.compile(r"[a-z']+|\d+", re.IGNORECASE)


@define
class Lengths:
    """How often each length occurs."""

    counts: Counter[int] = field(factory=Counter)

    def at(self, share: float) -> int:
        """The length that a share of all does not exceed."""
        wanted, seen = share * self.counts.total(), 0
        for length, n in sorted(self.counts.items()):
            seen += n
            if seen >= wanted:
                return length
        return 0

    def to_json(self) -> dict[str, Any]:
        total = max(self.counts.total(), 1)
        mean = sum(k * n for k, n in self.counts.items()) / total
        return {
            "least": min(self.counts, default=0), "median": self.at(0.5), "most": max(self.counts, default=0),
            "p90": self.at(0.9), "mean": round(mean, 2), "counts": {str(k): n for k, n in sorted(self.counts.items())},
        }  # fmt: skip


@define
class Rule:
    """What became of a rule over a run: the dialogues in which it was looked at, and with what verdict."""

    severity: str
    triggered: int = 0
    verdicts: Counter[str] = field(factory=Counter)


@define
class Grams:
    """Runs of words of one side: how many, and how many of them are distinct."""

    seen: dict[int, set[int]] = field(factory=lambda: {n: set() for n in GRAMS})
    total: Counter[int] = field(factory=Counter)

    def add(self, text: str) -> None:
        words = _WORD.findall(text.lower())
        for n in GRAMS:
            grams = [hash(tuple(words[i : i + n])) for i in range(len(words) - n + 1)]
            self.seen[n].update(grams)
            self.total[n] += len(grams)

    def to_json(self) -> dict[str, float]:
        return {f"distinct_{n}": round(len(self.seen[n]) / max(self.total[n], 1), 4) for n in GRAMS}


@define
class Statistics:
    """Adds up a run."""

    total: int = 0
    outcomes: Counter[str] = field(factory=Counter)
    causes: Counter[str] = field(factory=Counter)
    ended: Counter[str] = field(factory=Counter)
    scenarios: dict[str, Counter[str]] = field(factory=dict)
    descriptions: dict[str, Counter[str]] = field(factory=dict)
    rules: dict[str, Rule] = field(factory=dict)
    lengths: dict[str, Lengths] = field(factory=lambda: {k: Lengths() for k in ("user turns", "calls", "words")})
    grams: dict[str, Grams] = field(factory=lambda: {"user": Grams(), "agent": Grams()})
    sequences: Counter[tuple[str, ...]] = field(factory=Counter)
    openings: Counter[str] = field(factory=Counter)
    tools: Counter[str] = field(factory=Counter)
    dropped: Counter[str] = field(factory=Counter)
    planted: dict[str, Counter[str]] = field(factory=dict)
    examples: list[tuple[tuple[Any, ...], Row]] = field(factory=list)

    def add(self, row: Row) -> None:
        outcome = FIT if is_fit(row) else row["blame"] or "undecided"
        self.total += 1
        self.outcomes[outcome] += 1
        self.causes.update(f"{row['blame']}: {cause}" for cause in row["causes"])
        self.ended[row["termination"]] += 1
        self.dropped.update(row["dropped"])
        for name in row["cove"]["scenario"]:
            self.scenarios.setdefault(name, Counter())[outcome] += 1
        for kind in dict.fromkeys(kinds_of_description(row["cove"])):
            self.descriptions.setdefault(kind, Counter())[outcome] += 1
        self._add_flaws(row)
        self._add_rules(row["report"].get("rules", ()))
        self._add_words(row["messages"])
        self._keep(row, outcome)

    def _add_flaws(self, row: Row) -> None:
        """Where the agent was to err: how each flaw was found out, if it was."""
        told = row.get("planted")
        if told:
            self.planted.setdefault(told["flaw"], Counter())["found alone" if told["only"] else "found with more"] += 1
        for flaw in row.get("unseen", ()):
            self.planted.setdefault(flaw, Counter())["not found"] += 1

    def _add_rules(self, rules: Iterable[dict[str, Any]]) -> None:
        for found in rules:
            rule = self.rules.setdefault(found["rule"], Rule(found["severity"]))
            rule.triggered += bool(found["triggered"])
            if found["triggered"] or found["verdict"] == "violated":
                rule.verdicts[found["verdict"]] += 1

    def _add_words(self, messages: list[dict[str, Any]]) -> None:
        calls = [c["function"]["name"] for m in messages for c in m.get("tool_calls") or ()]
        said = {"user": texts_of(messages, "user"), "agent": texts_of(messages, "assistant")}
        self.tools.update(calls)
        self.sequences[tuple(calls)] += 1
        if said["user"]:
            self.openings[said["user"][0]] += 1
        for side, texts in said.items():
            for text in texts:
                self.grams[side].add(text)
        lengths = {"user turns": len(said["user"]), "calls": len(calls),
                   "words": sum(len(t.split()) for texts in said.values() for t in texts)}  # fmt: skip
        for name, n in lengths.items():
            self.lengths[name].counts[n] += 1

    def _keep(self, row: Row, outcome: str) -> None:
        """Keeps the dialogues worth a look: failures by score, the lowest first, then the longest that verified; of
        each kind of failure one before any other."""
        score = row["report"]["score"]
        order = (outcome == FIT, score if score is not None else 0.5, -len(row["messages"]), row["cove"]["index"])
        self.examples.append((order, row))
        if len(self.examples) > 2 * MOST_EXAMPLES:
            self._trim()

    def _trim(self) -> None:
        seen: Counter[tuple[Any, ...]] = Counter()
        ranked = []
        for order, row in sorted(self.examples, key=lambda e: e[0]):
            kind = (row["blame"], *row["causes"])
            ranked.append(((order[0], seen[kind], order), (order, row)))
            seen[kind] += 1
        self.examples = [example for _, example in sorted(ranked, key=lambda r: r[0])[:MOST_EXAMPLES]]

    def worst(self) -> list[Row]:
        """The dialogues worth a look, the worst first."""
        self._trim()
        return [row for _, row in self.examples]

    def variety(self) -> dict[str, Any]:
        """How much the dialogues differ: 1 where no two are alike."""
        each = max(self.total, 1)
        return {
            "tool_sequences": len(self.sequences), "distinct_tool_sequences": round(len(self.sequences) / each, 4),
            "openings": len(self.openings), "distinct_openings": round(len(self.openings) / each, 4),
            "words": {side: grams.to_json() for side, grams in self.grams.items()},
        }  # fmt: skip

    def untriggered(self) -> list[str]:
        """Rules that no dialogue ever set off, but for those that only a reader judges."""
        return [name for name, rule in self.rules.items() if not rule.triggered and rule.severity != "judged"]


def texts_of(messages: list[dict[str, Any]], role: str) -> list[str]:
    return [m["content"] for m in messages if m["role"] == role and m.get("content")]


def kinds_of_description(cove: dict[str, Any]) -> Iterator[str]:
    """How a task's user names what it is about: a row by some of its fields, a person by what that person gives."""
    for found in cove["descriptions"]:
        paths = ", ".join(("some " if some else "") + ".".join(path) for path, some, _ in found["by"])
        yield f"{found['table']} by {paths}"
    person = sorted({f["label"].partition(".")[2] or f["label"] for f in cove["profile"]["person"]})
    yield f"person by {', '.join(person)}" if person else "person unnamed"
    if not cove["descriptions"]:
        yield "nothing described"


def statistics_of(rows: Iterable[Row]) -> Statistics:
    found = Statistics()
    for row in rows:
        found.add(row)
    return found


__all__ = ["FIT", "OUTCOMES", "Statistics", "statistics_of"]
