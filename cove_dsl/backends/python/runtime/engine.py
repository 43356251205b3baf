"""Runs the functions that a specification was compiled to: its tools as a sandbox, its rules along a conversation.

The same engine works offline (a recorded conversation) and online (`allows` before a call, `observe` after it), so
that the two cannot disagree.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, NamedTuple

from .events import Call, Message, Step
from .language import affirms, amounts, claims, lists, mentions, says_amount, says_text, supports
from .values import UNKNOWN, is_number, plain_number, to_json
from .world import Fail, Schema, UnknownEffect, World, copied

# --- what a compiled specification hands over --------------------------------------------------------------------------

Kind = Any  # "text", "number", "int", "bool", "json", or (name, …): list, map, optional, tuple, record, variant


class ToolInfo(NamedTuple):
    run: Callable[..., Any] | None
    params: tuple[tuple[str, Kind], ...]
    returns: Kind
    kind: str
    role: str
    writes: tuple[str, ...]


class Pattern(NamedTuple):
    """Which events are meant; an empty set of tools means any."""

    kind: str
    role: str | None
    tools: frozenset[str]
    status: str | None

    def matches(self, event: Any) -> bool:
        if event.kind != self.kind:
            return False
        if self.kind != "call":
            return self.role is None or event.role == self.role
        if self.tools and event.tool not in self.tools:
            return False
        return self.status is None or event.ok is (self.status == "ok")


class RuleInfo(NamedTuple):
    run: Callable[..., None] | None
    when: str
    pattern: Pattern | None
    basis: str
    severity: str
    presupposes: tuple[str, ...]
    text: str
    reasons: dict[str, str]
    span: dict[str, Any] | None


class Program(NamedTuple):
    """A compiled specification."""

    name: str
    hash: str
    clock: str | None
    schema: Schema
    tools: dict[str, ToolInfo]
    rules: dict[str, RuleInfo]
    records: dict[str, Any]
    rows: dict[str, str]
    patterns: tuple[Pattern, ...]
    sync: Callable[..., None] | None
    texts: tuple[str, ...] = ()


class Judgement(NamedTuple):
    """One requirement looked at once. `verdict`: satisfied, violated, unknown, attempted or pending."""

    rule: str
    label: str
    verdict: str
    position: int
    message: int
    call: int | None
    text: str
    role: str


class Result(NamedTuple):
    """What a sandbox call gave: a value, or an error's text; `ok` None when that depends on what is not known."""

    ok: bool | None
    value: Any


# --- shapes ------------------------------------------------------------------------------------------------------------


def conforms(value: Any, kind: Kind, records: dict[str, Any]) -> bool:
    """Whether a JSON value has the shape that a type asks for. Enums and keys are texts; their values are not looked at."""
    if isinstance(kind, str):
        return _conforms_plain(value, kind)
    name = kind[0]
    if name == "optional":
        return value is None or conforms(value, kind[1], records)
    if name == "list":
        return isinstance(value, list) and all(conforms(v, kind[1], records) for v in value)
    if name == "map":
        return isinstance(value, dict) and all(conforms(v, kind[1], records) for v in value.values())
    if name == "tuple":
        return isinstance(value, list) and len(value) == len(kind) - 1 and all(conforms(v, k, records) for v, k in zip(value, kind[1:], strict=True))
    return isinstance(value, dict) and _conforms_record(value, records[kind[1]], records)


def _conforms_plain(value: Any, kind: str) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return kind == "json" or is_number(value)


def _conforms_record(value: dict[str, Any], shape: Any, records: dict[str, Any]) -> bool:
    tag, cases = shape
    fields = cases.get(value.get(tag) if tag else "")
    return fields is not None and all(conforms(value.get(name), kind, records) for name, kind in fields.items())


def shape_problem(value: Any, kind: Kind, records: dict[str, Any], path: str = "") -> str | None:
    """Where and how a value misses a type, in words."""
    if conforms(value, kind, records):
        return None
    if not isinstance(kind, str) and kind[0] == "optional":
        kind = kind[1]
    if isinstance(kind, str):
        return f"{path or 'the value'} must be {_ARTICLES[kind]}"
    if kind[0] == "list" and isinstance(value, list):
        return next(filter(None, (shape_problem(v, kind[1], records, f"{path}[{i}]") for i, v in enumerate(value))))
    if kind[0] == "map" and isinstance(value, dict):
        return next(filter(None, (shape_problem(v, kind[1], records, f"{path}/{k}") for k, v in value.items())))
    if kind[0] == "record" and isinstance(value, dict):
        return _record_problem(value, kind[1], records, path)
    return f"{path or 'the value'} must be {_ARTICLES[kind[0]]}"


def _record_problem(value: dict[str, Any], name: str, records: dict[str, Any], path: str) -> str:
    tag, cases = records[name]
    fields = cases.get(value.get(tag) if tag else "")
    if fields is None:
        return f"{path}/{tag} must be one of {', '.join(sorted(map(str, cases)))}"
    for field, kind in fields.items():
        if field not in value and not conforms(None, kind, records):
            return f"{path}/{field} is missing"
        problem = shape_problem(value.get(field), kind, records, f"{path}/{field}")
        if problem:
            return problem
    return f"{path} is not a {name}"


_ARTICLES = {"text": "a text", "bool": "true or false", "int": "a whole number", "number": "a number", "json": "JSON", "list": "a list",
             "map": "an object", "tuple": "a list of fixed length", "record": "an object"}


# --- the sandbox -------------------------------------------------------------------------------------------------------


class Sandbox:
    """Runs tools in a world. `c` in compiled functions."""

    def __init__(self, program: Program, world: World) -> None:
        self.program, self.world = program, world

    def fork(self) -> "Sandbox":
        return Sandbox(self.program, self.world.fork())

    def call(self, name: str, arguments: dict[str, Any], keep: bool = True) -> Result:
        """One call, then what follows every call. A failing call changes nothing.

        Without `keep` the value is the world's own and good only until the next call.
        """
        result = self._run(name, arguments)
        if keep and result.ok:
            result = Result(True, copied(result.value))
        if self.program.sync is not None:
            self._guarded(self.program.sync, {}, ())
        return result

    def _run(self, name: str, arguments: dict[str, Any]) -> Result:
        tool = self.program.tools.get(name)
        if tool is None:
            return Result(False, f"unknown tool `{name}`")
        problem = self.argument_problem(tool, arguments)
        if problem is not None:
            return Result(False, problem)
        if tool.run is None:
            self.world.forget(tool.writes)
            return Result(None, None)
        return self._guarded(tool.run, arguments, tool.writes)

    def _guarded(self, run: Callable[..., Any], arguments: dict[str, Any], writes: tuple[str, ...]) -> Result:
        self.world.begin()
        try:
            value = run(self, **{_parameter(k): v for k, v in arguments.items()})
        except Fail as refusal:
            self.world.rollback()
            return Result(False, str(refusal))
        except UnknownEffect:
            self.world.rollback()
            if writes:
                self.world.forget(writes)
            return Result(None, None)
        except (RecursionError, MemoryError):
            self.world.rollback()
            return Result(None, None)
        self.world.commit()
        return Result(True, value)

    def argument_problem(self, tool: ToolInfo, arguments: dict[str, Any]) -> str | None:
        names = {name for name, _ in tool.params}
        for name in arguments:
            if name not in names:
                return f"unexpected argument `{name}`"
        for name, kind in tool.params:
            if name not in arguments and not conforms(None, kind, self.program.records):
                return f"missing argument `{name}`"
            if not conforms(arguments.get(name), kind, self.program.records):
                return f"argument {shape_problem(arguments.get(name), kind, self.program.records, f'`{name}`')}"
        return None


def _parameter(name: str) -> str:
    return name + "_"


def known(value: Any) -> Any:
    """In a tool: what must be known for the effect to be known."""
    if value is UNKNOWN:
        raise UnknownEffect
    return value


def holds(value: Any) -> bool:
    """In a tool: a condition that decides what happens."""
    if value is UNKNOWN:
        raise UnknownEffect
    return bool(value)


# --- rules -------------------------------------------------------------------------------------------------------------


class Owed(NamedTuple):
    """What a rule still waits for."""

    rule: str
    mode: str
    pattern: Pattern | None
    condition: Callable[[Any], Any] | None
    until: Pattern | None
    until_condition: Callable[[Any], Any] | None
    origin: Any
    doubt: bool
    rest: tuple[Any, ...] = ()


class Run(Sandbox):
    """A sandbox with a memory: judges a conversation as it goes on."""

    def __init__(self, program: Program, world: World) -> None:
        super().__init__(program, world)
        self.past_of: dict[Pattern, list[Any]] = {p: [] for p in program.patterns}
        self.judgements: list[Judgement] = []
        self.broken: set[str] = set()
        self.owed: list[Owed] = []
        self.mismatches: list[tuple[Call, Any]] = []
        self.writes: list[Call] = []
        self.trusted = True
        self.events = 0
        self._said: list[str] = []
        self._objects: dict[str, list[Any]] | None = None
        self._amounts: set[Any] | None = None
        self._results: list[Any] = []
        self._event: Any = None
        self._rule = ""
        self._by_trigger = _triggers(program)

    # --- walking through

    def step(self, step: Step, events: list[Any]) -> None:
        """One message of a party: judged whole, then its text and calls in order."""
        self._judge(self._by_trigger.get(("on", "step", step.role), ()), step)
        for event in events:
            self.observe(event)

    def observe(self, event: Any) -> None:
        """One event, a call with its result if it has one."""
        if event.kind == "message":
            self._judge(self._by_trigger.get(("before", "message", event.role), ()), event)
            self._remember(event)
            self._advance(event)
            self._judge(self._by_trigger.get(("after", "message", event.role), ()), event)
            return
        event.view = self.view
        count = len(self.judgements)
        self._judge(self._by_trigger.get(("before", "call", event.tool), ()), event)
        if event.ok is False:
            self._forgive(count)
        self._execute(event)
        self._remember(event)
        self._advance(event)
        if event.ok is not None:
            self._judge(self._by_trigger.get(("after", "call", event.tool), ()), event)

    def allows(self, call: Call) -> list[Judgement]:
        """What the rules say of a call that has not been made. Nothing is remembered."""
        kept, broken = self.judgements, self.broken
        self.judgements, self.broken = [], set(broken)
        call.view = self.view
        if not call.step.calls:
            call.step.calls = [call]
        self._judge(self._by_trigger.get(("on", "step", call.role), ()), call.step)
        self._judge(self._by_trigger.get(("before", "call", call.tool), ()), call)
        found, self.judgements, self.broken = self.judgements, kept, broken
        return found

    def finish(self) -> None:
        """The conversation is over: what is owed is due."""
        for owed in self.owed:
            self._event = owed.origin
            self._rule = owed.rule
            if owed.mode in ("then", "eventually"):
                self.judge(owed.mode, UNKNOWN if owed.mode == "eventually" and owed.rest else False, owed.doubt)
            else:
                self.judge(owed.mode, True, owed.doubt)
        self.owed = []
        self._event = None
        self._judge(self._by_trigger.get(("end", "", ""), ()), None)

    # --- judging

    def _judge(self, names: tuple[str, ...], event: Any) -> None:
        rules = self.program.rules
        for name in names:
            rule = rules[name]
            if event is not None and rule.when != "on" and rule.pattern is not None and not rule.pattern.matches(event):
                continue
            if rule.presupposes and not self.broken.isdisjoint(rule.presupposes):
                continue
            self._event, self._rule = event, name
            assert rule.run is not None
            rule.run(self, event) if event is not None else rule.run(self)

    def judge(self, label: str, value: Any, doubt: bool, text: str = "") -> None:
        """Writes down what a requirement came to."""
        verdict = "satisfied" if value is True else "unknown" if value is UNKNOWN or doubt else "violated"
        event = self._event
        rule = self.program.rules[self._rule]
        if verdict == "violated":
            self.broken.add(self._rule)
        position, message, call, role = (event.position, event.message, getattr(event, "call", None), event.role) if event is not None else (self.events, -1, None, "agent")
        self.judgements.append(Judgement(self._rule, label, verdict, position, message, call, text or rule.reasons.get(label, ""), role))

    def owe(self, owed: list[Owed]) -> None:
        """Opens duties: a run of `then … then …` is one chain."""
        chain: list[Owed] = []
        for item in [*owed, None]:
            if item is not None and item.mode in ("then", "nothing"):
                chain.append(item)
                continue
            if chain:
                self.owed.append(chain[0]._replace(rest=tuple(chain[1:])))
                chain = []
            if item is not None:
                self.owed.append(item)

    def duty(self, mode: str, pattern: Pattern | None, condition: Any, until: Pattern | None, until_condition: Any, doubt: bool) -> Owed:
        return Owed(self._rule, mode, pattern, condition, until, until_condition, self._event, doubt)

    def _advance(self, event: Any) -> None:
        """What an event does to what is owed."""
        if not self.owed:
            return
        still: list[Owed] = []
        for owed in self.owed:
            after = self._met(owed, event)
            if after is not None:
                still.append(after)
        self.owed = still

    def _met(self, owed: Owed, event: Any) -> Owed | None:
        """The duty after an event; None once it is settled."""
        self._event, self._rule = event, owed.rule
        if owed.mode == "nothing":
            if event.role != "agent":
                return owed
            self.judge("nothing", False, owed.doubt)
            return None
        assert owed.pattern is not None
        if owed.mode == "then":
            return self._next(owed, event)
        match = _matches(owed.pattern, owed.condition, event)
        if owed.mode == "eventually":
            if match is True:
                self.judge("eventually", True, owed.doubt)
                return None
            return owed._replace(rest=(True,)) if match is UNKNOWN else owed
        return self._never(owed, event, match)

    def _next(self, owed: Owed, event: Any) -> Owed | None:
        pattern = owed.pattern
        assert pattern is not None
        party = pattern.role or ("agent" if pattern.kind == "call" else None)
        if party is not None and event.role != party:
            return owed
        match = _matches(pattern, owed.condition, event)
        self.judge("then", match, owed.doubt)
        if match is False or not owed.rest:
            return None
        return owed.rest[0]._replace(rest=owed.rest[1:])  # type: ignore[no-any-return]

    def _never(self, owed: Owed, event: Any, match: Any) -> Owed | None:
        if match is not False:
            self.judge("never", False if match is True else UNKNOWN, owed.doubt)
            return None
        if owed.until is not None and _matches(owed.until, owed.until_condition, event) is True:
            self.judge("never", True, owed.doubt)
            return None
        return owed

    def _forgive(self, since: int) -> None:
        """A call that the tool refused was only attempted, where the rule is about the world and the call alone."""
        for i in range(since, len(self.judgements)):
            found = self.judgements[i]
            rule = self.program.rules[found.rule]
            if found.verdict == "violated" and (rule.basis == "contract" or found.label == "at_most"):
                self.judgements[i] = found._replace(verdict="attempted")
                self.broken = {j.rule for j in self.judgements if j.verdict == "violated"}

    # --- the world goes along

    def _execute(self, call: Call) -> None:
        """Runs a recorded call in our own world, and learns from its result."""
        tool = self.program.tools.get(call.tool)
        if tool is None or call.malformed:
            return
        if call.ok is None and tool.kind != "write":
            return
        fork_needed = call.ok is False and tool.kind == "write"
        before = self.world.fork() if fork_needed else None
        result = self.call(call.tool, call.arguments, keep=False)
        if call.ok is not None and self.trusted and result.ok is not None and not self._agrees(call, result):
            self.mismatches.append((call, Result(result.ok, copied(result.value))))
            if before is not None and result.ok:
                self.world = before
        if tool.kind == "write" and (call.ok if call.ok is not None else result.ok):
            self.writes.append(call)
        if call.ok and not self.world.complete:
            self._learn(tool, call)

    def _agrees(self, call: Call, result: Result) -> bool:
        if call.ok is not result.ok:
            return False
        if not result.ok:
            return error_text(call.result_text) == result.value
        return alike(call.result, result.value)

    def _learn(self, tool: ToolInfo, call: Call) -> None:
        """In a partly known world a result tells what its rows hold now."""
        found = self.view(call, "result")
        if found is not UNKNOWN and found is not None:
            learn(self.world, tool.returns, found, self.program.rows)

    def _remember(self, event: Any) -> None:
        self.events += 1
        for pattern, past in self.past_of.items():
            if pattern.matches(event):
                past.append(event)
        if event.kind == "message":
            if event.role == "user":
                self._said.append(event.text)
                self._amounts = None
        elif event.ok is not None and event.result_text:
            self._said.append(event.result_text)
            self._amounts = None
            if event.ok:
                self._results.append(event.result)
                self._objects = None

    # --- what compiled rules ask

    def view(self, call: Call, name: str) -> Any:
        """A call's argument, result or other field, unknown where its shape is not the declared one."""
        tool = self.program.tools.get(call.tool)
        if name == "result":
            if not call.ok or tool is None:
                return None
            value = call.result_text if tool.returns == "text" else call.result
            return value if conforms(value, tool.returns, self.program.records) else UNKNOWN
        for param, kind in tool.params if tool is not None else ():
            if param == name:
                value = call.arguments.get(name)
                return value if conforms(value, kind, self.program.records) else UNKNOWN
        return {"tool": call.tool, "role": call.role, "arguments": call.arguments, "error": call.result_text if call.ok is False else None}.get(name)

    def past(self, pattern: Pattern, before: Any = None, after: Any = None, windows: int = 0) -> Any:
        """Past events of a pattern, oldest first. `windows`: 1 before, 2 after, 3 both are given."""
        found = self.past_of[pattern]
        if not windows:
            return found
        if (windows & 1 and before is UNKNOWN) or (windows & 2 and after is UNKNOWN):
            return UNKNOWN
        if (windows & 1 and before is None) or (windows & 2 and after is None):
            return []
        low = after.position if windows & 2 else -1
        high = before.position if windows & 1 else self.events + 1
        return [e for e in found if low < e.position < high]

    def affirms(self, message: Any) -> Any:
        return _heard(affirms, message)

    def mentions(self, thing: Any, phrases: Any) -> Any:
        return _heard(mentions, thing, phrases)

    def says(self, message: Any, sentence: Any) -> Any:
        return _heard(says_text, message, sentence)

    def says_amount(self, message: Any, amount: Any) -> Any:
        return _heard(says_amount, message, amount)

    def claims(self, message: Any) -> Any:
        return _heard(claims, message)

    def lists(self, message: Any, call: Any) -> Any:
        if call is UNKNOWN or call is None:
            return UNKNOWN
        return _heard(lists, message, {k: v for k, v in call.arguments.items() if not self._is_caller(v)}, self._known_objects)

    def _is_caller(self, value: Any) -> bool:
        """Whether a value is the whole answer of an earlier call: a key that was looked up, not a detail to be said."""
        return isinstance(value, str) and any(isinstance(r, str) and r == value for r in self._results)

    def invented(self, message: Any) -> Any:
        """Ids and dates that nothing so far has stated; unknown if only amounts are unaccounted for."""
        text = _text_of(message)
        if text is UNKNOWN:
            return UNKNOWN
        missing = [c for c in claims(text) if supports(c, self._said) is not True and supports(c, self.program.texts) is not True]
        sure = [c for c in missing if not c.startswith("$")]
        return sure or (UNKNOWN if any(not self._derivable(c) for c in missing) else [])

    def _derivable(self, claim: str) -> bool:
        """Whether an amount is a sum of listed amounts, or a sum or difference of two such."""
        if self._amounts is None:
            self._amounts = amounts_from(self._results, self._said)
        found = amounts(claim)
        return all(a in self._amounts or any(a - b in self._amounts or a + b in self._amounts for b in self._amounts) for a in found)

    def _known_objects(self, key: str) -> list[Any]:
        if self._objects is None:
            self._objects = {}
            for result in self._results:
                _index(result, self._objects)
        return self._objects.get(key, [])


LONGEST_SUBSETS = 8
MOST_AMOUNTS = 5_000


def amounts_from(results: list[Any], texts: list[str]) -> set[Any]:
    """Amounts that were seen, and what some of the amounts listed together come to."""
    found: set[Any] = {a for t in texts if len(t) < 2_000 for a in amounts(t)}
    stack = list(results)
    while stack and len(found) < MOST_AMOUNTS:
        top = stack.pop()
        if is_number(top):
            found.add(top)
        elif isinstance(top, dict):
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
            for name in {n for i in top if isinstance(i, dict) for n in i}:
                found |= _subset_sums([i[name] for i in top if isinstance(i, dict) and is_number(i.get(name))])
    return found


def _subset_sums(parts: list[Any]) -> set[Any]:
    sums: set[Any] = {0} if 1 < len(parts) <= LONGEST_SUBSETS else set()
    for part in parts if sums else ():
        sums |= {s + part for s in sums}
    return sums


def _index(value: Any, into: dict[str, list[Any]]) -> None:
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, list):
            stack.extend(top)
        elif isinstance(top, dict):
            for item in top.values():
                if isinstance(item, str):
                    into.setdefault(item, []).append(top)
                elif isinstance(item, (dict, list)):
                    stack.append(item)


def _triggers(program: Program) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Rules by what sets them off."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, rule in program.rules.items():
        if rule.run is None:
            continue
        for key in _keys(program, rule):
            found.setdefault(key, []).append(name)
    return {k: tuple(v) for k, v in found.items()}


def _keys(program: Program, rule: RuleInfo) -> list[tuple[str, str, str]]:
    pattern = rule.pattern
    if pattern is None:
        return [("end", "", "")]
    if pattern.kind == "call":
        return [(rule.when, "call", tool) for tool in (pattern.tools or program.tools)]
    return [(rule.when, pattern.kind, role) for role in ([pattern.role] if pattern.role else ["agent", "user"])]


def _matches(pattern: Pattern, condition: Callable[[Any], Any] | None, event: Any) -> Any:
    if not pattern.matches(event):
        return False
    return True if condition is None else condition(event)


def _text_of(thing: Any) -> Any:
    """The words of a message, text, step or result."""
    if thing is UNKNOWN or isinstance(thing, str):
        return thing
    if thing is None:
        return ""
    if isinstance(thing, (Message, Step)):
        return thing.text or ""
    if isinstance(thing, Call):
        return thing.result_text or ""
    return plain_number(thing) if is_number(thing) else to_json(thing)


def _heard(recognise: Callable[..., Any], thing: Any, *rest: Any) -> Any:
    text = _text_of(thing)
    if text is UNKNOWN or any(r is UNKNOWN for r in rest):
        return UNKNOWN
    answer = recognise(text, *rest)
    return UNKNOWN if answer is None else answer


def error_text(text: str | None) -> str:
    """The error as the tool gave it, without the wire's prefix."""
    found = text or ""
    return found.removeprefix("Error:").strip() if found.startswith("Error:") else found


def learn(world: World, kind: Kind, value: Any, rows: dict[str, str]) -> None:
    """Rows that a value of a type shows become known."""
    if isinstance(kind, str) or value is None:
        return
    name = kind[0]
    if name in ("list", "map"):
        for item in value.values() if isinstance(value, dict) else value:
            learn(world, kind[1], item, rows)
    elif name == "optional":
        learn(world, kind[1], value, rows)
    elif name == "record" and kind[1] in rows:
        world.learn(rows[kind[1]], value)


HALF_A_CENT = Fraction(1, 200)


def alike(a: Any, b: Any) -> bool:
    """Equality up to half a cent, also of numbers inside texts; absent and missing alike. For comparing with records."""
    if a is b or (type(a) is type(b) and a == b):
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    if is_number(a) and is_number(b):
        return abs(Fraction(a) - Fraction(b)) <= HALF_A_CENT
    if isinstance(a, dict) and isinstance(b, dict):
        return all(alike(a.get(k), b.get(k)) for k in a.keys() | b.keys())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if is_number(a) and isinstance(b, str) or is_number(b) and isinstance(a, str):
        return _number_text(a) is not None and alike(_number_text(a), _number_text(b))
    return bool(a == b)


def _number_text(value: Any) -> Any:
    if is_number(value):
        return value
    try:
        return Decimal(value) if len(value) <= 40 else None
    except (InvalidOperation, ValueError):
        return None
