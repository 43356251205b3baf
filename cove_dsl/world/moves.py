"""What an agent can do about a refusal, as steps and in words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen

from .state import dumps

LONGEST = 300


@frozen
class Move:
    """One thing to do: `call` a tool, `say` something in these words (`text`; `how` they are meant), let the user
    `confirm` the call (`text` is what is proposed), `ask` the user for something, or `change` the call's arguments.
    `others`: tools that would do as well; `heard`: what the user would have to say."""

    kind: Literal["call", "say", "confirm", "ask", "change"]
    tool: str = ""
    arguments: Mapping[str, Any] = field(factory=dict, hash=False)
    text: str = ""
    others: tuple[str, ...] = ()
    how: Literal["words", "exact", "amount", "id"] = "words"
    heard: str = ""

    def words_said(self) -> str:
        """What the agent writes who does this."""
        return self.text if self.kind == "say" else f"{self.text}. Shall I?"

    def words(self, instead: bool = False) -> str:
        """The move as a sentence. `instead`: the call that was refused is not to come after it."""
        match self.kind:
            case "call":
                tools = " or ".join(f"`{t}`" for t in (self.tool, *self.others))
                given = ", ".join(f"{n} {dumps(v)}" for n, v in self.arguments.items())
                with_ = f" with {given}" if given else ""
                return f"Call {tools}{with_} instead." if instead else f"First call {tools}{with_}."
            case "say":
                return self._saying("Say" if instead else "First say")
            case "confirm":
                asks = f"ask for confirmation of: {self.text}"
                return f"List these details to the user, {asks}, and wait for an explicit yes."
        return f"Ask the user {self.text}." if self.text else "Do it only if the user asks for it."

    def _saying(self, say: str) -> str:
        match self.how:
            case "exact":
                return f"{say}, word for word: {_quoted(self.text)}"
            case "amount":
                return f"{say} what it comes to: {self.text}."
            case "id":
                return f"{say} which one is meant: {self.text}."
        return f"{say} so in these words: {_quoted(self.text)}"


@frozen
class Way:
    """What can be done about one requirement. Where it is final (`rank` above 0), no word of the user and no other call
    helps, so ways of a lower rank lead nowhere. `moves`: what its text names, one after the other."""

    text: str
    rank: int = 0
    moves: tuple[Move, ...] = ()
    unfit: "Unfit | None" = field(default=None, repr=False)


NONE = Way("", -2)
UNDECIDED = Way("Look up or ask what this rests on; if nobody can tell you, do not promise it.", -1)
OTHERWISE, ENOUGH, FINAL, OWED = 1, 2, 3, 4
UNASKED = "Look up what this rests on, or do it only if the user asks for it."
NOTHING_MORE = Way("Do nothing more.", OWED)
NO_MORE = Way("Do not do this any more.", FINAL)


def way_of(ways: Sequence[tuple[Move, ...]], instead: bool = False) -> Way:
    """Moves as a way; where there are several ways, one or the other."""
    ways = _merged(ways)
    told = list(dict.fromkeys(" ".join(_in_order(moves, instead)) for moves in ways))
    rank = OWED if instead else 0
    if len(told) == 1:
        return Way(told[0], rank, ways[0])
    parts = [f"{text[0].lower()}{text[1:].removesuffix('.')}" for text in told]
    return Way(f"Either {', or '.join(parts)}.", rank, ways[0])


def _in_order(moves: Sequence[Move], instead: bool) -> Iterable[str]:
    """Moves as sentences, each once; a call comes after the yes that it needs."""
    told = dict.fromkeys(m.words(instead) for m in moves)
    agreed = any(m.kind == "confirm" for m in moves)
    return (text.replace("First call", "Then call", 1) if agreed else text for text in told)


def _merged(ways: Sequence[tuple[Move, ...]]) -> Sequence[tuple[Move, ...]]:
    """Calls that differ in nothing but their tool as one."""
    first = ways[0]
    same = all(len(w) == 1 and w[0].kind == "call" and w[0].arguments == first[0].arguments for w in ways)
    if len(ways) < 2 or len(first) != 1 or not same:
        return ways
    tools = sorted({w[0].tool for w in ways})
    return [(Move("call", tools[0], first[0].arguments, others=tuple(tools[1:])),)]


def failing(move: Move) -> Way:
    """What would show more does not come about."""
    given = ", ".join(f"{n} {dumps(v)}" for n, v in move.arguments.items())
    return Way(f"`{move.tool}` with {given} fails: check with the user what is meant.")


def in_vain(rule: str) -> Way:
    """What would have to be said cannot be said."""
    return Way(f"What you would have to say for this breaks {rule} in turn: do not say it.")


def enough(most: int | None) -> Way:
    """A limit is reached."""
    times = {None: "as it stands", 1: "once", 2: "twice"}.get(most, f"{most} times")
    return Way(f"It has been done as often as is allowed ({times}): do not repeat it.", ENOUGH)


@frozen
class Unfit:
    """A call that cannot be made, because of the arguments that are `given`, or as things stand. `choosable`: they are
    the agent's to choose; `ruled`: rules that speak of what to do instead."""

    given: Mapping[str, Any] = field(hash=False)
    choosable: bool = False
    ruled: tuple[str, ...] = ()

    def way(self) -> Way:
        """Things that are as they are weigh more than arguments."""
        told = ", ".join(f"{n} {dumps(v)}" for n, v in self.given.items())
        instead = [f"do what {' and '.join(self.ruled)} says instead"] if self.ruled else []
        ways = [*(["choose otherwise"] if self.choosable else []), *instead, "tell the user so"]
        does = f"{', '.join(ways[:-1])}, or {ways[-1]}".removeprefix(", or ")
        if not told:
            return Way(f"As things stand this cannot be done: {does}.", FINAL, unfit=self)
        users = "" if self.choosable else " It is for the user to ask for something else."
        return Way(f"This cannot be done with {told}: {does}.{users}", OTHERWISE, unfit=self)


def as_stated(given: Mapping[str, Any], change: Move) -> Way:
    """An argument is not what the user has stated."""
    told = ", ".join(f"{n} {dumps(v)}" for n, v in given.items())
    return Way(f"What the user has stated is {told}: make the call with that.", OTHERWISE, (change,))


def shown(tool: str, arguments: Mapping[str, Any]) -> str:
    """A call as words."""
    given = ", ".join(f"{name} {dumps(value)}" for name, value in arguments.items())
    text = f"{tool}{f' with {given}' if given else ''}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def settled(ways: Iterable[Way]) -> list[Way]:
    """The ways out of several refusals, each once, and a yes last. Where one thing cannot be done at all, the others
    lead nowhere."""
    found = [w for w in {w.text: w for w in ways}.values() if w.text]
    rank = max((w.rank for w in found), default=0)
    left = [w for w in found if w.rank == rank]
    unfit = [w.unfit for w in left if w.unfit is not None]
    if len(unfit) > 1:
        given = {n: v for u in unfit for n, v in u.given.items()}
        ruled = tuple(dict.fromkeys(rule for u in unfit for rule in u.ruled))
        one = Unfit(given, all(u.choosable for u in unfit), ruled)
        left = [*(w for w in left if w.unfit is None), one.way()]
    return sorted(left, key=lambda w: any(m.kind == "confirm" for m in w.moves))


def _quoted(text: str) -> str:
    return f"“{text}”" if '"' in text else f'"{text}"'


__all__ = [
    "NONE", "NOTHING_MORE", "NO_MORE", "UNASKED", "UNDECIDED", "Move", "Unfit", "Way", "as_stated",
    "enough", "failing", "in_vain", "settled", "shown", "way_of",
]  # fmt: skip
