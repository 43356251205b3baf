"""Desks by chance that say what the plain ones never do: times of day, effects, invariants, named alternatives and more.

The plain desks are pinned by their seeds, so what is new is written here, for seeds from `WIDE` on.
"""

# ruff: noqa: E501 - templates and tables are read line by line

from . import strategies
from .strategies import BOOL, DATETIME, DECIMAL, INT, TEXT, Env, T, Writer

WIDE = 100_000
TIME: T = ("time",)


class Wider(Writer):
    """Writes one desk, as a `Writer` does, with more to say."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        box = self.schema.records["Box"]
        box["opens"] = TIME
        if self.chance(0.5):
            box["closes"] = ("opt", TIME)

    # --- expressions

    def literal(self, kind: T, env: Env, depth: int) -> str:
        if kind == TIME:
            return str(self.pick(("15:00", "00:00", "23:30", "10:00:30")))
        return super().literal(kind, env, depth)

    def compound(self, kind: T, env: Env, depth: int) -> str | None:
        if kind == TIME and self.chance(0.7):
            return f"({self.time(env, depth)})"
        if kind == ("opt", DECIMAL) and self.chance(0.4):
            return f"arithmetic({self.pick((chr(34) + '1 + 2 * 3' + chr(34), self.expr(TEXT, env, 0)))})"
        return super().compound(kind, env, depth)

    def make(self, name: str, fields: dict[str, T], env: Env, depth: int) -> str:
        """Rows with keys of their own table."""
        own = {key: ("ref", table) for table, (record, key) in self.schema.tables.items() if record == name}
        return super().make(name, fields | own, env, depth)

    def time(self, env: Env, depth: int) -> str:
        if self.chance(0.5):
            return f"time_of({self.expr(DATETIME, env, depth)})"
        return f"{self.expr(TIME, env, depth)} {self.pick('+-')} {self.pick(('90 minutes', '1 hour', '30 minutes'))}"

    def boolean(self, kind: T, env: Env, depth: int) -> str:
        def e(wanted: T) -> str:
            return self.expr(wanted, env, depth)

        if not self.chance(0.25):
            return super().boolean(kind, env, depth)
        options = ["time", "named", "map", "sum", "tuple"]
        match self.pick([*options, "call"] if env.place == "rule" else options):
            case "time":
                return f"{e(TIME)} {self.pick(('<', '<=', '>', '>=', '==', '!='))} {e(TIME)}"
            case "named":
                return f"{self.pick(('any', 'all'))} of {{ one: {e(BOOL)}, other: {e(BOOL)} }}"
            case "map":
                pairs = f"map_of((x, {e(INT)}) for x in {self.expr(('list', TEXT), env, 1)})"
                return f"{pairs}[{self.expr(TEXT, env, 1)}] {self.pick(('is present', 'is absent', '== 1'))}"
            case "sum":
                return f"arithmetic({self.pick((chr(34) + '2 * (3 - 1)' + chr(34), self.expr(TEXT, env, 1)))}) {self.pick(('is present', '== 4'))}"
            case "tuple":
                return f"(({e(INT)}, {e(TEXT)}) {self.pick(('==', '!='))} ({e(INT)}, {e(TEXT)}))"
        calls = [n for n, t in env.names.items() if t[0] == "call"]
        return f'mentions({self.pick(calls)}, "{self.pick(strategies.TEXTS[:3])}")' if calls else e(BOOL)

    # --- statements

    def rule_statement(self, env: Env, lines: list[str], depth: int, loop: str) -> Env:
        if not self.chance(0.12):
            return super().rule_statement(env, lines, depth, loop)
        tool, name = self.pick(self.tools), self.name("c")
        status = self.pick(("", "ok ", "failed "))
        lines.append(
            f"let {name} = {self.pick(('last', 'first', 'only'))}(earlier {status}call to {tool}) else {self.leave(env, 'rule', loop)}"
        )
        return env.add(name, ("call", frozenset({tool})))

    def tool_statement(self, env: Env, lines: list[str], depth: int, loop: str) -> Env:
        if not self.chance(0.12):
            return super().tool_statement(env, lines, depth, loop)
        rows = [n for n, t in env.names.items() if t == ("rec", "Box")]
        match self.pick(("do", "whole", "row")):
            case "do" if rows and env.place == "tool":
                lines.append(f"do mark({self.pick(rows)}, {self.expr(INT, env, 1)})")
            case "row" if rows:
                lines.append(f"set {self.pick(rows)}.opens = {self.expr(TIME, env, 1)}")
            case _:
                lines.append(f"set tally = {self.make('Tally', self.schema.records['Tally'], env, 1)}")
        return env

    # --- declarations

    def desk(self) -> str:
        return super().desk() + "\n\n".join(["", *self.tail()]) + "\n"

    def tail(self) -> list[str]:
        """Declarations that stand behind the plain ones."""
        env = Env({"box": ("rec", "Box"), "by": INT}, "tool")
        parts = [
            f'effect mark(box: Box, by: int) "Marks a box." {{\n  require {self.expr(BOOL, env, 1)} else fail "unmarked"\n  increase tally.calls by by\n}}',
            "record Door { open: bool, code: email, more: json, tries: int where it >= 0 }\nuser state door: Door",
            f'invariant some_calls "Calls are counted." = {self.pick(("tally.calls >= 0", "every(b.opens == b.opens for b in boxes)", "no (boxes where .box_id == " + chr(34) * 2 + ")"))}',
            'fact offer: Color "what is offered" from agent version 1 { when mentions(it, "blue") then blue }',
            f"define pair -> (int, text) = ({self.expr(INT, Env({}, 'define'), 1)}, {self.expr(TEXT, Env({}, 'define'), 1)})",
            'read tool peek(box_id: ref boxes "The box.") -> (text, int) "Peeks." { let b = boxes[box_id] else fail "none"  return (b.box_id, count(boxes)) }',
            'tool greet() "Greets." { return "hello" }',
        ]
        self.tools["peek"] = ([("box_id", ("ref", "boxes"))], ("tup", TEXT, INT))
        call = Env({"call": ("call", frozenset())}, "rule")
        name = self.name("w")
        parts.append(
            f'rule {name} "As it is offered." {{\n  before call to {self.pick(self.tools)}\n  require l: stated.offer == red or {self.expr(BOOL, call, 1)} because "of the offer"\n}}'
        )
        event = self.pick(("message", "agent message", "user call", "step"))
        duty = self.pick((f"then {event}", f"eventually {event}", f"never {event} until call to greet"))
        parts.append(f'rule {self.name("w")} "After it." {{ after ok call to peek  {duty} because "so it is" }}')
        parts.append(
            f'rule {self.name("w")} {{ at most {self.dice.randint(1, 2)} call to peek per .box_id because "once is enough" }}'
        )
        parts.append(f"exception {self.name('ex')} to {name} {{ before call  when {self.expr(BOOL, call, 1)} }}")
        return parts


def writer_of(seed: int) -> Writer:
    """Who writes the desk of a seed."""
    return Wider(seed) if seed >= WIDE else Writer(seed)


__all__ = ["WIDE", "Wider", "writer_of"]
