"""The way out of a refusal, read off the rule that refuses: what to ask, what to look up, what to say first.

In: a rule's core nodes and the call that was refused. Out: a sentence for the agent, or nothing where the rule's own
text must do. Nothing here knows a desk: sentences follow from what a requirement looks at. What is not known is never
called impossible.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from ..backends.python.runtime.events import Call
from ..core.nodes import Apply, Check, Const, Duty, Events, Expr, Fold, Get, Node, Rule, Var
from ..core.spec import Define, Spec
from ..core.types import ListType, MapType, RecordType, Ref, Type, strip
from ..core.walk import walk
from .state import dumps

WORDS = ("message", "step")
LONGEST = 300


@frozen
class Way:
    """What can be done about a refusal. Where one is final (`rank` above 0), no word of the user and no other call
    helps, so ways of a lower rank lead nowhere."""

    text: str
    rank: int = 0


NONE = Way("", -2)
UNDECIDED = Way("Look up or ask what this rests on; if nobody can tell you, do not promise it.", -1)
IMPOSSIBLE = Way("As things stand this cannot be done: tell the user so.", 3)
OTHERWISE, ENOUGH = 1, 2


def needs_words(rule: Rule, spec: Spec) -> bool:
    """Whether a rule can be judged only by one who hears what is said: it looks at messages, steps or
    stated facts. A guard sees calls alone. `Rule.talk` asks another question, whether a rule is about what is said, and
    sets aside rules for an agent that works alone: recognised language in an argument is talk, and needs no ear; a step
    is looked at by ear, and is talk by its text alone.
    """
    patterns = [rule.pattern, *(p for d in rule.duties for p in (d.pattern, d.until))]
    patterns += [n.pattern for n in _reached((rule.body, rule.duties), spec) if isinstance(n, Events)]
    facts = any(isinstance(n, Apply) and n.op.startswith("define:stated.") for n in _reached(rule.body, spec))
    return facts or any(p is not None and p.kind in WORDS for p in patterns)


def _reached(things: Any, spec: Spec) -> Iterator[Node]:
    """The nodes of some parts of a rule, and of every definition that they lead to."""
    seen: set[str] = set()
    waiting = [things]
    while waiting:
        for node in walk(waiting.pop()):
            yield node
            if isinstance(node, Apply) and node.op.startswith("define:") and node.op not in seen:
                seen.add(node.op)
                define = spec.defines.get(node.op.removeprefix("define:"))
                waiting += [define.body] if define is not None else []


def is_firm(spec: Spec, rule_name: str, label: str, call: Call | None) -> bool:
    """Whether no word of the user and no other call lets this one be made: a limit that is reached, or a requirement
    on how things stand that does not hold."""
    rule, out = spec.rules[rule_name], way_out(spec, rule_name, label, call)
    hangs_on_what_happens = bool(rule.duties) or any(isinstance(n, Events) for n in _reached(rule.body, spec))
    return out.rank > 0 or not (out.text or hangs_on_what_happens or needs_words(rule, spec))


def way_out(spec: Spec, rule_name: str, label: str, call: Call | None, confirms: bool = True) -> Way:
    """What an agent can do about a requirement that stands in its way. `confirms`: whether a yes can be of use."""
    rule = spec.rules[rule_name]
    if label == "at_most":
        return _enough(rule) if call is not None else NONE
    owed = [d for d in rule.duties if d.mode == label]
    if owed:
        return Way(" ".join(dict.fromkeys(map(_duty, owed))))
    found = _asked_for(rule, label, spec, call, confirms)
    if not found and label and rule.basis == "contract" and call is not None:
        return _choose_another(_meant(rule, label), call)
    return Way(" ".join(found)) if found else NONE


def way_to_know(spec: Spec, rule_name: str, label: str, call: Call | None, rows: Iterable[tuple[str, str]]) -> Way:
    """What an agent can do where too little is known to judge a requirement. `rows`: those it asked for in vain."""
    looks = list(dict.fromkeys(filter(None, (_look_up(spec, *row) for row in rows))))
    found = looks or (_asked_for(spec.rules[rule_name], label, spec, call) if label != "at_most" else [])
    return Way(" ".join(found)) if found else UNDECIDED


def settled(ways: Iterable[Way]) -> list[str]:
    """The ways out of several refusals, each once. Where one thing cannot be done at all, the others lead nowhere."""
    found = [w for w in dict.fromkeys(ways) if w.text]
    rank = max((w.rank for w in found), default=0)
    return [w.text for w in found if w.rank == rank]


def limit_of(spec: Spec, rule_name: str, label: str) -> str:
    """What a requirement asks, with its numbers, where it draws a line that the author's own words do not name."""
    from ..backends.prompt.demands import mentions_all
    from ..backends.prompt.rules import read_rule

    rule = spec.rules[rule_name]
    checks = [c for c in _meant(rule, label) if any(_draws_a_line(n) for n in walk(c.condition))]
    if not checks or label == "at_most":
        return ""
    atoms = [a for a in read_rule(spec, rule) if a.label == label and a.exception is None and a.formal]
    asked = atoms[0].formal.partition(": ")[2] if atoms and atoms[0].formal else ""
    told = " ".join([rule.doc, *(c.because for c in checks)])
    return f"{asked[0].upper()}{asked[1:]}" if asked and not mentions_all(told, asked) else ""


def _draws_a_line(node: Node) -> bool:
    """A comparison of amounts, lengths of time or moments."""
    return isinstance(node, Apply) and node.op in ("lt", "le", "gt", "ge")


def _enough(rule: Rule) -> Way:
    """A limit is reached."""
    counted = [n for n in walk(rule.body) if isinstance(n, Check) and n.label == "at_most"]
    most = [a.value for c in counted for n in walk(c.condition) if isinstance(n, Apply) and n.op == "lt"
            for a in n.args if isinstance(a, Const)]  # fmt: skip
    times = {1: "once", 2: "twice"}.get(most[0], f"{most[0]} times") if most else "as it stands"
    return Way(f"It has been done as often as is allowed ({times}): do not repeat it.", ENOUGH)


def _choose_another(checks: list[Check], call: Call) -> Way:
    """What cannot be done, or not with these arguments."""
    chosen = [n for c in checks for n in _compared(c.condition) if n in call.arguments]
    if not chosen:
        return IMPOSSIBLE
    given = ", ".join(f"{name} {dumps(call.arguments[name])}" for name in dict.fromkeys(chosen))
    return Way(f"This cannot be done with {given}: choose otherwise, or tell the user so.", OTHERWISE)


def _compared(condition: Expr) -> Iterator[str]:
    """The arguments of the call that are compared themselves, and are no keys of anything."""
    for node in walk(condition):
        if isinstance(node, Apply) and node.op in ("eq", "lt", "le", "gt", "ge", "in"):
            yield from (name for arg in node.args for name in _operands(arg))


def _operands(expr: Expr) -> Iterator[str]:
    match expr:
        case Get(Var("call"), name) if not isinstance(strip(expr.type), Ref):
            yield name
        case Apply("add" | "subtract" | "multiply" | "divide" | "round", args):
            yield from (name for arg in args for name in _operands(arg))


def _meant(rule: Rule, label: str) -> list[Check]:
    checks = [n for n in walk(rule.body) if isinstance(n, Check) and n.otherwise is None]
    return [c for c in checks if c.label == label] or checks


def _asked_for(rule: Rule, label: str, spec: Spec, call: Call | None, confirms: bool = True) -> list[str]:
    conditions = [c.condition for c in _meant(rule, label)]
    return list(dict.fromkeys(h for c in conditions for h in _hints(c, spec, call, confirms)))


def _duty(duty: Duty) -> str:
    """What has to come before anything else."""
    meant = duty.until if duty.mode == "never" else duty.pattern
    if duty.mode == "nothing":
        return "Do nothing more."
    if meant is None:
        return "Do not do this any more."
    if meant.kind == "call":
        return f"First call {_either(meant.tools)}."
    return "Wait for the user." if meant.role == "user" else "First say what is asked for, in a message of its own."


def _look_up(spec: Spec, table: str, key: str) -> str | None:
    """The call that shows a row."""
    for tool in spec.tools.values():
        shows = strip(tool.returns) == RecordType(spec.tables[table].record)
        if tool.kind == "read" and tool.requestor == "agent" and shows and len(tool.params) == 1:
            (param,) = tool.params
            if strip(param.type) == Ref(table):
                return f"First call `{tool.name}` with {param.name} {dumps(key)}."
    return None


def shows_rows(kind: Type, tables: Mapping[str, str]) -> bool:
    """Whether results of a type show rows. `tables`: the table of each record that has exactly one."""
    match strip(kind):
        case ListType(item) | MapType(_, item):
            return shows_rows(item, tables)
        case RecordType(name):
            return name in tables
    return False


def _hints(condition: Expr, spec: Spec, call: Call | None, confirms: bool) -> list[str]:
    """What would make a condition hold, a sentence each: all of them for `and`, one or the other for `or`."""
    match condition:
        case Apply("and", args):
            return [hint for arg in args for hint in _hints(arg, spec, call, confirms)]
        case Apply("or", args):
            ways = dict.fromkeys(" ".join(_hints(arg, spec, call, confirms)) for arg in args)
            return _one_of([way for way in ways if way])
        case Apply("not"):
            return []
        case Apply(op, args) if (define := _opened(op, spec)) is not None:
            inner = (*args, define.body)
            return [hint for part in inner for hint in _hints(part, spec, call, confirms)]
    return list(_done_by(condition, spec, call, confirms))


def _opened(op: str, spec: Spec) -> Define | None:
    """A definition of the desk's own that a condition is made of."""
    found = spec.defines.get(op.removeprefix("define:")) if op.startswith("define:") else None
    return found if found is not None and found.kind == "define" else None


def _one_of(ways: list[str]) -> list[str]:
    """Sentences of which one is to be done."""
    if len(ways) < 2:
        return ways
    parts = [f"{way[0].lower()}{way[1:].removesuffix('.')}" for way in ways]
    return [f"Either {', or '.join(parts)}."]


def _done_by(condition: Expr, spec: Spec, call: Call | None, confirms: bool) -> Iterator[str]:
    nodes = list(_reached(condition, spec))
    ops = {n.op for n in nodes if isinstance(n, Apply)}
    if ops & {"lists", "affirms"} and call is not None and confirms:
        yield f"List these details to the user, ask for confirmation of: {_shown(call)}, and wait for an explicit yes."
    for node in nodes:
        if isinstance(node, Fold) and node.op == "some":
            yield from _first_calls(node, call)
        elif isinstance(node, Apply) and node.op.startswith("define:stated."):
            fact = spec.defines[node.op.removeprefix("define:")]
            yield f"Ask the user {fact.doc}." if fact.doc else "Ask the user first."


def _first_calls(node: Fold, call: Call | None) -> Iterator[str]:
    """Calls that must have been made before."""
    events = next((n for n in walk(node.source) if isinstance(n, Events)), None)
    if events is None or events.pattern.kind != "call" or events.pattern.status == "failed":
        return
    same = _same_arguments(node, call)
    yield f"First call {_either(events.pattern.tools)}{f' with {same}' if same else ''}."


def _either(tools: Iterable[str]) -> str:
    return " or ".join(f"`{t}`" for t in sorted(tools)) or "a tool"


def _same_arguments(node: Fold, call: Call | None) -> str:
    """The arguments that an earlier call must share with this one."""
    if call is None:
        return ""
    asked = [n for n in walk(node.source) if isinstance(n, Apply) and n.op == "eq"]
    names = [{a.name for a in n.args if isinstance(a, Get)} for n in asked if all(isinstance(a, Get) for a in n.args)]
    shared = [next(iter(s)) for s in names if len(s) == 1]
    return ", ".join(f"{n} {dumps(call.arguments[n])}" for n in dict.fromkeys(shared) if n in call.arguments)


def _shown(call: Call) -> str:
    """A call as words."""
    given = ", ".join(f"{name} {dumps(value)}" for name, value in call.arguments.items())
    text = f"{call.tool}{f' with {given}' if given else ''}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


__all__ = ["Way", "is_firm", "limit_of", "needs_words", "settled", "shows_rows", "way_out", "way_to_know"]
