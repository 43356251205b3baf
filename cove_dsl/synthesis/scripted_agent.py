"""An agent that knows its task's witness and plays it as a careful clerk would: finds out who calls, looks before it
acts, lists what it is about to do, waits for a yes, and tells what the rules want told.

It has a monitor of its own: a call that the rules do not allow is not made. All it knows of a desk is in the
specification.
"""

import random
import re
from collections.abc import Generator, Sequence
from itertools import islice
from typing import Any

from attrs import evolve

from ..backends.prompt.words import money, opening, series, words
from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.language import claims, mentions, supports
from ..backends.python.runtime.sandbox import Sandbox
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.values import UNKNOWN, is_number
from ..core.nodes import Duty, Events, Rule
from ..core.types import EnumType, strip
from ..core.walk import walk
from ..world.desk import Desk, World
from ..world.monitor import Monitor
from . import phrases as say
from .describe import shown, values_at
from .dues import amounts_owed, parts_of_sums, shares
from .goals import event_of
from .parties import Chat, calling, spoken
from .proposals import Known, proposal
from .requests import request, shows
from .scenes import Shape, definition, exact_words, facts_in, owed_phrases, recognisers_in
from .searches import listing, look_ups, search_amount, search_for, searches
from .tasks import Call, Fact, Move, Need, Task
from .wording import (
    answer,
    asked_of,
    duty_sentence,
    fields_of,
    mine,
    open_question,
    pick,
    rule_sentence,
    verb_phrase,
)

Talk = Generator[Chat, Any, Any]


class ScriptedAgent:
    """One agent for one task."""

    def __init__(self, task: Task, desk: Desk, world: World, shape: Shape) -> None:
        self.task, self.desk, self.spec, self.shape = task, desk, desk.spec, shape
        self.rng = random.Random(f"agent:{task.id}")
        self.monitor = desk.monitor(world, complete=True)
        self.heard = self.calls = self.since = 0
        self.said: list[str] = []
        self.closing = self.told = self.lead = ""
        self.seen: list[Any] = []
        self.rows: dict[tuple[str, str], Any] = {}
        self.talk: Talk = self._talk()

    def reply(self, messages: list[Chat]) -> Chat:
        fresh = messages[self.heard :]
        self.heard = len(messages)
        if fresh:
            self.monitor.observe([m for m in fresh if m["role"] != "system"])
        last = messages[-1] if messages else None
        if last is None or last["role"] == "system":
            return next(self.talk)
        if last["role"] == "user":
            self.said.append(str(last["content"]))
        try:
            return self.talk.send(last["content"])
        except StopIteration:
            return spoken(pick(self.rng, say.GOODBYE))

    # --- the course of a conversation

    def _talk(self) -> Talk:
        yield spoken(pick(self.rng, say.GREETING))
        yield from self._identify()
        before: Move | None = None
        for move in self.task.moves:
            if before is not None and move.led and before.scenario == move.scenario:
                self.lead = self.told
            elif before is not None:
                self.since = len(self.said)
                yield spoken(self.closing)
            yield from self._serve(move)
            before = move
        yield spoken(self.closing)

    def _serve(self, move: Move) -> Talk:
        """One wish, up to a text that closes it; that text is left in `closing`."""
        self.closing, self.told = pick(self.rng, say.ANYTHING_ELSE), ""
        if move.kind == "refuse" and not self._allowed_to_look(move):
            return (yield from self._decline(move))
        yield from self._look(move)
        match move.kind:
            case "do":
                yield from self._change(move)
            case "refuse":
                yield from self._decline(move)
            case "unable":
                text = pick(self.rng, say.UNABLE).format(verb=verb_phrase(move, self.spec, self.rng, "your"))
                self.closing = f"{text} {self.closing}"
            case "learn":
                yield from self._inform(move)
            case "act":
                yield from self._act(move)
            case "ask":
                yield from self._examine(move)
                yield spoken(self._asking(move.call, say.ASK_TO_DO))
        return None

    def _examine(self, move: Move) -> Talk:
        """Has the user look at what a step would change, unless the user has said how that stands."""
        moves = self.task.moves
        later = [m.call for m in moves[moves.index(move) + 1 :] if m.kind == "ask" and m.scenario == move.scenario]
        found = shows(self.spec, Sandbox(self.monitor.run.program, self.monitor.run.world), move.call, later)
        if found is not None and not any(found[1] in text for text in self.said):
            yield spoken(self._asking(found[0], say.ASK_TO_LOOK))

    def _asking(self, call: Call, forms: Sequence[str]) -> str:
        """A call of the user's own, asked for."""
        verb, how = request(call, self.spec)
        return self._led(pick(self.rng, forms).format(verb=verb, how=how))

    def _led(self, text: str) -> str:
        """What is said next, after what the last step came to."""
        lead, self.lead = self.lead, ""
        return f"{lead} {text}".strip()

    def _identify(self) -> Talk:
        """Who is calling, by the first way that the user can give."""
        table, key = self.task.person
        ways = self.shape.lookups.get(table, [])
        if not ways:
            return
        names = [series(words(p.name) for p in way.params) for way in ways]
        other = say.OR_ELSE.format(second=f"your {names[1]}") if len(names) > 1 else ""
        ask = pick(self.rng, say.ASK_WHO).format(first=f"your {names[0]}", other=other)
        for _ in range(3):
            yield spoken(ask)
            given = " ".join(self.said).lower()
            lookup = next(
                (k for k in self.task.lookups if all(str(v).lower() in given for v in k.arguments.values())), None
            )
            if lookup is not None:
                found = yield from self._call(lookup.tool, lookup.arguments)
                if isinstance(found, dict):
                    self.rows[table, key] = found
                elif table in self.shape.readers:
                    yield from self._read(table, key)
                return
            ask = pick(self.rng, say.ASK_AGAIN).format(first=f"your {names[-1]}")

    def _call(self, tool: str, arguments: dict[str, Any]) -> Talk:
        self.calls += 1
        content = yield calling(tool, arguments, self.calls)
        try:
            found = parse_json(content)
        except ValueError:
            found = content
        self.seen.append(found)
        return found

    # --- looking

    def _allowed_to_look(self, move: Move) -> bool:
        """Whether the things that a wish is about may be read at all."""
        return all(
            self._allows(reader.name, {reader.params[0].name: n.key})
            for n in move.needs
            if (reader := self.shape.readers.get(n.table))
        )

    def _allows(self, tool: str, arguments: dict[str, Any]) -> bool:
        return self.monitor.allows({"name": tool, "arguments": arguments}).verdict == "allow"

    def _look(self, move: Move) -> Talk:
        for need in move.needs:
            yield from self._find(need)

    def _find(self, need: Need) -> Talk:
        """Reads a row: at once if its key was given, else by way of the rows that lead to it."""
        if (need.table, need.key) in self.rows or need.table not in self.shape.readers:
            return
        keys = self._leads(need)
        if need.key not in keys and not self._has_seen(need.key):
            known = [self.task.person, *self.rows]
            c = Sandbox(self.monitor.run.program, self.monitor.run.world)
            found = listing(self.spec, c, need.key, known)
            if found is not None:
                yield from self._call(found["name"], found["arguments"])
        for key in keys if need.key in keys else [need.key]:
            if (need.table, key) not in self.rows:
                yield from self._read(need.table, key)
            if key == need.key:
                return

    def _leads(self, need: Need) -> list[str]:
        """Keys that the person's own row lists, unless the user has named the key."""
        if any(need.key.lower() in text.lower() for text in self.said):
            return [need.key]
        row = self.rows.get(self.task.person, {})
        return [
            k
            for name in self.shape.links(self.task.person[0], need.table)
            for k in values_at(row, (name,))
            for k in (k if isinstance(k, list) else [k])
        ]

    def _has_seen(self, key: str) -> bool:
        return any(_holds(value, key) for value in self.seen)

    def _read(self, table: str, key: str) -> Talk:
        reader = self.shape.readers[table]
        self.rows[table, key] = yield from self._call(reader.name, {reader.params[0].name: key})

    def _search(self, call: Call) -> Talk:
        """Searches for what a call names and nothing has shown yet."""
        c = Sandbox(self.monitor.run.program, self.monitor.run.world)
        for found in searches(self.spec, c, call, self._newest(), self._has_seen):
            yield from self._call(found["name"], found["arguments"])

    def _newest(self) -> list[Any]:
        return list(self.rows.values())[::-1]

    def _confirm(self, call: Call) -> Talk:
        """Looks at what the rules want looked at before a call."""
        for rule in self._broken(call):
            tools = [t for n in walk(rule.body) if isinstance(n, Events) for t in n.pattern.tools]
            reads = [t for t in dict.fromkeys(tools) if self.spec.tools[t].kind == "read"]
            for found in islice(look_ups(self.spec, reads, self._newest()), MOST_LOOKS):
                if rule not in self._broken(call):
                    break
                yield from self._call(found["name"], found["arguments"])

    # --- changing

    def _change(self, move: Move) -> Talk:
        yield from self._ask(move)
        call = self._choice(move)
        yield from self._search(call)
        yield from self._confirm(call)
        yield from self._remind(call)
        if call == move.call:
            yield from self._work_out(move)
        verb = verb_phrase(evolve(move, call=call), self.spec, self.rng, "your")
        yield from self._propose(call, verb)
        result = yield from self._carry_out(call)
        if isinstance(result, str) and result.startswith("Error"):
            self.closing = pick(self.rng, say.FAILED).format(error=result.removeprefix("Error: ")) + " " + self.closing
            return
        self.told = " ".join([pick(self.rng, say.DONE).format(verb=verb), *self._owed(call["name"])])
        self.told = " ".join([self.told, *amounts_owed(self.monitor.run, self.told, self.seen)])
        self.closing = f"{self.told} {self.closing}"

    def _work_out(self, move: Move) -> Talk:
        """Works out amounts that nothing shows, with the desk's calculator, and looks for what they are parts of."""
        worked_out = {money(value) for value, _ in move.sums}
        for amount in (sum(amounts) for amounts in parts_of_sums(move.call, self.spec)):
            if money(amount) not in worked_out and not self._is_shown(money(amount)):
                c = Sandbox(self.monitor.run.program, self.monitor.run.world)
                found = search_amount(self.spec, c, amount, move.call, self._newest())
                if found is not None:
                    yield from self._call(found["name"], found["arguments"])
        for value, arithmetic in [*move.sums, *shares(move.call, self.spec, self.seen)]:
            if not self._is_shown(money(value)):
                yield from self._calculate(arithmetic)

    def _calculate(self, arithmetic: str) -> Talk:
        if self.shape.calculator:
            tool = self.spec.tools[self.shape.calculator]
            yield from self._call(tool.name, {tool.params[0].name: arithmetic})

    def _is_shown(self, text: str) -> bool:
        """Whether every amount in a text was shown or said."""
        return all(supports(c, self._sources()) for c in claims(text))

    def _propose(self, call: Call, verb: str) -> Talk:
        """Lists what is about to be done, and waits for a yes."""
        known = Known(self.rows, self.seen, self.task.person[1])
        yield spoken(self._led(proposal(call, verb, self.shape, self.monitor.run, known, self.rng)))

    def _carry_out(self, call: Call) -> Talk:
        """Makes a change."""
        result = yield from self._call(call["name"], call["arguments"])
        self._forget(call)
        return result

    def _ask(self, move: Move) -> Talk:
        """Asks for what only the user can say."""
        params = self.spec.tools[move.call["name"]].params
        for fact in [f for f in move.facts if f.kind == "knows"]:
            if any(_tells(text, fact) for text in self.said[self.since :]):
                continue
            asked = next((p for p in params if set(move.slots.get(p.name, ())) & set(fact.names)), None)
            if fact.shape != "choice":
                yield spoken(self._question(fact, move))
            elif asked is not None and isinstance(asked.type, EnumType):
                yield spoken(self._which(asked.name, asked.type))
        for param in params:
            if isinstance(param.type, EnumType) and self._unstated(self._choice(move)):
                yield spoken(self._which(param.name, param.type))

    def _which(self, name: str, kind: EnumType) -> str:
        """The question for one of the values of an enum."""
        values = list(self.spec.enums[kind.name].values.values())
        return pick(self.rng, say.ASK_CHOICE).format(thing=words(name), values=series(values, "or"))

    def _question(self, fact: Fact, move: Move) -> str:
        params = [p for p, names in move.slots.items() if set(names) & set(fact.names)]
        record = fields_of(self.spec, params)
        if record is not None:
            return pick(self.rng, say.ASK_RECORD).format(thing=f"new {record}")
        label = fact.label or f"the {series(words(p) for p in params)}"
        return pick(self.rng, say.ASK_FACT).format(label=label)

    def _broken(self, call: Call) -> list[Rule]:
        """The rules that do not clearly allow a call as things stand, whatever they presuppose."""
        found = self.monitor.run.allows(event_of(call), presuming=False)
        return [
            self.spec.rules[n] for n in dict.fromkeys(j.rule for j in found if j.verdict in ("violated", "unknown"))
        ]

    def _unstated(self, call: Call) -> bool:
        return any(facts_in(rule) for rule in self._broken(call))

    def _choice(self, move: Move) -> Call:
        """Of the calls that would all be right, the first that rests on nothing unsaid."""
        return min([move.call, *move.others], key=self._unstated)

    def _remind(self, call: Call) -> Talk:
        for text in self._reminders(call):
            yield spoken(text)
        for fact in self._unheard(call):
            yield spoken(self._asking_for(fact, call))

    def _unheard(self, call: Call) -> list[str]:
        """The facts that rules on a call rest on, and that the user has not stated about this wish: those without which
        a rule cannot be judged, and those that were stated about another."""
        mine, before = self.said[self.since :], self.said[: self.since]
        undecided = {n for rule in self._broken(call) for n in facts_in(rule)}
        every = {n: None for rule in self.spec.rules.values() if _guards(rule, call["name"]) for n in facts_in(rule)}
        return [n for n in every if not self._states(n, mine) and (n in undecided or self._states(n, before))]

    def _states(self, fact: str, texts: list[str]) -> bool:
        """Whether some messages of the user state a fact."""
        run = self.monitor.run
        alone = Monitor(self.spec, run.program._replace(rules={}), run.world)
        alone.observe([{"role": "user", "content": text} for text in texts])
        return definition(self.spec, fact)(alone.run) not in (UNKNOWN, None)

    def _asking_for(self, fact: str, call: Call) -> str:
        """The question for a fact: as a parameter of its type, as a rule has it asked, or in its own words."""
        for p in self.spec.tools[call["name"]].params:
            if isinstance(p.type, EnumType) and p.type == strip(self.spec.defines[fact].returns):
                return self._which(p.name, p.type)
        rules = [r for r in self.spec.rules.values() if _guards(r, call["name"])]
        asked = next((q for r in rules if (q := open_question(r)) is not None), None) or asked_of(
            self.spec.defines[fact].doc
        )
        again = self._states(fact, self.said[: self.since])
        return pick(self.rng, say.ASK_OPEN_AGAIN if again else say.ASK_OPEN).format(question=asked)

    def _reminders(self, call: Call) -> list[str]:
        """What the rules want said or asked before a call, in the words that they listen for."""
        found = []
        for rule in self._broken(call):
            question, duty = open_question(rule), self._duty(rule)
            if question is not None:
                found.append(pick(self.rng, say.ASK_OPEN).format(question=question))
            elif duty is not None:
                found.append(pick(self.rng, say.REMIND).format(duty=opening(duty) + "."))
        return found

    def _owed(self, tool: str) -> list[str]:
        """What the rules want told, by the end, after a call of a tool."""
        every = self.spec.rules.values()
        rules = [r for r in every if (r.when == "end" and _looks_for(r, tool)) or _is_owed_after(r, tool)]
        return [text for r in rules for text in self._paid(r)]

    def _paid(self, rule: Rule) -> list[str]:
        """What pays a rule's duty: the sentence that it names, or its own words with all that has to be mentioned."""
        line = exact_words(rule)
        said = [text for text in (line or self._duty(rule),) if text is not None]
        lacking = [p for p in owed_phrases(rule) if not mentions(" ".join(said), p)]
        return [*said, say.NOTE.format(words=series(lacking))] if lacking else said

    def _duty(self, rule: Rule) -> str | None:
        """What a rule wants told: in its own words, or with one of its recognisers' words put into the future."""
        text = duty_sentence(rule)
        names = [n for n in recognisers_in(rule) if self.spec.defines[n].kind == "recogniser"]
        if text is None or self._recognised(names, text):
            return text
        phrases = [p for n in names for group, _ in self.spec.defines[n].phrases for p in group]
        variants = [re.sub(rf"\b{re.escape(p)}s\b", f"will {p}", text) for p in phrases]
        return next((v for v in variants if self._recognised(names, v)), None)

    def _recognised(self, names: list[str], text: str) -> bool:
        found = [definition(self.spec, n) for n in names]
        return not found or any(f(self.monitor.run, text) is True for f in found)

    def _forget(self, call: Call) -> None:
        """Rows may have changed: they are read again when they are needed."""
        keys = set(map(str, call["arguments"].values()))
        self.rows = {place: row for place, row in self.rows.items() if place[1] not in keys}

    # --- the other endings

    def _decline(self, move: Move) -> Talk:
        """Says no, and why, once it has heard what that rests on."""
        if move.call and self._allowed_to_look(move):
            for fact in self._unheard(move.call):
                yield spoken(self._asking_for(fact, move.call))
        self._refuse(move)

    def _refuse(self, move: Move) -> None:
        verb = verb_phrase(move, self.spec, self.rng, "your")
        reason = rule_sentence(self.spec.rules[move.rule[0]], self.spec)
        self.closing = pick(self.rng, say.REFUSE).format(verb=verb, rule=reason) + " " + self.closing

    def _inform(self, move: Move) -> Talk:
        value = f"{plain_number(move.value)}" if is_number(move.value) else str(move.value)
        shown_value = money(move.value) if move.is_money else value
        if not self._is_shown(shown_value):
            if move.sum and self.shape.calculator:
                yield from self._calculate(move.sum)
            else:
                yield from self._search_for(move)
        self._answer(move, shown_value)

    def _search_for(self, move: Move) -> Talk:
        c = Sandbox(self.monitor.run.program, self.monitor.run.world)
        found = search_for(self.spec, c, move.value, [v for f in move.facts for v in _values(f)])
        if found is not None:
            yield from self._call(found["name"], found["arguments"])

    def _answer(self, move: Move, value: str) -> None:
        self.told = answer(move, value, self.rng)
        self.closing = f"{self.told} {self.closing}"

    def _sources(self) -> list[str]:
        return [*self.said, *(shown(v) if not isinstance(v, (dict, list)) else _flat(v) for v in self.seen)]

    def _act(self, move: Move) -> Talk:
        """A call that changes nothing, and what has to be said after it word for word."""
        yield from self._call(move.call["name"], move.call["arguments"])
        self._say_line(move)

    def _say_line(self, move: Move) -> None:
        for rule in self.spec.rules.values():
            if (
                rule.when == "after"
                and rule.pattern is not None
                and move.call["name"] in rule.pattern.tools
                and (line := exact_words(rule))
            ):
                self.closing = line


def _guards(rule: Rule, tool: str) -> bool:
    """Whether a rule is judged before a call of a tool."""
    pattern = rule.pattern if rule.when == "before" else None
    return pattern is not None and pattern.kind == "call" and (not pattern.tools or tool in pattern.tools)


def _is_owed_after(rule: Rule, tool: str) -> bool:
    """Whether a rule wants something after a call of a tool."""
    after = rule.when == "after" and rule.pattern is not None and tool in rule.pattern.tools
    return after and any(d.mode in ("then", "eventually") and _is_said(d) for d in rule.duties)


def _is_said(duty: Duty) -> bool:
    """Whether a duty is paid by a message of the agent."""
    return duty.pattern is not None and duty.pattern.kind == "message" and duty.pattern.role in ("agent", None)


def _looks_for(rule: Rule, tool: str) -> bool:
    return any(isinstance(n, Events) and tool in n.pattern.tools for n in walk(rule.body))


def _values(fact: Fact) -> list[Any]:
    """What a fact says: a sentence may hold several values."""
    return fact.value if fact.shape == "sentence" and isinstance(fact.value, list) else [fact.value]


def _tells(text: str, fact: Fact) -> bool:
    return mine(fact.phrase).lower() in text.lower()


def _holds(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(_holds(v, key) for v in value.values())
    return any(_holds(v, key) for v in value) if isinstance(value, list) else value == key


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(map(_flat, value.values()))
    if isinstance(value, list):
        return " ".join(map(_flat, value))
    return plain_number(value) if is_number(value) else str(value)


__all__ = ["ScriptedAgent"]

MOST_LOOKS = 8  # at things of one kind before a call
