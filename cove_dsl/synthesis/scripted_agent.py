"""An agent that knows its task's witness and plays it as a careful clerk would: finds out who calls, looks before it
acts, lists what it is about to do, waits for a yes, and tells what the rules want told.

It has a monitor of its own: a call that the rules do not allow is not made. All it knows of a desk is in the
specification.
"""

import random
import re
from collections.abc import Generator, Sequence
from itertools import islice
from typing import Any, Literal

from attrs import evolve

from ..backends.prompt.words import money, opening, series, told_moment, words
from ..backends.python.runtime.exact import parse_json
from ..backends.python.runtime.facts import claims, supports
from ..backends.python.runtime.sandbox import Sandbox
from ..backends.python.runtime.texts import plain_number
from ..backends.python.runtime.values import is_number
from ..core.nodes import Events
from ..core.types import EnumType, is_text
from ..core.walk import walk
from ..world.desk import Desk, World
from ..world.guidance import arguments_read
from . import phrases as say
from .deeds import is_of_the_desk, is_wish, verb_phrase
from .describe import shown, values_at
from .dues import amounts_in, amounts_owed, foretold, parts_of_sums, shares, waiting, with_parts
from .goals import event_of
from .heard import flat, holds, is_given, still_known, tells, values
from .parties import Chat, calling, spoken
from .proposals import Known, proposal
from .requests import request, shows
from .sayings import Lack, Plan, Sayings, Trial, greets, is_word_for_word
from .scenes import Shape, exact_words, facts_in
from .searches import ids_of, is_sought_by, listing, look_ups, search_amount, search_for, searches
from .tasks import Call, Fact, Lookup, Move, Need, Task
from .telling import Telling
from .wording import answer, answers, asked_for, fields_of, in_full, pick

Talk = Generator[Chat, Any, Any]
MOST_LOOKS = 8  # at things of one kind before a call


class ScriptedAgent:
    """One agent for one task."""

    def __init__(self, task: Task, desk: Desk, world: World, shape: Shape) -> None:
        self.task, self.desk, self.spec, self.shape = task, desk, desk.spec, shape
        self.rng = random.Random(f"agent:{task.id}")
        self.monitor = desk.monitor(world, complete=True)
        self.telling = Telling(self.spec, self.monitor, self.rng)
        self.heard = self.calls = self.since = 0
        self.said: list[str] = []
        self.spoken: list[str] = []
        self.closing = self.told = self.lead = ""
        self.seen: list[Any] = []
        self.rows: dict[tuple[str, str], Any] = {}
        self.sayings, self.plan = Sayings(desk, world, self.monitor), Plan()
        self.forbidden: dict[Lack, str] = {}
        self.later: Chat | None = None
        self.talk: Talk = self._talk()

    def reply(self, messages: list[Chat]) -> Chat:
        fresh = [m for m in messages[self.heard :] if m["role"] != "system"]
        self.heard = len(messages)
        if fresh:
            self.monitor.observe(fresh)
            self.sayings.heard(fresh)
        answer = self._reply(messages[-1] if messages else None)
        self.spoken.append(str(answer["content"] or ""))
        return answer

    def _reply(self, last: Chat | None) -> Chat:
        if last is None or last["role"] == "system":
            return self._minding_words(next(self.talk), opens=True)
        if last["role"] == "user":
            self.said.append(str(last["content"]))
        if self.later is not None:
            meant, self.later = self.later, None
            return self._minding_words(meant)
        try:
            return self._minding_words(self.talk.send(last["content"]))
        except StopIteration:
            return spoken(pick(self.rng, say.GOODBYE))

    def _minding_words(self, meant: Chat, opens: bool = False) -> Chat:
        """What the agent means to do or say next, with what the rules want said by then; before a call, and where one
        message has to follow another, in a message of its own."""
        plan, self.plan = self.plan, Plan()
        if meant.get("tool_calls"):
            function = meant["tool_calls"][0]["function"]
            plan = Plan(({"name": function["name"], "arguments": function["arguments"]},))
            first = self._worded("", self.sayings.before(plan.calls[0]), plan)
            self.later = meant if first else None
            return spoken(first) if first else meant
        if opens:
            return spoken(self._opening(meant["content"]))
        found = self.sayings.completed(meant["content"], plan)
        if found is None or not found.goes_on:
            return spoken(self._worded(meant["content"], found, plan))
        self.plan, self.later = plan, meant
        return spoken(self._worded(say.NOT_YET, self.sayings.completed(say.NOT_YET, Plan()), plan))

    def _worded(self, text: str, found: Trial | None, plan: Plan) -> str:
        """A text as it was completed, if it was. `plan`: what is about to be done, for one that words it wrongly."""
        return found.text if found is not None else text

    def _opening(self, text: str) -> str:
        """The first words, with those that rules want said before the agent looks up who calls, and greetings."""
        text = self._worded(text, self.sayings.completed(text, Plan()), Plan())
        known = Plan(tuple({"name": k.tool, "arguments": k.arguments} for k in self.task.lookups[:1]))
        text = self._worded(text, self.sayings.completed(text, known, is_word_for_word), known)
        later = Plan(tuple(m.call for m in self.task.moves if m.kind in ("do", "act")), affirmed=True)
        return self._worded(text, self.sayings.completed(text, later, greets), later)

    @property
    def limits(self) -> dict[str, str]:
        """Rules, each with why this agent could not keep it."""
        forbidding = self.sayings.forbidden
        wordless = {
            lack[0]: (say.WORDS_FORBIDDEN if lack in forbidding else say.NO_WORDS).format(
                rule=lack[0], label=lack[1] and f" ({lack[1]})", other=forbidding.get(lack, "")
            )
            for lack in self.sayings.missing
        }
        return wordless | {rule: text for (rule, _), text in self.forbidden.items()}

    # --- the course of a conversation

    def _talk(self) -> Talk:
        yield spoken(pick(self.rng, say.GREETING))
        due = self._due()
        if due is not None:
            self.closing = pick(self.rng, say.ANYTHING_ELSE)
            yield from self._act(due)
            yield from self._close(self.closing)
            return
        yield from self._identify()
        before: Move | None = None
        for move in self.task.moves:
            if before is not None and answers(" ".join([*self.spoken, self.told]), move, before):
                continue
            if before is not None and move.led and before.scenario == move.scenario:
                self.lead = self.told
            elif before is not None:
                self.since = len(self.said)
                yield spoken(self.closing)
            yield from self._serve(move)
            before = move
        if before is not None and before.kind == "ask":
            self.closing = f"{pick(self.rng, say.SETTLED)} {self.closing}"
        owed = self._due("eventually")
        if owed is not None:
            closing, self.closing = self.closing, ""
            yield from self._act(owed)
            told = re.sub("|".join(map(re.escape, say.ANYTHING_ELSE)), "", closing).strip() if self.closing else closing
            self.closing = f"{told} {self.closing}".strip()
        yield from self._close(self.closing)

    def _close(self, text: str) -> Talk:
        """The last words, as far as the agent has to do with it."""
        self.plan = Plan(last=True)
        yield spoken(text)

    def _due(self, mode: Literal["then", "eventually"] = "then") -> Move | None:
        """The call that a rule wants, next or before the end: the task's, or one that takes words alone."""
        owed = (o.duties[0] for group in self.monitor.run.owed.groups.values() for o in group)
        tools = {t for d in owed if d.mode == mode and d.pattern is not None for t in d.pattern.tools}
        own = next((m for m in self.task.moves if m.kind == "act" and m.call["name"] in tools), None)
        for tool in (self.spec.tools[name] for name in sorted(tools) if own is None):
            if tool.requestor == "agent" and all(is_text(p.type) for p in tool.params):
                arguments = {p.name: self.said[-1 if mode == "then" else 0] for p in tool.params}
                return Move("act", self.task.scenarios[0], {"name": tool.name, "arguments": arguments})
        return own

    def _serve(self, move: Move) -> Talk:
        """One wish, up to a text that closes it; that text is left in `closing`."""
        self.closing, self.told, self.spoken = pick(self.rng, say.ANYTHING_ELSE), "", []
        if move.kind == "refuse" and not self._allowed_to_look(move):
            return (yield from self._decline(move))
        yield from self._look(move)
        match move.kind:
            case "do":
                yield from self._change(move)
            case "refuse":
                yield from self._decline(move)
            case "unable":
                forms = say.UNABLE_WISH if is_wish(move, self.spec) else say.UNABLE
                text = pick(self.rng, forms).format(verb=verb_phrase(move, self.spec, self.rng, "your"))
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
        ways = self.shape.asked_of(table, self.task.lookups)
        if not ways:
            return
        row = words(self.spec.tables[table].record)
        names = [series(in_full(name, row) for name in details) for _, details in ways]
        other = say.OR_ELSE.format(second=f"your {names[1]}") if len(names) > 1 else ""
        ask = pick(self.rng, say.ASK_WHO).format(first=f"your {names[0]}", other=other)
        for tries in range(3):
            lookup = self._given()
            if tries or lookup is None or lookup.tool != ways[0][0]:
                yield spoken(ask)
                lookup = self._given()
            if lookup is not None:
                found = yield from self._call(lookup.tool, lookup.arguments)
                if isinstance(found, dict):
                    self.rows[table, key] = found
                elif table in self.shape.readers:
                    yield from self._read(table, key)
                return
            ask = pick(self.rng, say.ASK_AGAIN).format(first=f"your {names[-1]}")

    def _given(self) -> Lookup | None:
        """The way to find the person for which the user has said all that it takes."""
        given = " ".join(self.said).lower()
        return next((k for k in self.task.lookups if all(is_given(v, given) for v in k.arguments.values())), None)

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
        if (need.table, need.key) in self.rows:
            return
        keys = self._leads(need)
        if need.key not in keys:
            yield from self._list(need.key)
        if need.table not in self.shape.readers:
            return
        for key in keys if need.key in keys else [need.key]:
            if (need.table, key) not in self.rows:
                yield from self._read(need.table, key)
            if key == need.key:
                return

    def _list(self, key: str) -> Talk:
        """Has a key listed that nothing has shown yet."""
        if not self._has_seen(key):
            c = Sandbox(self.monitor.run.program, self.monitor.run.world)
            found = listing(self.spec, c, key, [self.task.person, *self.rows])
            if found is not None:
                yield from self._call(found["name"], found["arguments"])

    def _leads(self, need: Need) -> list[str]:
        """Keys that the person's own row lists, unless the user has named the key."""
        named = any(need.key.lower() in text.lower() for text in self.said)
        return [need.key] if named else self._own(need.table)

    def _own(self, table: str) -> list[str]:
        """Keys of a table's rows that the person's own row lists."""
        links = self.shape.links(self.task.person[0], table) if self.task.person[0] else ()
        row = self.rows.get(self.task.person, {})
        listed = [v for name in links for v in values_at(row, (name,))]
        return [key for v in listed for key in (v if isinstance(v, list) else [v])]

    def _has_seen(self, key: str) -> bool:
        return any(holds(value, key) for value in self.seen)

    def _read(self, table: str, key: str) -> Talk:
        reader = self.shape.readers[table]
        self.rows[table, key] = yield from self._call(reader.name, {reader.params[0].name: key})

    def _search(self, call: Call) -> Talk:
        """Searches for what a call names and nothing has shown yet."""
        c = Sandbox(self.monitor.run.program, self.monitor.run.world)
        for found in searches(self.spec, c, call, self._newest(), self._has_seen):
            yield from self._call(found["name"], found["arguments"])
        for key in ids_of(self.spec, call):
            if not any(key.lower() in text.lower() for text in self.said):
                yield from self._list(key)

    def _newest(self) -> list[Any]:
        return list(self.rows.values())[::-1]

    def _confirm(self, call: Call) -> Talk:
        """Looks at what the rules want looked at before a call."""
        for rule in self.telling.broken(call):
            tools = [t for n in walk(rule.body) if isinstance(n, Events) for t in n.pattern.tools]
            reads = [t for t in dict.fromkeys(tools) if self.spec.tools[t].kind == "read"]
            for found in islice(look_ups(self.spec, reads, self._newest()), MOST_LOOKS):
                if rule not in self.telling.broken(call):
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
            yield from self._foresee(move)
        verb = verb_phrase(evolve(move, call=call), self.spec, self.rng, "your")
        own_wish = is_wish(move, self.spec) and not move.led  # of an end that was named, the agent knows the way
        yield from self._propose(call, verb, say.PROPOSE_WISH if own_wish else say.PROPOSE)
        result = yield from self._carry_out(call)
        if isinstance(result, str) and result.startswith("Error"):
            self.closing = pick(self.rng, say.FAILED).format(error=result.removeprefix("Error: ")) + " " + self.closing
            return
        done = say.DONE_DEED if move.text and is_of_the_desk(move, self.spec) else say.DONE
        done = say.DONE_STEP if move.led else done
        self.told = " ".join([pick(self.rng, done).format(verb=verb), *self.telling.owed(call["name"])])
        self.told = " ".join([self.told, *amounts_owed(self.monitor.run, self.spec, self.told, self.seen)])
        self.told = " ".join([self.told, *foretold(self.task, move, self.told, self.seen)])
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

    def _foresee(self, move: Move) -> Talk:
        """Looks up, while it can still be seen, what the user will want to know of a change."""
        for later in (m for m in self.task.moves if m.kind == "learn" and m.scenario == move.scenario):
            worked_out = later.sum and self.shape.calculator
            if later.is_money and not worked_out and not self._is_shown(money(later.value)):
                yield from self._search_for(later)

    def _calculate(self, arithmetic: str) -> Talk:
        if self.shape.calculator:
            tool = self.spec.tools[self.shape.calculator]
            yield from self._call(tool.name, {tool.params[0].name: arithmetic})

    def _is_shown(self, text: str) -> bool:
        """Whether every amount in a text was shown or said."""
        return all(supports(c, self._sources()) for c in claims(text))

    def _propose(self, call: Call, verb: str, forms: Sequence[str] = say.PROPOSE) -> Talk:
        """Lists what is about to be done, and waits for a yes."""
        known = Known(self.rows, self.seen, self.task.person[1])
        forms = [f for f in forms if not (self.lead and f.startswith(say.THANKING))]
        self.plan = Plan((call,), affirmed=True)
        yield spoken(self._led(proposal(call, pick(self.rng, forms), verb, self.shape, self.monitor.run, known)))

    def _carry_out(self, call: Call) -> Talk:
        """Makes a change."""
        self._note_forbidden(call)
        result = yield from self._call(call["name"], call["arguments"])
        self.rows = still_known(self.rows, call, result, self.shape)
        return result

    def _ask(self, move: Move) -> Talk:
        """Asks for what only the user can say."""
        params = self.spec.tools[move.call["name"]].params
        for fact in [f for f in move.facts if f.kind == "knows"]:
            if any(tells(text, fact) for text in self.said[self.since :]):
                continue
            asked = next((p for p in params if set(move.slots.get(p.name, ())) & set(fact.names)), None)
            if fact.shape != "choice" and fact.names:  # what rests on nothing drawn is asked where a rule needs it
                yield spoken(self._question(fact, move))
            elif asked is not None and isinstance(asked.type, EnumType):
                yield spoken(self.telling.choice(asked.name, asked.type))
            elif asked is None and is_sought_by(self.spec, fact.value):
                yield spoken(self._question(fact, move))
        for param in params:
            if isinstance(param.type, EnumType) and self._unstated(self._choice(move)):
                yield spoken(self.telling.choice(param.name, param.type))

    def _ask_what_decides(self, move: Move) -> Talk:
        """Asks for those details of a call for which the rule refuses it."""
        rule = self.spec.rules.get(move.rule[0])
        read = arguments_read(rule, self.spec.tools[move.call["name"]]) if rule is not None else []
        decisive = {name for param in read for name in move.slots.get(param, ())}
        for fact in (f for f in move.facts if f.kind == "knows" and f.shape != "choice" and decisive & set(f.names)):
            if not any(tells(text, fact) for text in self.said[self.since :]):
                yield spoken(self._question(fact, move))

    def _question(self, fact: Fact, move: Move) -> str:
        params = [p for p, names in move.slots.items() if set(names) & set(fact.names)]
        record = fields_of(self.spec, params)
        if record is not None:
            return pick(self.rng, say.ASK_RECORD).format(thing=f"new {record}")
        if fact.authored:
            return pick(self.rng, say.ASK_FACT).format(label=fact.label)
        docs = {p.name: opening(p.doc) for p in self.spec.tools[move.call["name"]].params}
        alone = (p for p in params if set(move.slots[p]) <= set(fact.names) and re.match(say.ASKING, docs[p]))
        label = next((docs[p] for p in alone), asked_for(fact))
        return pick(self.rng, say.ASK_FACT).format(label=label)

    def _unstated(self, call: Call) -> bool:
        return any(facts_in(rule, self.spec) for rule in self.telling.broken(call))

    def _choice(self, move: Move) -> Call:
        """Of the calls that would all be right, the first that rests on nothing unsaid."""
        return min([move.call, *move.others], key=self._unstated)

    def _remind(self, call: Call) -> Talk:
        for text in self._reminders(call):
            yield spoken(text)
        for fact in self._unheard(call):
            yield spoken(self._asking_for(fact, call))

    def _unheard(self, call: Call) -> list[str]:
        return self.telling.unheard(call, self.said[self.since :], self.said[: self.since])

    def _asking_for(self, fact: str, call: Call) -> str:
        return self.telling.question(fact, call, self.said[: self.since])

    def _reminders(self, call: Call) -> list[str]:
        return self.telling.reminders(call)

    # --- the other endings

    def _decline(self, move: Move) -> Talk:
        """Says no, and why, once it has heard what that rests on."""
        if move.call and self._allowed_to_look(move):
            yield from self._ask_what_decides(move)
            rule = self.spec.rules.get(move.rule[0])
            rests_on = facts_in(rule, self.spec) if rule is not None else ()
            for fact in (f for f in self._unheard(move.call) if f in rests_on):
                yield spoken(self._asking_for(fact, move.call))
        self._refuse(move)

    def _refuse(self, move: Move) -> None:
        verb = verb_phrase(move, self.spec, self.rng, "your")
        reason = self.telling.refusal(*move.rule)
        forms = say.REFUSE_WISH if is_wish(move, self.spec) else say.REFUSE
        self.closing = pick(self.rng, forms).format(verb=verb, rule=reason).strip() + " " + self.closing

    def _inform(self, move: Move) -> Talk:
        value = f"{plain_number(move.value)}" if is_number(move.value) else told_moment(str(move.value))
        shown_value = money(move.value) if move.is_money else value
        if not self._is_shown(shown_value):
            if move.sum and self.shape.calculator:
                yield from self._calculate(move.sum)
            else:
                yield from self._search_for(move)
                if not self._is_shown(shown_value):
                    yield from self._add_up(move)
                    shown_value = with_parts(shown_value, move.sum or "")
        self._answer(move, shown_value)

    def _add_up(self, move: Move) -> Talk:
        """Reads the person's own rows, one after the other, until all that a sum is made of was shown."""
        parts = amounts_in(move.sum or "")
        for at in [(t, key) for t in self.shape.readers if parts for key in self._own(t)]:
            if at not in self.rows and not all(map(self._is_shown, parts)):
                yield from self._read(*at)

    def _search_for(self, move: Move) -> Talk:
        c = Sandbox(self.monitor.run.program, self.monitor.run.world)
        said = [v for f in move.facts for v in values(f)]
        known = [self.task.person, *self.rows]
        found = search_for(self.spec, c, move.value, said) or listing(self.spec, c, move.value, known)
        if found is not None:
            yield from self._call(found["name"], found["arguments"])

    def _answer(self, move: Move, value: str) -> None:
        self.told = answer(move, value, self.rng)
        self.closing = f"{self.told} {self.closing}"

    def _sources(self) -> list[str]:
        return [*self.said, *(shown(v) if not isinstance(v, (dict, list)) else flat(v) for v in self.seen)]

    def _act(self, move: Move) -> Talk:
        """A call that changes nothing, and what has to be said after it word for word."""
        self._note_forbidden(move.call)
        yield from self._call(move.call["name"], move.call["arguments"])
        self._say_line(move)

    def _note_forbidden(self, call: Call) -> None:
        """Writes down what rules forbid a call that the agent has to make."""
        found = self.monitor.run.allows(event_of(call))
        duties = (o for group in self.monitor.run.owed.groups.values() for o in group)
        owed = {o.rule for o in duties if o.duties[0].mode in ("then", "eventually")}
        for j in (j for j in found if j.verdict == "violated" and j.rule not in self.sayings.rules):
            wanting = next((name for name in sorted(owed) if name != j.rule), "")
            form = say.TWO_RULES if wanting else say.NO_OTHER_WAY
            unfit = None if wanting else self.shape.unfit()
            hint = say.NOBODY_FOUND.format(tool=unfit[0], asked=unfit[1], record=unfit[2]) if unfit else ""
            self.forbidden[j.rule, j.label] = form.format(rule=j.rule, call=call["name"], other=wanting) + hint

    def _say_line(self, move: Move) -> None:
        """Closes with the lines that rules wait for after a call."""
        after = [
            rule
            for rule in self.spec.rules.values()
            if rule.when == "after" and rule.pattern is not None and move.call["name"] in rule.pattern.tools
        ]
        lines = {rule.name: line for rule in after if (line := exact_words(rule)) is not None}
        owed = waiting(self.monitor.run) & lines.keys()
        said = [line for name, line in lines.items() if name in owed or not owed]
        if said:
            self.closing = " ".join(dict.fromkeys(said))


__all__ = ["ScriptedAgent"]
