"""Questions about small worlds: a scenario played out in one conversation, or a rule put to the test.

A question fixes which events there may be; whether they happen, what is said and what is called is the solver's. The
clauses of its script are places of the source, so that a conflict within the bounds can be told in them.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from attrs import define, field, frozen

from ....core.nodes import Apply, Collect, Const, Expr, Get, Goal, Pick, Scenario, Tool, Var
from ....core.spec import Spec
from ....core.types import RecordType, is_text, strip
from ....source import Span
from .. import terms
from ..people import finders, may_call
from ..relevance import looks_at
from ..terms import FALSE, TRUE, Clause
from . import sequences as lists
from .around import Focus, failing
from .expressions import Env
from .language import Amount, is_fixed
from .statements import Frame
from .trajectory import Court, Slot, StepSlot
from .values import Place, Scalar, Seq, Unsupported, Value, as_maybe, detached, known_of

FEW_NUMBERS = 20  # of a range, that are candidates one by one
Likely: TypeAlias = Mapping[str, Collection[tuple[frozenset[str], frozenset[str]]]]  # `looked_at` of what missed it


@frozen
class Choice:
    """How a draw is read back: which candidates there are, and which is (or are) taken; of a range, the number."""

    name: str
    there: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    many: bool = False
    number: str = ""


@define
class Question(Court):
    """A question being written. `choices` are the draws of a scenario by name, those of goals by number and name."""

    choices: dict[tuple[int, str], Choice] = field(factory=dict)
    goals: list[tuple[Goal, Env]] = field(factory=list)
    obeyed: set[str] = field(factory=set)

    @property
    def failing(self) -> frozenset[str]:
        """The tools of which a rule asks whether a call has failed."""
        return failing(self.spec, self.judged)

    # --- clauses

    def demand(self, role: Any, name: str, span: Span, term: str) -> None:
        """A named assertion for a place of the source; one place is one clause."""
        found = [n for n, c in self.script.clauses.items() if c.span == span and c.role == role and n.startswith(name)]
        n, key = 1, found[0] if found else name
        while not found and key in self.script.clauses:
            n += 1
            key = f"{name}.{n}"
        located = self.spec.sources.locate(span)
        self.script.clause(Clause(key, span, role, located.text if located else ""), term)

    def demand_instead(self, role: Any, name: str, span: Span, term: str) -> None:
        """A named assertion in the place of the one that had its name, if there was one."""
        located = self.spec.sources.locate(span)
        self.script.clauses[name] = Clause(name, span, role, located.text if located else "", [term])

    def finish(self, missed: tuple[str, ...] = (), likely: Likely = MappingProxyType({})) -> None:
        """What every world obeys at the beginning: fields' conditions, and the invariants about what was looked at;
        those that were `missed` in any case, and those that are `likely` to be. More may be missed afterwards: then
        this is asked for again, and says what has not been said."""
        now = self.tables, self.states, self.past
        self.past = ()
        self._at_the_beginning()
        while chosen := {*self._relevant(likely), *missed} - self.obeyed:
            self.obeyed |= chosen
            for invariant in (i for i in self.spec.invariants if i.name in chosen):
                self.demand("invariant", f"invariant.{invariant.name}", invariant.span,
                            self.condition(invariant.condition, {}).yes)  # fmt: skip
        while self.pending:
            condition, value, alive = self.pending.pop()
            found = as_maybe(value)
            holds = self.condition(condition, {"it": found.value})
            self.demand("field", "field", condition.span, terms.implies(terms.both([alive, found.present]), holds.yes))
        self.tables, self.states, self.past = now
        self.settle_texts()

    def _at_the_beginning(self) -> None:
        """Turns to the world as it was before anything happened. Nothing may be changed afterwards."""
        for rows in self.opening.values():
            for _, cell in rows:
                self._restore(cell)
        self.tables = {name: list(rows) for name, rows in self.opening.items()}
        self.states = dict(self.opening_states)
        for value in self.states.values():
            self._restore_value(value)
        self.memory.forget()

    def _restore(self, cell: Any) -> None:
        cell.fields = {}
        if id(cell) in self.opened:
            cell.entries = list(self.opened[id(cell)])
        for value in cell.initial.values():
            self._restore_value(value)

    def _restore_value(self, value: Any) -> None:
        match as_maybe(value).value:
            case Place(alts):
                for _, cell in alts:
                    self._restore(cell)
            case Seq(items):
                for _, item in items:
                    self._restore_value(item)

    def _relevant(self, likely: Likely) -> tuple[str, ...]:
        """The invariants that say something about what the question has looked at."""
        opened = {f"table.{n}" for n in self.opening} | {f"state.{n}" for n in self.opening_states}
        found = []
        for invariant in self.spec.invariants:
            fields, roots = looks_at(invariant.condition, self.spec)
            missed = any(f <= self.touched and r <= opened for f, r in likely.get(invariant.name, ()))
            if missed or (roots <= opened and fields <= self.touched):
                found.append(invariant.name)
        return tuple(found)

    def looked_at(self, invariant: str) -> tuple[frozenset[str], frozenset[str]]:
        """Of what an invariant is about, the fields and tables that this question has looked at."""
        opened = {f"table.{n}" for n in self.opening} | {f"state.{n}" for n in self.opening_states}
        found = [looks_at(i.condition, self.spec) for i in self.spec.invariants if i.name == invariant]
        fields, roots = found[0] if found else (frozenset[str](), frozenset[str]())
        return fields & self.touched, roots & opened

    def other_than(self, model: Mapping[str, Any]) -> None:
        """Asks for other numbers than a model draws from ranges, if it draws any."""
        drawn = [c.number for c in self.choices.values() if c.number in model]
        if drawn:
            self.script.fact(terms.negate(terms.both(terms.equal(n, terms.number(model[n], "Int")) for n in drawn)))

    # --- picks

    def draw(self, pick: Pick, env: Env) -> None:
        match pick.kind:
            case "let":
                env[pick.name] = self.encode(pick.source, env)
            case "where":
                self.demand("pick", "where", pick.span, self.condition(pick.source, env).yes)
            case "pick":
                env[pick.name] = self.choose(
                    pick.source, pick.name, env, 0, pick.span, (pick.low, pick.high) if pick.many else None
                )

    def choose(
        self, source: Expr, name: str, env: Env, turn: int, span: Span, many: tuple[int, int] | None = None
    ) -> Value:
        """Some item of a list, or so many of them."""
        if many is None and (drawn := self._number(source, name, env, turn, span)) is not None:
            return drawn
        found = as_maybe(self.encode(source, env))
        if not isinstance(found.value, Seq):
            raise Unsupported("a draw from what is no list", span)
        items = [(terms.both([found.present, g]), v) for g, v in lists.certain(lists.settled(found.value))]
        known = terms.both([found.known, known_of(lists.settled(found.value))])
        there = tuple(self._noted(f"{name}.{turn}.{i}.there", g) for i, (g, _) in enumerate(items))
        taken = tuple(self.constant(f"{name}.{turn}.{i}.taken", "Bool") for i in range(len(items)))
        for t, h in zip(taken, there, strict=True):
            self.fact(terms.implies(t, h))
        self.choices[turn, name] = Choice(name, there, taken, many is not None)
        size = lists.tally(list(taken))
        low, high = many or (1, 1)
        role = "goal" if turn else "pick"
        self.demand(role, f"{role}.{name}", span, terms.both([known, f"(<= {low} {size} {high})"]))
        if many is not None:
            return Seq(tuple((t, v) for t, (_, v) in zip(taken, items, strict=True)))
        if not items:
            return self.blank(strip(source.type).item)  # type: ignore[union-attr]
        return self._either([(t, v) for t, (_, v) in zip(taken, items, strict=True)], source.type)

    def _number(self, source: Expr, name: str, env: Env, turn: int, span: Span) -> Value | None:
        """Some number of a range, under conditions if there are any; None for what is drawn from otherwise, and where
        there are few."""
        conditions, it = tuple[Expr, ...](), ""
        if isinstance(source, Collect) and isinstance(source.body, Var) and source.clauses[0].kind == "for":
            first, rest = source.clauses[0], source.clauses[1:]
            if first.names == (source.body.name,) and all(c.kind == "where" for c in rest):
                source, conditions, it = first.expr, tuple(c.expr for c in rest), first.names[0]
        if not isinstance(source, Apply) or source.op != "range":
            return None
        ends = [as_maybe(self.encode(a, env)) for a in source.args]
        low, high = (e.value.term if isinstance(e.value, Scalar) else "" for e in ends)
        if not low or not high or (low.isdigit() and high.isdigit() and int(high) - int(low) < FEW_NUMBERS):
            return None
        number = Scalar(self.constant(f"{name}.{turn}.number", "Int"), "Int")
        self.choices[turn, name] = Choice(name, number=number.term)
        known = terms.both(t for e in ends for t in (e.known, e.present, known_of(e.value)))
        held = (self.condition(c, {**env, it: number}).yes for c in conditions)
        role = "goal" if turn else "pick"
        within = f"(<= {low} {number.term} {high})"
        self.demand(role, f"{role}.{name}", span, terms.both([known, within, *held]))
        return number

    def _noted(self, name: str, term: str) -> str:
        """A constant that the model shows, with a meaning."""
        if term == TRUE:
            self.fact(made := self.constant(name, "Bool"))
            return made
        made = self.constant(name, "Bool")
        self.fact(f"(= {made} {term})")
        return made

    # --- scenarios

    def scenario(
        self, scenario: Scenario, plan: tuple[Goal, ...], reads: tuple[Tool, ...], refused: bool = False,
        passed_over: Sequence[Goal] = (), could_say: Callable[[str, Any], bool] | None = None,
        opens_with: Callable[[str, Any], bool] = lambda op, about: False, owed: Sequence[Tool] = (),
    ) -> None:  # fmt: skip
        """A conversation in which the steps of a plan are made; with `refused`, the last is only asked about. The
        conditions of what is `passed_over` do not hold. Of fixed words, the user says what it `could_say`, and at once
        what it `opens_with`. `owed` are calls that may have to come after those of the plan."""
        env: Env = {}
        for pick in scenario.picks:
            self.draw(pick, env)
        frame = Frame()
        self.run(scenario.given, env, TRUE, frame)
        self.demand("given", "given", scenario.span, terms.negate(terms.either([frame.fails, *frame.unknown])))
        person = self.person(scenario, env)
        for goal in passed_over:
            if goal.condition is not None:
                self.demand("goal", "goal.first", goal.span, self.condition(goal.condition, env).no)
        calls = [self._goal(n, goal, env) for n, goal in enumerate(plan, 1) if goal.kind == "do"]
        if refused:
            calls[-1].open = True
        self.play(self._conversation(calls, reads, owed, person[0] if person else ""))
        self.close()
        for slot in (s for s in self.slots if s.kind == "call" and not s.must):
            if self.spec.tools[slot.tool].kind == "write":  # looked back at as one that failed, and changes nothing
                self.fact(terms.implies(slot.occurs, terms.negate(slot.ok)))
        self._recognise(person)
        for fact in self.facts.values():
            if could_say and fact.slot.role == "user" and is_fixed(fact) and not could_say(fact.op, fact.about[0]):
                self.fact(terms.negate(fact.term))
            elif fact.slot is self.slots[0] and is_fixed(fact) and opens_with(fact.op, fact.about[0]):
                self.demand("goal", "goal.opening", scenario.span, fact.term)
        for goal, inside in self.goals:
            if goal.kind == "reach" and goal.condition is not None:
                self.demand("goal", "goal.reach", goal.span, self.condition(goal.condition, inside).yes)
        for goal in plan:
            if goal.kind == "reach" and goal.condition is not None:
                self.demand("goal", "goal.reach", goal.span, self.condition(goal.condition, env).yes)

    def _goal(self, n: int, goal: Goal, env: Env) -> Slot:
        """The call that a goal asks for; what is left open in it is chosen in the world before the conversation."""
        inside = dict(env)
        for name, source in goal.choices:
            inside[name] = self.choose(source, name, inside, n, source.span)
        tool = self.spec.tools[goal.tool]
        args = {p.name: detached(self.encode(a, inside)) for p, a in zip(tool.params, goal.args, strict=True)}
        known = terms.both(known_of(v) for v in args.values())
        wanted = self.condition(goal.condition, inside).yes if goal.condition is not None else TRUE
        self.demand("goal", f"goal.{n}.{goal.tool}", goal.span, terms.both([known, wanted]))
        return Slot("call", tool.requestor, TRUE, tool.name, args, goal=(n, goal), must=True)

    def person(self, scenario: Scenario, env: Env) -> tuple[str, Value] | None:
        """Who calls: the first row picked of a table in which a look-up finds people by what they know, or of which the
        scenario says that the caller knows the key."""
        told, callers = {d.expr for d in scenario.disclosures if d.kind == "knows"}, may_call(self.spec, scenario)
        for pick in scenario.picks:
            kind = strip(pick.source.type)
            item = getattr(kind, "item", kind)
            for table in self.spec.tables.values():
                if pick.many or not isinstance(item, RecordType) or item.name != table.record:
                    continue
                own = any(isinstance(e, Get) and e.name == table.key and e.target == Var(pick.name, item) for e in told)
                found = as_maybe(env[pick.name]).value
                if isinstance(found, Place) and (own or (table.name in callers and finders(self.spec, table.name))):
                    return table.name, self._either(
                        [(g, self.key(table.name, c)) for g, c in found.alts], table_key(self.spec, table.name)
                    )
        return None

    def _recognise(self, person: tuple[str, Value] | None) -> None:
        """A conversation is its person's own: whom a look-up finds is the person, and no user states another's key."""
        if person is None:
            return
        table, key = person
        for slot in self.slots:
            if slot.kind == "call" and slot.tool in finders(self.spec, table) and slot.result is not None:
                self.fact(terms.implies(slot.occurs, self.same(slot.result, key).yes))
        for guard, term in self._told_by_the_user():
            for word in dict.fromkeys([term, self.lowered.get(term, term)]):
                for there, cell in self.opening.get(table, ()):
                    other = terms.both([guard, there, terms.equal(self.key(table, cell).term, word)])
                    self.fact(terms.implies(other, self.same(self.key(table, cell), key).yes))

    def _told_by_the_user(self) -> list[tuple[str, str]]:
        """Open texts that the user may state or mention, each with the condition that it is so."""
        told = [(g, v.term) for s in self.statements.values() if s.op == "claims" and s.slot.role == "user"
                for g, v in s.items]  # fmt: skip
        for fact in (f for f in self.facts.values() if f.op == "mentions" and f.slot.role == "user"):
            values = [as_maybe(a.value).value for a in fact.about if isinstance(a, Amount)]
            told += [(fact.term, v.term) for v in values if isinstance(v, Scalar)]
        return told

    def _conversation(
        self, calls: list[Slot], reads: tuple[Tool, ...], owed: Sequence[Tool], person: str
    ) -> list[StepSlot]:
        """Before each call, what may be looked up: by anything but details of the person, who stays the same."""
        steps, known = [self.message("user", TRUE)], finders(self.spec, person) if person else ()
        for n, call in enumerate(calls):
            keyed = [t for t in reads if n == 0 or (t.params and t.name not in known)]
            steps += [self._step(tool, tool.name not in self.failing) for tool in keyed]
            steps += [self.message("agent"), self.message("user")]
            steps.append(StepSlot(call.role, None, (call,)))
            for tool in owed:
                steps += [StepSlot(tool.requestor, None, (self.optional_call(tool),)), self.message("agent")]
        return [*steps, self.message("agent")]

    def message(self, role: Any, occurs: str | None = None) -> StepSlot:
        occurs = occurs if occurs is not None else self.constant(f"{role}.says", "Bool")
        return StepSlot(role, Slot("message", role, occurs), ())

    def optional_call(self, tool: Tool, must: bool = True, occurs: str | None = None) -> Slot:
        """A call that may be made, with any arguments of the right shape."""
        occurs = occurs if occurs is not None else self.constant(f"{tool.name}.called", "Bool")
        self.examples |= dict.fromkeys(e for p in tool.params if is_text(p.type) for e in QUOTED.findall(p.doc))
        args = {p.name: self.leaf(p.type, f"{tool.name}.{p.name}", occurs, loose=True) for p in tool.params}
        return Slot("call", tool.requestor, occurs, tool.name, args, must=must)

    # --- rules and tools put to the test

    def attempt(self, tool: Tool) -> None:
        """A conversation of one call, whatever comes of it."""
        self.play([StepSlot(tool.requestor, None, (self.optional_call(tool, must=False, occurs=TRUE),))])
        self.close()

    def is_given(self, tool: Tool, name: str, value: Const) -> str:
        """That some call of a tool has a value for a parameter."""
        given = (terms.both([s.occurs, self.same(s.args[name], self.encode(value, {})).yes])
                 for s in self.slots if s.tool == tool.name)  # fmt: skip
        return terms.either(given)

    def trial(self, focus: Focus, opened: bool = False) -> Slot | None:
        """A conversation around one event: what may have come before, the event itself, what may follow. Where it is
        `opened`, the user says something first."""
        must = not focus.failing
        steps = [self.message("user", TRUE if opened else None)]
        steps += [self._step(t, must) for t in focus.reads]
        for n, tool in enumerate(focus.before):
            steps += [self._step(t, must) for t in focus.reads if focus.again and n]
            steps += [self.message("agent"), self.message("user"), self._step(tool, must)]
        steps += [self._step(t, must) for t in focus.reads if focus.again and focus.before]
        steps += [self.message("agent"), self.message("user")]
        slot, step = self._event(focus)
        steps += [step, self.message("agent"), self.message("user"), self.message("agent")]
        steps += [self._step(t, must) for t in focus.after]
        for tool in focus.owed:
            steps += [self._step(tool, must), self.message("agent"), self.message("user")]
        self.play(steps)
        self.close()
        return slot

    def _step(self, tool: Tool, must: bool = True) -> StepSlot:
        """A call that may be made, by whose it is."""
        return StepSlot(tool.requestor, None, (self.optional_call(tool, must),))

    def _event(self, focus: Focus) -> tuple[Slot | None, StepSlot]:
        """The event that is looked at: a call, or a step of a message and calls together."""
        must = not focus.failing
        if focus.tool is not None and not focus.crowded:
            call = self.optional_call(focus.tool, must, TRUE)
            call.open = focus.open
            return call, StepSlot(focus.tool.requestor, None, (call,))
        if focus.tool is not None:
            calls = tuple(self.optional_call(focus.tool, must) for _ in range(2))
            message = Slot("message", "agent", self.constant("agent.says", "Bool"))
            return None, StepSlot("agent", message, calls)
        return None, self.message(focus.role, TRUE)

    # --- what is asked of it

    def succeed(self) -> None:
        """Every call that has to be made succeeds, and what it does is known."""
        for slot in self.slots:
            if slot.kind == "call" and slot.must:
                for guard, span in slot.failed:
                    self.demand("require", f"tool.{slot.tool}", span, terms.negate(guard))
                span = slot.goal[1].span if slot.goal else self.spec.tools[slot.tool].span
                if slot.unknown != FALSE and self.spec.tools[slot.tool].body is not None:
                    self.demand("goal", f"goal.known.{slot.tool}", span, terms.negate(slot.unknown))

    def comply(self, but: tuple[str, ...] = (), strict: bool = True, only: str = "") -> None:
        """No rule is broken, `but` these (or of them, `only` the checks of a label); with `strict`, none is left
        unknown either."""
        for rule in self.judged:
            spared = rule.name in but
            for (name, label), places in self.verdicts.places.items():
                if name == rule.name and not (spared and only in ("", label)):
                    for term, span in places:
                        self.demand("rule", f"rule.{name}.{label}".rstrip("."), span, terms.negate(term))
            if strict and not spared and (doubt := self.verdicts.doubts(rule.name)) != FALSE:
                self.demand("rule", f"rule.{rule.name}.known", rule.span, terms.negate(doubt))

    def break_few(self, rule: str, most: int) -> None:
        """Of the rules but one, at most so many are broken."""
        broken = [self.verdicts.breaks(r.name) for r in self.judged if r.name != rule]
        self.demand_instead("rule", "few", self.spec.rules[rule].span, f"(<= {lists.tally(broken)} {most})")


QUOTED = re.compile(r"(?<!\w)'([^']+)'(?!\w)")  # how documentation texts quote an example


def table_key(spec: Spec, table: str) -> Any:
    return spec.records[spec.tables[table].record].fields[spec.tables[table].key].type


__all__ = ["QUOTED", "Choice", "Question"]
