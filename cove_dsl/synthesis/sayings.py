"""What the rules want the agent to say, found by listening to the rules themselves.

In: a conversation so far, what the agent is about to say, and what it means to do next. Out: the same words, with what
the rules want said besides: sentences word for word, words to mention, amounts and ids. A copy of the conversation goes
on with a candidate; what its rules ask of the agent's words are the next candidates, and what they judge decides.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import field, frozen

from ..backends.python.runtime.duties import Owed
from ..backends.python.runtime.engine import Run
from ..backends.python.runtime.events import Message
from ..core.nodes import Apply, Const, Events, Rule
from ..core.spec import Spec
from ..core.walk import walk
from ..world.desk import Desk, World
from ..world.monitor import Monitor
from . import phrases as say
from .goals import event_of
from .parties import STOP, Chat, spoken
from .tasks import Call
from .wanted import Want, placed, sentences_for

HEARD = ("says", "says_amount", "says_id", "mentions", "matches")
TEXTS = frozenset({"contains", "starts_with", "ends_with", "eq", "same_text"})
PROPOSALS = frozenset({"affirms", "lists", "invented", "claims"})  # what a proposal and its yes come to
MOST_TRIALS = 60
DEPTH = 3
WIDTH = 6

Lack = tuple[str, str]
"""A rule and the label of what it misses."""

Takes = Callable[[Want, str], bool]
"""Whether a sentence for a want may stand there."""


@frozen
class Plan:
    """What the agent means to do once it has spoken: calls, with the user's yes or without; `last`: nothing more."""

    calls: tuple[Call, ...] = ()
    affirmed: bool = False
    last: bool = False


@frozen
class Trial:
    """What came of saying a text: what is missing of what rules want said, what else is wrong, whether one more message
    has to follow at once, and what was asked."""

    text: str
    lacking: frozenset[Lack]
    others: frozenset[Lack]
    goes_on: bool
    wants: tuple[Want, ...] = field(repr=False)


class Sayings:
    """Completes what one agent says in one conversation. `missing`: what it has found no words for; `forbidden`: of
    what it did find words for, the rule that forbids these."""

    def __init__(self, desk: Desk, world: World, monitor: Monitor) -> None:
        self.desk, self.world, self.spec, self.run = desk, world, desk.spec, monitor.run
        self.rules = listening_rules(desk.spec)
        patterns = [self.spec.rules[name].pattern for name in self.rules]
        self.of_messages = any(p is not None and p.kind == "message" for p in patterns)
        self.of_ends = any(self.spec.rules[name].when == "end" for name in self.rules)
        self.messages: list[Chat] = []
        self.missing: dict[Lack, str] = {}
        self.forbidden: dict[Lack, str] = {}
        self.left = 0

    def heard(self, messages: Iterable[Chat]) -> None:
        self.messages += messages

    def completed(self, text: str, plan: Plan, takes: Takes | None = None) -> Trial | None:
        """A text with all that rules want said by then, or None where they want nothing. `takes`: which sentences are
        said as early as this; what else is wanted can wait."""
        if not self._matters(plan):
            return None
        begun = self._try(text, plan)
        found = self._search(begun, plan, takes)
        if takes is None:
            self.missing |= dict.fromkeys(found.lacking, text)
        return found

    def before(self, call: Call) -> Trial | None:
        """What has to be said before a call is made, if anything has."""
        plan = Plan((call,))
        begun = self._try(None, plan) if self._matters(plan, speaks=False) else None
        if begun is None or not begun.lacking:
            return None
        found = self._search(self._try(say.NOT_YET, plan), plan)
        if not found.lacking < begun.lacking or found.others - begun.others:
            self.missing |= dict.fromkeys(begun.lacking, str(call["name"]))
            return None
        return found

    # --- trials

    def _matters(self, plan: Plan, speaks: bool = True) -> bool:
        """Whether some rule could want words now."""
        owed = any(o.rule in self.rules for group in self.run.owed.groups.values() for o in group)
        due = owed or (self.of_messages and speaks) or (self.of_ends and plan.last)
        tools = {c["name"] for c in plan.calls}
        return due or any(_is_before_call(self.spec.rules[n], tools) for n in self.rules)

    def _fresh(self) -> Monitor:
        """The conversation so far, once more."""
        monitor = self.desk.monitor(self.world, complete=True)
        monitor.observe(self.messages)
        return monitor

    def _try(self, text: str | None, plan: Plan) -> Trial:
        """What comes of a text, and of the calls after it."""
        monitor = self._fresh()
        run = monitor.run
        with _listening(run) as wants:
            found = list(monitor.observe(spoken(text))) if text is not None else []
            waiting, now = _waiting(run) if text is not None else [], run.events - 1
            late = [(o.rule, o.duties[0].mode) for o in waiting if o.since < now]
            goes_on = any(o.duties[0].mode == "then" and o.since >= now for o in waiting)
            if plan.affirmed:
                monitor.observe(spoken(say.YES[0], "user"))
            for call in plan.calls:
                found += run.allows(event_of(call), presuming=False)
            if plan.last:
                monitor.observe(spoken(f"{say.THANKS[0]} {STOP}", "user"))
                found += monitor.finish()
        wrong = {(j.rule, j.label) for j in found if j.verdict in ("violated", "unknown")} | set(late)
        lacking = frozenset(w for w in wrong if w[0] in self.rules)
        asked = tuple(dict.fromkeys([*wants, *self._texts(lacking)]))
        return Trial(text or "", lacking, frozenset(wrong) - lacking, goes_on, asked)

    def _texts(self, lacking: frozenset[Lack]) -> Iterator[Want]:
        """Texts that the rules compare messages with."""
        for rule in sorted({rule for rule, _ in lacking}):
            for node in _nodes(self.spec.rules[rule], self.spec):
                if isinstance(node, Apply) and node.op in TEXTS:
                    consts = (a.value for a in node.args if isinstance(a, Const) and isinstance(a.value, str))
                    yield from (Want("says", text) for text in consts if text)

    # --- the search

    def _search(self, begun: Trial, plan: Plan, takes: Takes | None = None) -> Trial:
        """The text that lacks least, by one sentence after the other."""
        best, self.left = begun, MOST_TRIALS
        while best.lacking and self.left > 0:
            better = self._better(best, begun, plan, takes)
            if better is None:
                break
            best = better
        return best

    def _better(self, best: Trial, begun: Trial, plan: Plan, takes: Takes | None) -> Trial | None:
        """A text that lacks less than another: with one more sentence, or several that are wanted together."""
        frontier = [best]
        for _ in range(DEPTH):
            longer: list[Trial] = []
            for trial in frontier:
                for text in self._longer(trial, takes):
                    if self.left <= 0:
                        return None
                    self.left -= 1
                    found = self._try(text, plan)
                    self._note(best, found)
                    if found.others - begun.others:
                        continue
                    if len(found.lacking) < len(best.lacking):
                        return found
                    longer.append(found)
            frontier = longer[:WIDTH]
        return None

    def _note(self, best: Trial, found: Trial) -> None:
        """Writes down which rule forbids what another wants."""
        broken = sorted((found.lacking | found.others) - best.lacking - best.others)
        for lack in best.lacking - found.lacking if broken else ():
            self.forbidden.setdefault(lack, broken[0][0])

    def _longer(self, trial: Trial, takes: Takes | None) -> Iterator[str]:
        rules = [self.spec.rules[name] for name in sorted({rule for rule, _ in trial.lacking})]
        for want in trial.wants:
            for sentence in sentences_for(want, rules, self.spec):
                if sentence not in trial.text and (takes is None or takes(want, sentence)):
                    yield from placed(trial.text, sentence)


# --- what rules listen to ---------------------------------------------------------------------------------------------


@contextmanager
def _listening(run: Run) -> Iterator[list[Want]]:
    """What a run asks of the agent's words meanwhile."""
    wants: list[Want] = []

    def listener(name: str) -> Any:
        asks = getattr(run, name)

        def listen(thing: Any, what: Any) -> Any:
            if not (isinstance(thing, Message) and thing.role == "user"):
                wants.append(Want(name, tuple(what) if isinstance(what, (list, set, frozenset)) else what))
            return asks(thing, what)

        return listen

    vars(run).update({name: listener(name) for name in HEARD})
    try:
        yield wants
    finally:
        for name in HEARD:
            del vars(run)[name]


def _waiting(run: Run) -> list[Owed]:
    """What is owed of the agent's next message, or of some message of it."""
    owed = (o for group in run.owed.groups.values() for o in group)
    return [
        o
        for o in owed
        if o.duties[0].mode in ("then", "eventually")
        and (pattern := o.duties[0].pattern) is not None
        and pattern.kind == "message"
        and pattern.role in ("agent", None)
    ]


def _nodes(rule: Rule, spec: Spec) -> Iterator[Any]:
    """Every node of a rule, and of the definitions that it rests on."""
    todo: list[Any] = [rule]
    known: set[str] = set()
    while todo:
        for node in walk((todo.pop(),)):
            yield node
            if isinstance(node, Apply) and node.op.startswith("define:") and node.op not in known:
                known.add(node.op)
                todo.append(spec.defines[node.op.removeprefix("define:")].body)


def greets(_: Want, sentence: str) -> bool:
    return say.GREETS.match(sentence) is not None


def is_word_for_word(want: Want, _: str) -> bool:
    return want.asked == "says"


def listening_rules(spec: Spec) -> set[str]:
    """The rules that want something of what the agent says."""
    return {name for name, rule in spec.rules.items() if _listens(rule, spec)}


def _listens(rule: Rule, spec: Spec) -> bool:
    """Whether a rule wants something of what the agent says, other than a proposal before a yes."""
    patterns = [p for p in (rule.pattern, *(d.pattern for d in rule.duties), *(d.until for d in rule.duties)) if p]
    nodes = list(_nodes(rule, spec))
    patterns += [n.pattern for n in nodes if isinstance(n, Events)]
    if rule.when == "judged" or not any(p.kind == "message" and p.role in ("agent", None) for p in patterns):
        return False
    asked = {n.op for n in nodes if isinstance(n, Apply)}
    return bool(asked & {*HEARD, "sentences"}) or not asked & PROPOSALS


def _is_before_call(rule: Rule, tools: set[str]) -> bool:
    """Whether a rule is judged before a call of one of some tools."""
    pattern = rule.pattern if rule.when == "before" else None
    if pattern is None or pattern.kind != "call" or not tools:
        return False
    return not tools.isdisjoint(pattern.tools or tools)


__all__ = ["Lack", "Plan", "Sayings", "Trial", "greets", "is_word_for_word", "listening_rules"]
