"""Amounts that an agent has to tell, and those that it has to work out before it names them.

In: a run with its open duties, what the agent is about to say, what it has seen. Out: sentences that pay, each tried on
the run first, so that an amount is told because a rule waits for just this one; and arithmetic for a calculator.
"""

import random
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..backends.prompt.demands import names_amount
from ..backends.prompt.words import money
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Message, Step
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.values import is_number
from ..core.nodes import Rule
from ..core.spec import Spec
from ..core.types import MONEY, ListType, RecordType, strip
from .tasks import Call, Move, Task
from .wording import amount_owed, answers, volunteered

MOST_AMOUNTS = 40
NUMBER = re.compile(r"\d+(?:\.\d+)?")
FORTHCOMING = 0.5  # of clerks


def amounts_owed(run: Run, spec: Spec, said: str, seen: list[Any]) -> list[str]:
    """Sentences with the amounts that some rules want told and `said` does not tell: out of `seen`, or worked out as
    the rule says."""
    found: list[str] = []
    for rule in sorted(waiting(run) - _paid_by(run, said)):
        form = amount_owed(spec.rules[rule], spec)
        worked_out = _asked_for(run) if _has_to_be_worked_out(spec.rules[rule]) else []
        sentences = (form.format(amount=amount) for amount in dict.fromkeys([*worked_out, *_amounts(seen)]))
        paying = next((s for s in sentences if rule in _paid_by(run, f"{said} {s}")), None)
        found += [paying] if paying is not None and paying not in found else []
    return found


def shares(call: Call, spec: Spec, seen: list[Any]) -> Iterator[tuple[Any, str]]:
    """The amounts of a call that are what others leave of a sum that was seen, each with its arithmetic."""
    known = {money(n) for value in seen for n in _numbers(value)}
    for amounts in parts_of_sums(call, spec):
        if len(amounts) > 1 and money(sum(amounts)) in known:
            for at, amount in enumerate(amounts):
                rest = [*amounts[:at], *amounts[at + 1 :]]
                yield amount, " - ".join(map(plain_number, [sum(amounts), *rest]))


def amounts_in(arithmetic: str) -> list[str]:
    """The amounts that a sum is made of, as they are told: `61 + 264` of $61 and $264."""
    return [money(Decimal(part)) for part in NUMBER.findall(arithmetic)]


def with_parts(total: str, arithmetic: str) -> str:
    """A total as who adds it up tells it: `$325 ($61 + $264)`."""
    told = re.sub(r" \+ 0\b(?!\.)|\b0 \+ ", "", arithmetic)
    adds = len(NUMBER.findall(told)) > 1 and re.fullmatch(r"[\d. +-]+", told)
    return f"{total} ({NUMBER.sub(lambda n: money(Decimal(n[0])), told)})" if adds else total


def parts_of_sums(call: Call, spec: Spec) -> Iterator[list[Any]]:
    """The amounts that stand at one name in the records of an argument: what is paid by each of several methods."""
    for param in spec.tools[call["name"]].params:
        kind = strip(param.type)
        record = strip(kind.item) if isinstance(kind, ListType) else None
        fields = spec.records[record.name].fields.values() if isinstance(record, RecordType) else ()
        for name in (f.name for f in fields if strip(f.type) == MONEY):
            amounts = [row[name] for row in call["arguments"].get(param.name) or () if is_number(row.get(name))]
            if amounts:
                yield amounts


def waiting(run: Run) -> set[str]:
    """The rules that wait for a message of the agent."""
    owed = (o for group in run.owed.groups.values() for o in group)
    return {
        o.rule
        for o in owed
        if o.duties[0].mode in ("then", "eventually")
        and (pattern := o.duties[0].pattern) is not None
        and pattern.kind == "message"
        and pattern.role in ("agent", None)
    }


def _paid_by(run: Run, text: str) -> set[str]:
    """The rules that a message of the agent would satisfy."""
    step = Step("agent", text, 0, run.events)
    return {j.rule for j in run.foresees(step, Message(text, step, run.events)) if j.verdict == "satisfied"}


def _has_to_be_worked_out(rule: Rule) -> bool:
    return any(d.condition is not None and names_amount(d.condition) for d in rule.duties)


def _asked_for(run: Run) -> list[str]:
    """The amounts that open duties ask a message for."""
    asked: list[Any] = []

    def listen(_: Any, amount: Any) -> bool:
        asked.append(amount)
        return False

    vars(run)["says_amount"] = listen
    try:
        _paid_by(run, "")
    finally:
        del vars(run)["says_amount"]
    return [money(amount) for amount in asked if is_number(amount) and amount >= 0]


def _amounts(seen: list[Any]) -> list[str]:
    """Amounts in what was seen, the latest first."""
    found = dict.fromkeys(money(n) for value in reversed(seen) for n in _numbers(value) if n >= 0)
    return list(found)[:MOST_AMOUNTS]


def _numbers(value: Any) -> Iterator[Any]:
    if is_number(value):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _numbers(part)


def foretold(task: Task, move: Move, said: str, seen: list[Any]) -> list[str]:
    """What the user will want to know of a change, where it came of the change and nothing said it yet: some clerks say
    so, others wait to be asked. `seen`: what was shown so far, the change's result last. What stood there before came
    of nothing, and who has not been asked for it cannot know that it is wanted."""
    if random.Random(f"open:{task.id}").random() >= FORTHCOMING:
        return []
    later = [m for m in task.moves if m.kind == "learn" and m.scenario == move.scenario and m.is_money]
    *before, result = seen
    unsaid = [
        m for m in later if _shows(result, m.value) and not _shows(before, m.value) and not answers(said, m, move)
    ]
    return [told for m in unsaid if (told := volunteered(m, money(m.value))) is not None]


def _shows(value: Any, number: Any) -> bool:
    """Whether a number stands anywhere in a result."""
    return any(found == number for found in _numbers(value))


__all__ = ["amounts_in", "amounts_owed", "foretold", "parts_of_sums", "shares", "waiting", "with_parts"]
