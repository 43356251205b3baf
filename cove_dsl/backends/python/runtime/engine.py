"""Runs the functions that a specification was compiled to: its tools as a sandbox, its rules along a conversation.

The same engine works offline (a recorded conversation) and online (`allows` before a call, `observe` after it), so
that the two cannot disagree.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from .beliefs import Following
from .details import listing, not_listed
from .duties import Docket, Duty, Owed
from .events import Call, Message, Step
from .facts import claims
from .language import affirms, mentions, says_amount, says_text, sentences
from .memory import Memory
from .patterns import matches, says_id
from .sandbox import (
    Judgement,
    Program,
    RuleInfo,
)
from .seen import Seen
from .shapes import Kind, conforms, declared, has_only_declared
from .texts import plain_number, to_json
from .values import MAYBE, SPENT, UNKNOWN, OverBudget, is_number, spend
from .world import World

# --- what sets rules off ----------------------------------------------------------------------------------------------

Triggered = tuple[str, Callable[..., None], bool | None, str | None, tuple[str, ...]]
"""A rule, what runs it, how a call must have ended, whose it must be, and what is presupposed."""
Around = tuple[tuple[Triggered, ...], tuple[Triggered, ...], bool]
"""The rules that are set off before something, those after it, and whether it is a call that shows nothing of the
world: no tool here says what it gives, and its result is no record."""
_NOBODY: Around = ((), (), False)


class Triggers(NamedTuple):
    """Rules by what sets them off: calls by tool, messages and steps by role, the end."""

    calls: dict[str, Around]
    other_calls: Around
    messages: dict[str, Around]
    steps: dict[str, tuple[Triggered, ...]]
    end: tuple[Triggered, ...]


_NOTHING = Triggers({}, _NOBODY, {}, {}, ())
Reasons = dict[str, dict[str, str]]
"""What each rule says of its requirements, by their labels."""
_TRIGGERS: dict[int, tuple[Program, Triggers, Reasons]] = {}


def _known_triggers(program: Program) -> tuple[Triggers, Reasons]:
    """`_triggers` and what rules say, found out once for each set of rules."""
    kept = _TRIGGERS.get(id(program.rules))
    if kept is None or kept[0].rules is not program.rules or kept[0].tools is not program.tools:
        if len(_TRIGGERS) > 64:
            _TRIGGERS.clear()
        reasons = {name: rule.reasons for name, rule in program.rules.items()}
        kept = _TRIGGERS[id(program.rules)] = (program, _triggers(program), reasons)
    return kept[1:]


def _triggers(program: Program) -> Triggers:
    found: dict[tuple[str, str, str], list[Triggered]] = {}
    for name, rule in program.rules.items():
        if rule.run is None:
            continue
        pattern = rule.pattern
        ok = None if pattern is None or pattern.status is None else pattern.status == "ok"
        role = pattern.role if pattern is not None and pattern.kind == "call" else None
        for key in _keys(program, rule):
            found.setdefault(key, []).append((name, rule.run, ok, role, rule.presupposes))

    def around(kind: str, which: str) -> Around:
        """A tool that no rule names is one of the others."""
        before, after = (
            tuple(found.get((w, kind, which)) or found.get((w, kind, ""), [])) for w in ("before", "after")
        )
        tool = program.tools.get(which) if kind == "call" else None
        return before, after, tool is not None and tool.shows_nothing

    tools = {*program.tools, *(which for _, kind, which in found if kind == "call")}
    return Triggers(
        {tool: around("call", tool) for tool in tools},
        around("call", ""),
        {role: around("message", role) for role in ("agent", "user")},
        {role: tuple(found.get(("on", "step", role), ())) for role in ("agent", "user")},
        tuple(found.get(("end", "", ""), ())),
    )


def _keys(program: Program, rule: RuleInfo) -> list[tuple[str, str, str]]:
    pattern = rule.pattern
    if pattern is None:
        return [("end", "", "")]
    if pattern.kind == "call":
        return [(rule.when, "call", tool) for tool in (pattern.tools or (*program.tools, ""))]
    return [(rule.when, pattern.kind, role) for role in ([pattern.role] if pattern.role else ["agent", "user"])]


_made = tuple.__new__  # a named tuple without the call of a function for each


# --- rules ------------------------------------------------------------------------------------------------------------


class Run(Following):
    """A sandbox with a memory: judges a conversation as it goes on."""

    def __init__(self, program: Program, world: World) -> None:
        super().__init__(program, world)
        self.memory = Memory(program.patterns)
        self.seen = Seen(program.texts, program.factors)
        self.past, self.steady, self.joined = self.memory.past, self.memory.steady, self.memory.joined
        self.judgements: list[Judgement] = []
        self.broken: set[str] = set()
        self.owed = Docket()
        self.events = 0
        self.doubt = self.narrowed = self.cut = False
        self._event: Any = None
        self._rule = ""
        self._refused = False
        self._presuming = True
        self._lacking: dict[bool | None, tuple[str, ...]] = {}
        self._kinds: dict[str, dict[str, Kind]] = {}
        self._look = self.view
        self._on, self._reasons = _known_triggers(program)
        self._calls_on, self._other_calls, self._happened = self._on.calls, self._on.other_calls, self.seen.events
        self._rules = program.rules

    # --- walking through

    def step(self, step: Step, events: list[Any]) -> None:
        """One message of a party: judged whole, then its text and calls in order. An empty one is none."""
        if not events:
            return
        self.begin(step)
        for event in events:
            self.observe(event)

    def begin(self, step: Step, trial: bool = False) -> None:
        """A step as a whole, before anything in it has happened."""
        found = self._on.steps.get(step.role)
        if not found and not self.owed.groups:
            return
        for call in step.calls:
            call.view = self._look
        if self.owed.groups:
            self.owed.met_by(step, self._say, trial)
        if found:
            self._judge(found, step)

    def drop(self, call: Call) -> None:
        """A call of a step that has begun is not made after all. Its position stays empty."""
        self.events += 1
        rest = call.step.calls
        last = rest[-1] is call
        rest.remove(call)
        if last and (rest or call.step.text is not None):
            self.memory.note_step(call.step)

    def observe(self, event: Any) -> None:
        """One event, a call with its result if it has one."""
        if type(event) is Call:
            before, after, blank = self._calls_on.get(event.tool, self._other_calls)
            event.view, ok = self._look, event.ok
            shown = ok is True and ((blank and not event.malformed) or self.look(event))
            if before:
                self._refused = ok is False
                self._judge(before, event)
                self._refused = False
            if not shown or self._sync is not None:
                self._execute(event, shown)
        else:
            before, after, _ = self._on.messages.get(event.role, _NOBODY)
            if before:
                self._judge(before, event)
        self.events += 1
        self.memory.note(event)
        self._happened.append(event)
        if self.owed.groups:
            self.owed.met_by(event, self._say)
        if after:
            self._judge(after, event)

    def allows(self, call: Call, presuming: bool = True, begun: bool = False) -> list[Judgement]:
        """What the rules say of a call that has not been made; of its step too, unless that has begun. Nothing is
        remembered. Without `presuming`, also what those say that presuppose a broken one."""
        call.view = self._look
        if not call.step.calls:
            call.step.calls = [call]
        for thing in (call, call.step):
            if thing.position < 0:
                thing.position = self.events

        def judge() -> None:
            if not begun:
                self.begin(call.step, trial=True)
            self._judge((self._on.calls.get(call.tool) or self._on.other_calls)[0], call)
            self.owed.met_by(call, self._say, trial=True)

        return self._foreseen(judge, presuming)

    def foresees(self, step: Step, message: Message | None) -> list[Judgement]:
        """What the rules say of a step as a whole and of what is said in it, before either. Nothing is remembered."""

        def judge() -> None:
            self.begin(step, trial=True)
            if message is not None:
                self._judge(self._on.messages.get(message.role, _NOBODY)[0], message)
                self.owed.met_by(message, self._say, trial=True)

        return self._foreseen(judge)

    def _foreseen(self, judge: Callable[[], None], presuming: bool = True) -> list[Judgement]:
        kept, broken, owed = self.judgements, self.broken, self.owed
        self.judgements, self.broken, self.owed, self._presuming = [], set(broken), owed.copy(), presuming
        try:
            judge()
            return self.judgements
        finally:
            self.judgements, self.broken, self.owed, self._presuming = kept, broken, owed, True

    def finish(self, cut: bool = False) -> None:
        """The conversation is over: what is owed is due. `cut`: it broke off while the agent was to go on, so what is
        still owed is unknown."""
        self.cut = cut
        self._judge(self._on.end, None)
        for owed, value in self.owed.close():
            self._say(owed, value, owed.origin)
        self._event = None

    def release(self) -> None:
        """Lets go of everything, so that nothing is left for the collector. Nobody may ask again."""
        vars(self).clear()

    def stop_judging(self) -> None:
        """From here on only the world goes along."""
        self._on, self.owed = _NOTHING, Docket()
        self._calls_on, self._other_calls = self._on.calls, self._on.other_calls

    # --- judging

    def _judge(self, found: tuple[Triggered, ...], event: Any) -> None:
        for name, run, ok, role, presupposes in found:
            if ok is not None and event.ok is not ok:
                continue
            if role is not None and event.role != role:
                continue
            if presupposes and self._presuming and not self.broken.isdisjoint(presupposes):
                continue
            self._event, self._rule = event, name
            self.doubt = self.narrowed = False
            self._lacking = {}
            SPENT[0] = 0
            try:
                run(self, event) if event is not None else run(self)
            except OverBudget:
                self.judge("budget", UNKNOWN)

    def judge(self, label: str, value: Any, text: Callable[[], Any] | None = None, listed: bool = False) -> None:
        """Writes down what a requirement came to. In doubt, nobody is accused; a call that the tool refused is only an
        attempt at what the tool itself enforces. `listed`: it asks what a message lists, and says what that lacks."""
        event, rule = self._event, self._rule
        if event is None:
            position, message, call, role = self.events, -1, None, "agent"
        else:
            position, message, role = event.position, event.message, event.role
            call = event.call if type(event) is Call else None
        said = ""
        if value is True:
            verdict = "satisfied"
        elif value is False and not (self.doubt or self.cut):
            verdict = "violated"
            if self._refused and (self._rules[rule].basis == "contract" or label == "at_most"):
                verdict = "attempted"
            else:
                self.broken.add(rule)
        else:
            verdict = "unknown"
        if text is not None and value is False:
            found = text()
            said = found if isinstance(found, str) else ""
        reason = said or self._reasons[rule].get(label, "")
        if listed and self._lacking:
            reason = " ".join(filter(None, (reason, self._unlisted(value))))
        self.judgements.append(_made(Judgement, (rule, label, verdict, position, message, call, reason, role)))

    def _unlisted(self, value: Any) -> str:
        """What a message does not list, for which a requirement came to this."""
        lacking, self._lacking = self._lacking.get(None if value is UNKNOWN else value, ()), {}
        return not_listed(lacking, value is False)

    def in_doubt(self) -> None:
        """From here on it is not known whether what follows is judged at all."""
        self.doubt = self.narrowed = True

    def branch(self, condition: Any, then: Callable[[], Any], other: Callable[[], Any] | None) -> Any:
        """One way, or on an unknown condition both, in doubt; what follows is in doubt if either left or narrowed.
        Gives back what is left: this `"turn"` of a loop, the whole `"rule"`, or nothing."""
        if condition is True:
            return then()
        if condition is False:
            return other() if other is not None else None
        before, outer = self.doubt, self.narrowed
        self.doubt, self.narrowed = True, False
        ways = (then(), other() if other is not None else None)
        left = ways != (None, None)
        self.doubt = before or left or self.narrowed
        self.narrowed = outer or left or self.narrowed
        if None in ways:
            return None
        return "rule" if ways == ("rule", "rule") else "turn"

    def turns(self, source: Any, yielded: list[Any] | None = None, lasting: bool = False) -> Any:
        """What a loop of a rule goes through; if that is not known, so is the verdict, and what is yielded. `lasting`:
        the rule may be left in the loop."""
        if isinstance(source, list):
            spend(len(source))
            return list(source)
        if source is not None:
            self.judge("", UNKNOWN)
            if yielded is not None:
                yielded.append(MAYBE)
            if lasting:
                self.in_doubt()
        return ()

    def owe(self, *duties: Duty) -> None:
        """Opens duties of the rule that is being judged."""
        self.owed.open(self._rule, duties, self._event, self.doubt)

    def _say(self, owed: Owed, value: Any, event: Any) -> None:
        self._event, self._rule, self.doubt = event, owed.rule, owed.doubt
        self.judge(owed.duties[0].mode, value)

    # --- what compiled rules ask

    def view(self, call: Call, name: str) -> Any:
        """A call's argument, result or other field, unknown where its shape is not the declared one. What came of a
        call is not there before its time."""
        if name == "result":
            if not call.ok or call.position >= self.events:
                return None
            tool = self.tools.get(call.tool)
            return self._result_of(call, tool) if tool is not None else UNKNOWN
        kinds = self._kinds.get(call.tool)
        if kinds is None:
            tool = self.tools.get(call.tool)
            kinds = self._kinds[call.tool] = dict(tool.params) if tool is not None else {}
        kind = kinds.get(name)
        if kind is not None:
            value = call.arguments.get(name)
            return value if not call.malformed and conforms(value, kind, self.records) else UNKNOWN
        if name == "error":
            return call.result_text if call.ok is False and call.position < self.events else None
        if name == "arguments" and call.malformed:
            return UNKNOWN
        return getattr(call, name) if name in ("tool", "role", "arguments") else UNKNOWN

    def affirms(self, message: Any) -> Any:
        return _heard(affirms, message)

    def mentions(self, thing: Any, phrases: Any) -> Any:
        return _heard(mentions, thing, phrases)

    def matches(self, message: Any, patterns: Any) -> Any:
        return _heard(matches, message, patterns)

    def says_id(self, message: Any, key: Any) -> Any:
        return _heard(says_id, message, key)

    def sentences(self, message: Any) -> Any:
        found = _heard(sentences, message)
        return found if found is UNKNOWN else list(found)

    def says(self, message: Any, sentence: Any) -> Any:
        return _heard(says_text, message, sentence)

    def says_amount(self, message: Any, amount: Any) -> Any:
        return _heard(says_amount, message, amount)

    def claims(self, message: Any) -> Any:
        return _heard(claims, message)

    def lists(self, message: Any, call: Any, unsaid: Any = None) -> Any:
        """`unsaid`: a value, or several, that an argument may be without being said."""
        silent = unsaid if isinstance(unsaid, list) else [unsaid]
        if call is UNKNOWN or call is None or call.malformed or any(value is UNKNOWN for value in silent):
            return UNKNOWN
        tool = self.program.tools.get(call.tool)
        kinds = dict(tool.params) if tool is not None else {}
        given = {n: declared(v, kinds.get(n, "json"), self.program.records) for n, v in call.arguments.items()}
        changing = self.seen.changing(given, self._is_row)
        details = {name: value for name, value in changing.items() if value not in silent}
        text = _text_of(message)
        if text is UNKNOWN:
            return UNKNOWN
        answer, lacking = listing(text, details, self.seen.rows, self.seen.alone)
        if lacking and (answer not in self._lacking or len(lacking) < len(self._lacking[answer])):
            self._lacking[answer] = lacking
        return UNKNOWN if answer is None else answer

    def _is_row(self, key: str, row: Any) -> bool:
        """Whether an object is a row of a table with this key."""
        tables, records = self.program.schema.tables, self.program.records
        return any(
            tables[table][0] == key
            and has_only_declared(row, records[record])
            and conforms(row, ("record", record), records)
            for table, record in self.program.rows.items()
        )

    def invented(self, message: Any) -> Any:
        """Ids, amounts and dates that nothing so far has stated."""
        text = _text_of(message)
        return UNKNOWN if text is UNKNOWN else self.seen.invented(text)


def _text_of(thing: Any) -> Any:
    """The words of a message, text, step or result."""
    kind = type(thing)
    if kind is Message or kind is Step:
        return thing.text or ""
    if thing is UNKNOWN or isinstance(thing, str):
        return thing
    if thing is None:
        return ""
    if isinstance(thing, list):
        return UNKNOWN if any(part is UNKNOWN for part in thing) else "\n\n".join(map(_text_of, thing))
    if isinstance(thing, Call):
        return thing.result_text or ""
    return plain_number(thing) if is_number(thing) else to_json(thing)


def _heard(recognise: Callable[..., Any], thing: Any, *rest: Any) -> Any:
    text = _text_of(thing)
    if text is UNKNOWN:
        return UNKNOWN
    for given in rest:
        if given is UNKNOWN or (type(given) is list and UNKNOWN in given):
            return UNKNOWN
    answer = recognise(text, *rest)
    return UNKNOWN if answer is None else answer
