"""A guard in front of a scripted agent: what it stops is what an offline judge would blame, and nothing else.

An episode is a dialogue of the shop that verifies. Something wrong is planted in its script: a call is made too early,
for somebody else's order, with other arguments, together with another one, … Then the script is played through a guard.
For every call that the agent tries, the truth is found apart from the guard: the conversation so far with this call and
what it would come to is judged as a recording. `stopped` and `blamed` must agree, call by call.
"""

import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.events import read_trajectory
from cove_dsl.backends.python.runtime.sandbox import Sandbox
from cove_dsl.synthesis.run import Order, synthesize
from cove_dsl.synthesis.store import DIALOGUES
from cove_dsl.world.desk import Desk, World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.guard import Guard
from cove_dsl.world.state import apply_start, dumps, world_of

Message = dict[str, Any]
DUTIES = ("then", "nothing", "never", "eventually")
WRITES = (
    "cancel_pending_order",
    "modify_pending_order_items",
    "modify_pending_order_payment",
    "return_delivered_order_items",
    "exchange_delivered_order_items",
    "modify_pending_order_address",
)
REMINDER = re.compile(
    r"[^.!?]*\b(?:all (?:the )?items|every item|only once|once per|anything else|other items?)\b[^.!?]*[.!?]"
)


@frozen
class Episode:
    """A dialogue without the results of its calls, and the world it begins in."""

    script: list[Message]
    world: Any


@define
class Outcome:
    """What came of many episodes, counted by call. `rules`: how often each rule was what a planted call broke."""

    episodes: int = 0
    calls: int = 0
    right: Counter[str] = field(factory=Counter)
    wrong: list[tuple[str, Any]] = field(factory=list)
    rules: Counter[str] = field(factory=Counter)
    undecided: int = 0
    leftover: list[Any] = field(factory=list)


# --- episodes ---------------------------------------------------------------------------------------------------------


def shop_episodes(n: int, seed: int) -> tuple[Desk, dict[str, Any], list[Episode]]:
    """Dialogues of the scripted parties over a generated shop, all of which verify."""
    desk = load("retail")
    state = generate_world(desk.spec, seed)
    with tempfile.TemporaryDirectory() as folder:
        synthesize(Order(desk, state, n, seed), Path(folder) / "run")
        lines = (Path(folder) / "run" / DIALOGUES).read_text(encoding="utf-8").splitlines()
    made = []
    for row in map(json.loads, lines):
        world = apply_start(world_of(state, desk.program), row["start"])
        made.append(Episode([m for m in row["messages"] if m["role"] in ("user", "assistant")], world))
    return desk, state, made


# --- what can go wrong ------------------------------------------------------------------------------------------------


@frozen
class Spoiler:
    """Plants one mistake of the agent's in a script. Gives None where there is no place for it."""

    desk: Desk
    state: dict[str, Any]
    dice: random.Random

    def spoil(self, episode: Episode) -> list[Message]:
        ways = [
            self.no_look_up, self.too_early, self.no_yes, self.others_order, self.others_profile, self.no_look,
            self.twice, self.no_reminder, self.nothing_to_do, *[self.other_argument] * 4, self.nobodys_reason,
            self.two_at_once, self.with_words, self.after_the_hand_over, *[self.unlawful] * 12,
        ]  # fmt: skip
        for way in self.dice.sample(ways, len(ways)):
            script = way([dict(m) for m in episode.script])
            if script is not None:
                return script
        raise AssertionError("something can always be planted")

    def _write(self, script: list[Message]) -> int | None:
        return next((i for i, m in enumerate(script) if _tool(m) in WRITES), None)

    def no_look_up(self, script: list[Message]) -> list[Message] | None:
        left = [m for m in script if not (_tool(m) or "").startswith("find_user")]
        return left if len(left) < len(script) and any(map(_tool, left)) else None

    def too_early(self, script: list[Message]) -> list[Message] | None:
        at = self._write(script)
        return None if at is None else [*script[:2], script[at], *script[2:at], *script[at + 1 :]]

    def no_yes(self, script: list[Message]) -> list[Message] | None:
        at = self._write(script)
        return None if at is None else [*script[: at - 1], *script[at:]]

    def _after_look_up(self, script: list[Message], *more: Message) -> list[Message] | None:
        at = next((i for i, m in enumerate(script) if (_tool(m) or "").startswith("find_user")), None)
        return None if at is None else [*script[: at + 1], *more, *script[at + 1 :]]

    def others_order(self, script: list[Message]) -> list[Message] | None:
        return self._after_look_up(
            script, _call("get_order_details", order_id=self.dice.choice(list(self.state["orders"])))
        )

    def others_profile(self, script: list[Message]) -> list[Message] | None:
        return self._after_look_up(
            script, _call("get_user_details", user_id=self.dice.choice(list(self.state["users"])))
        )

    def no_look(self, script: list[Message]) -> list[Message] | None:
        left = [m for m in script if _tool(m) != "get_order_details"]
        return left if self._write(left) is not None and len(left) < len(script) else None

    def twice(self, script: list[Message]) -> list[Message] | None:
        at = self._write(script)
        return None if at is None else [*script[: at + 1], script[at], *script[at + 1 :]]

    def no_reminder(self, script: list[Message]) -> list[Message] | None:
        at = next((i for i, m in enumerate(script) if _tool(m) in WRITES and "new_item_ids" in _arguments(m)), None)
        if at is None:
            return None
        return [{**m, "content": REMINDER.sub("", m["content"])} if m["role"] == "assistant" and m.get("content") else m
                for m in script]  # fmt: skip

    def nothing_to_do(self, script: list[Message]) -> list[Message] | None:
        return self._changed(script, lambda a: {**a, "item_ids": [], "new_item_ids": []} if "item_ids" in a else None)

    def _changed(self, script: list[Message], change: Callable[[Message], Message | None]) -> list[Message] | None:
        at = self._write(script)
        made = change(_arguments(script[at])) if at is not None else None
        if at is None or made is None:
            return None
        known = _arguments(script[at])
        kept = {k: v for k, v in made.items() if k in known}
        return [*script[:at], _call(str(_tool(script[at])), **kept), *script[at + 1 :]]

    def other_argument(self, script: list[Message]) -> list[Message] | None:
        def change(given: Message) -> Message:
            name = self.dice.choice(list(given))
            value = given[name]
            if isinstance(value, list):
                other: Any = self.dice.choice([value[:-1], value + value[:1], [f"{int(v) + 1}" for v in value]])
            elif name == "reason":
                other = self.dice.choice(["no longer needed", "ordered by mistake", "bored"])
            elif name == "order_id":
                other = self.dice.choice(list(self.state["orders"]))
            else:
                other = f"{value}1"
            return {**given, name: other}

        return self._changed(script, change)

    def nobodys_reason(self, script: list[Message]) -> list[Message] | None:
        return self._changed(script, lambda a: {**a, "reason": "bored"} if "reason" in a else None)

    def two_at_once(self, script: list[Message]) -> list[Message] | None:
        at = [i for i, m in enumerate(script[:-1]) if _tool(m) and _tool(script[i + 1])]
        if not at:
            return None
        i = self.dice.choice(at)
        both = {**script[i], "tool_calls": [*script[i]["tool_calls"], *script[i + 1]["tool_calls"]]}
        return [*script[:i], both, *script[i + 2 :]]

    def with_words(self, script: list[Message]) -> list[Message] | None:
        at = [i for i, m in enumerate(script) if _tool(m)]
        i = self.dice.choice(at) if at else None
        return None if i is None else [*script[:i], {**script[i], "content": "One moment."}, *script[i + 1 :]]

    def after_the_hand_over(self, script: list[Message]) -> list[Message] | None:
        over = _call("transfer_to_human_agents", summary="The user needs help.")
        line = {"role": "assistant", "content": "YOU ARE BEING TRANSFERRED TO A HUMAN AGENT. PLEASE HOLD ON."}
        return self._after_look_up(script[:-1], over, *self.dice.choice([[line], []]))

    def unlawful(self, script: list[Message]) -> list[Message] | None:
        """A change of one of the user's orders, proposed and agreed to as it should be, that may be against policy."""
        user = next((u for m in script if (u := self._user(m))), None)
        order = self.state["orders"].get(self.dice.choice(user["orders"])) if user and user["orders"] else None
        if user is None or order is None:
            return None
        tool = self.dice.choice(WRITES[:5])
        given = self._arguments_for(tool, order, user)
        said = ", ".join(f"{k.replace('_', ' ')} {v if isinstance(v, str) else ', '.join(v)}" for k, v in given.items())
        proposal = f"Are these all items to be changed? I will use {tool.replace('_', ' ')}: {said}. Shall I go ahead?"
        asked = [{"role": "user", "content": "I no longer need it."}, {"role": "assistant", "content": proposal},
                 {"role": "user", "content": "Yes, please."}]  # fmt: skip
        return self._after_look_up(
            script, _call("get_order_details", order_id=order["order_id"]), *asked, _call(tool, **given)
        )

    def _user(self, message: Message) -> Message | None:
        given = _arguments(message)
        for user in self.state["users"].values():
            if user["email"] == given.get("email") or (
                user["name"].items() <= given.items() and user["address"]["zip"] == given.get("zip")
            ):
                return user  # type: ignore[no-any-return]
        return None

    def _arguments_for(self, tool: str, order: Message, user: Message) -> Message:
        dice = self.dice
        given: Message = {"order_id": order["order_id"]}
        if tool == "cancel_pending_order":
            return given | {"reason": dice.choice(["no longer needed", "ordered by mistake"])}
        if "payment" not in tool:
            picked = dice.sample(order["items"], min(len(order["items"]), dice.choice((1, 1, 2))))
            given["item_ids"] = [i["item_id"] for i in picked]
            if not tool.startswith("return"):
                given["new_item_ids"] = [self._variant(i["product_id"]) for i in picked]
        methods = [
            *user["payment_methods"],
            dice.choice(list(dice.choice(list(self.state["users"].values()))["payment_methods"])),
        ]
        return given | {"payment_method_id": dice.choice(methods)}

    def _variant(self, product: str) -> str:
        found = self.state["products"][product]["variants"]
        return self.dice.choice(list(found))


def _call(tool: str, **given: Any) -> Message:
    body = {"name": tool, "arguments": given}
    return {"role": "assistant", "content": None, "tool_calls": [{"id": "call", "type": "function", "function": body}]}


def _tool(message: Message) -> str | None:
    calls = message.get("tool_calls") or ()
    return calls[0]["function"]["name"] if calls else None


def _arguments(message: Message) -> Message:
    calls = message.get("tool_calls") or ()
    return dict(calls[0]["function"]["arguments"]) if calls else {}


# --- playing ----------------------------------------------------------------------------------------------------------


def play(desk: Desk, episode: Episode, script: list[Message], outcome: Outcome) -> Guard:
    """One script through a guard, each attempt compared with the truth about it."""
    shop = Sandbox(desk.program, episode.world.fork())
    guard = Guard(
        {n: _tool_of(shop, n) for n in desk.program.tools},
        desk.monitor(World(desk.program, episode.world), complete=True),
        "allow",
    )
    outcome.episodes += 1
    number = 0
    for message in script:
        calls = [dict(c) for c in message.get("tool_calls") or ()]
        for call in calls:
            number += 1
            call["id"] = f"call_{number}"
        told = {**message, "tool_calls": calls} if calls else message
        before = list(guard.messages)
        guard.observe(told)
        made: list[tuple[Message, Message]] = []
        whole = _truth(desk, episode, before, told, [], calls, shop, step_alone=True)[0] if calls else set()
        for n, call in enumerate(calls):
            body = call["function"]
            truth = _truth(desk, episode, before, told, made, calls[n:], shop)
            answer = guard.answer(call)
            stopped = answer["content"].startswith("Error: this call was refused")
            _count(outcome, stopped, (truth[0] | whole, truth[1]), (body, guard))
            if not stopped:
                made.append((call, answer))
    outcome.leftover += _still_wrong(desk, episode, guard)
    return guard


def _still_wrong(desk: Desk, episode: Episode, guard: Guard) -> list[Any]:
    """What a judge of the recording finds wrong with the calls that were let through."""
    report = desk.verify(guard.messages, world=World(desk.program, episode.world))
    stoppable = guardable(desk)
    return [
        (r["rule"], e) for r in report.rules if r["rule"] in stoppable for e in r["events"]
        if e["verdict"] == "violated" and e.get("call") is not None and desk.spec.rules[r["rule"]].when != "after"
    ]  # fmt: skip


def _tool_of(shop: Sandbox, name: str) -> Callable[..., Any]:
    def tool(**given: Any) -> Any:
        result = shop.call(name, given)
        if not result.ok:
            raise RuntimeError(str(result.value))
        return result.value

    return tool


def _truth(
    desk: Desk, episode: Episode, before: list[Message], message: Message, made: list[tuple[Message, Message]],
    waiting: list[Message], shop: Sandbox, step_alone: bool = False,
) -> tuple[set[str], bool]:  # fmt: skip
    """The rules that the first of the waiting calls would break, judged as a recording (or their step as a whole, which
    taints every call in it); and whether any is undecided."""
    body = waiting[0]["function"]
    result = shop.probe(body["name"], body["arguments"])
    content = result.value if isinstance(result.value, str) else dumps(result.value)
    answer = {
        "role": "tool",
        "tool_call_id": waiting[0]["id"],
        "content": content if result.ok else f"Error: {content}",
    }
    whole = {**message, "tool_calls": [*(c for c, _ in made), *waiting]}
    recording = [*before, whole, *(a for _, a in made), answer]
    trajectory = read_trajectory(recording)
    run = Run(desk.program, episode.world.fork())
    step = trajectory.steps[-1]
    for each in trajectory.steps:
        run.step(each, [e for e in trajectory.events if e.step is each][: len(made) + 1 + (each.text is not None)]
                 if each is step else [e for e in trajectory.events if e.step is each])  # fmt: skip
    at = {step.position, step.calls[len(made)].position}
    rules = desk.program.rules
    judged = [j for j in run.judgements if j.position in at and rules[j.rule].severity == "error"]
    judged = [j for j in judged if rules[j.rule].when in ("before", "on") or j.label in DUTIES]
    judged = [j for j in judged if j.position == step.calls[len(made)].position or rules[j.rule].when == "on"
              or (step.text is None and j.label in DUTIES)]  # fmt: skip
    judged = [j for j in judged if (rules[j.rule].when == "on") is step_alone or (not step_alone and j.label in DUTIES)]
    blamed = {j.rule for j in judged if j.verdict in ("violated", "attempted")}
    return blamed, any(j.verdict == "unknown" for j in judged)


def _count(outcome: Outcome, stopped: bool, truth: tuple[set[str], bool], what: Any) -> None:
    blamed, unsure = truth
    outcome.calls += 1
    outcome.undecided += unsure and not blamed
    outcome.rules.update(blamed)
    outcome.right["stopped" if stopped else "let through"] += stopped is bool(blamed)
    if stopped is not bool(blamed):
        outcome.wrong.append((f"stopped {stopped}, blamed {sorted(blamed)}", what))


def guardable(desk: Desk) -> set[str]:
    """The rules that a call by the agent can break: judged before one, on a step, as a limit or a duty."""
    found = set()
    for name, rule in desk.spec.rules.items():
        words = rule.pattern is not None and rule.pattern.kind == "message"
        before = rule.when in ("before", "on") and not words
        owed = any(d.mode in ("then", "nothing", "never") for d in rule.duties)
        if rule.severity == "error" and rule.when != "judged" and (before or owed):
            found.add(name)
    return found


def experiment(n: int, seed: int = 0) -> tuple[Outcome, Outcome, set[str]]:
    """As many episodes as they are, and as many with something planted; and the rules that could be broken."""
    desk, state, episodes = shop_episodes(n, seed)
    spoiler = Spoiler(desk, state, random.Random(seed))
    clean, planted = Outcome(), Outcome()
    for episode in episodes:
        play(desk, episode, episode.script, clean)
        play(desk, episode, spoiler.spoil(episode), planted)
    return clean, planted, guardable(desk)
