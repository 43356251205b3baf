"""Asks models: at a rate, within a budget, again where that may help, and never twice for the same.

What comes back is counted: requests, tokens, cost, and every cause for which a request had to be sent again.
"""

import asyncio
import json
import random
import time
from typing import Any

from attrs import field, frozen

from ..parties import InfrastructureError
from .answers import Keeper, here, key_of
from .endpoint import Endpoint, Fault

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0


@frozen
class Limits:
    """How much may be asked. `per_minute` requests over all sides; `dollars` and `tokens` for the whole run, with what
    was spent before it was taken up; `tries` of one request; `timeout` in seconds of one try."""

    in_flight: int = 64
    per_minute: float | None = None
    dollars: float | None = None
    tokens: int | None = None
    timeout: float = 120.0
    tries: int = 6


class BudgetSpent(Exception):
    """No more may be asked in this run."""


class Denied(Exception):
    """The endpoint will answer no request of this run: a wrong key, a wrong name, a wrong place."""


@frozen
class Price:
    """Dollars for a million tokens."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, usage: dict[str, int]) -> float:
        return (self.prompt * usage["prompt_tokens"] + self.completion * usage["completion_tokens"]) / 1e6


@frozen
class Answer:
    """A choice that a model made, and what it took."""

    message: dict[str, Any]
    finish: str
    usage: dict[str, int]


class Pace:
    """Lets requests go one after the other, no more than so many a minute."""

    def __init__(self, per_minute: float | None) -> None:
        self.gap = 60.0 / per_minute if per_minute else 0.0
        self.free = 0.0

    async def turn(self) -> None:
        if self.gap:
            now = time.monotonic()
            at = max(now, self.free)
            self.free = at + self.gap
            await asyncio.sleep(at - now)


class Encoded(str):
    """JSON text: a part of requests that stays the same, encoded once."""

    __slots__ = ()


def encoded(value: Any) -> str:
    """JSON text of a request, whose top level and messages may be encoded already."""
    if isinstance(value, Encoded):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(k)}:{encoded(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join([v if isinstance(v, Encoded) else _text(v) for v in value]) + "]"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@frozen
class Asker:
    """Asks one model for one side. Several share `answers`, `pace` and the budget in `limits`."""

    side: str
    endpoint: Endpoint
    answers: Keeper
    limits: Limits
    pace: Pace
    price: Price = Price()
    rng: random.Random = field(factory=random.Random)

    async def ask(self, request: dict[str, Any], salt: str) -> Answer:
        """The answer to a request, as it was given the first time. Raises InfrastructureError, BudgetSpent, Denied."""
        whole = {"model": self.endpoint.model.name, **request, **self.endpoint.model.args}
        body = encoded(whole).encode("utf-8", "replace")
        key = key_of(self.endpoint.address, body, salt)
        found = await here(self.answers.get(key))
        if found is None:
            found = await self._fetch(body)
            await here(self.answers.put(key, found, self.side, self._counted(found)))
        else:
            await here(self.answers.count(self.side, "kept"))
        return _answer(found)

    async def _fetch(self, body: bytes) -> dict[str, Any]:
        for attempt in range(1, self.limits.tries + 1):
            await self._within_budget()
            await self.pace.turn()
            try:
                return await self.endpoint.send(body)
            except Fault as fault:
                await here(self.answers.count(self.side, fault.cause))
                if fault.hopeless:
                    raise Denied(str(fault)) from None
                if not fault.again or attempt == self.limits.tries:
                    raise InfrastructureError(fault.cause, str(fault)) from None
                await asyncio.sleep(self._wait(attempt, fault.wait))
        raise AssertionError("no try was made")

    def _wait(self, attempt: int, asked: float | None) -> float:
        """At least as long as the endpoint asks for; else anything up to a bound that doubles, so that those who failed
        together do not come back together."""
        jitter = self.rng.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2**attempt))
        return jitter if asked is None else asked + self.rng.uniform(0, FIRST_WAIT)

    async def _within_budget(self) -> None:
        if self.limits.dollars is None and self.limits.tokens is None:
            return
        counts = (await here(self.answers.counts())).values()
        spent = sum(c["dollars"] for c in counts)
        tokens = sum(c["prompt_tokens"] + c["completion_tokens"] for c in counts)
        if self.limits.dollars is not None and spent >= self.limits.dollars:
            raise BudgetSpent(f"the budget of {self.limits.dollars:g} dollars is spent")
        if self.limits.tokens is not None and tokens >= self.limits.tokens:
            raise BudgetSpent(f"the budget of {self.limits.tokens:,} tokens is spent")

    def _counted(self, body: dict[str, Any]) -> dict[str, float]:
        usage = _usage(body)
        return {"answered": 1, **usage, "dollars": self.price.of(usage)}


def _answer(body: dict[str, Any]) -> Answer:
    choice = body["choices"][0]
    message = choice.get("message")
    return Answer(message if isinstance(message, dict) else {}, str(choice.get("finish_reason") or ""), _usage(body))


def _usage(body: dict[str, Any]) -> dict[str, int]:
    given = body.get("usage")
    usage = given if isinstance(given, dict) else {}
    return {name: _whole(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


__all__ = ["Answer", "Asker", "BudgetSpent", "Denied", "Encoded", "Limits", "Pace", "Price", "encoded"]
