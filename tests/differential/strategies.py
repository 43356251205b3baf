"""Desks, databases and conversations by chance: well typed, small, and strange.

Everything follows from a seed. A desk is text, as an author would write it; whatever the grammar can say and chance can
reach is in some of them. Types are written as tuples: `("text",)`, `("list", T)`, `("rec", "Box")`, `("call", tools)`,
with `"ok"` behind it where it is known to have succeeded.
"""

# ruff: noqa: E501 - templates and tables are read line by line

import random
from decimal import Decimal
from typing import Any

T = tuple[Any, ...]

TEXT, INT, MONEY, DECIMAL, BOOL = ("text",), ("int",), ("money",), ("decimal",), ("bool",)
DATE, DATETIME, DURATION, COLOR = ("date",), ("datetime",), ("duration",), ("Color",)
PRIMS = (TEXT, INT, MONEY, DECIMAL, BOOL, DATE, DATETIME, DURATION, COLOR)
NUMBERS = (INT, MONEY, DECIMAL)
ORDERED = (INT, MONEY, DECIMAL, DATE, DATETIME, DURATION)
COLORS = {"red": "red", "green": "deep green", "blue": "blue"}
WORDS = ("yes", "no", "blue", "cancel", "T1", "$5", "refund", "please", "by mistake", "maybe", "B1", "2024-05-16", "12")
TEXTS = ("B1", "P1", "Ana", "ana", "x y", "", "deep green", "red", "a,b", "yes")
CASES = {
    "card": ("card", {"id": TEXT, "limit": MONEY}),
    "cash": ("cash", {"id": TEXT}),
    "iou": ("i.o.u.", {"id": TEXT, "due": DATE}),
}
PAY = ("rec", "Pay")
PART = {"name": TEXT, "price": MONEY, "amount": INT, "color": COLOR, "mark": ("opt", TEXT), "sizes": ("list", INT)}
ADDR = {"city": TEXT, "zip": TEXT}
BOX = {
    "owner": ("ref", "people"), "color": COLOR, "parts": ("list", ("rec", "Part")), "note": ("opt", TEXT), "weight": DECIMAL,
    "open": BOOL, "due": DATE, "seen": DATETIME, "pays": ("map", PAY), "grid": ("list", ("list", INT)),
    "best": ("opt", ("rec", "Part")), "wait": DURATION, "info": ("rec", "Addr"), "prices": ("list", MONEY),
}  # fmt: skip
PERSON = {
    "name": TEXT, "email": TEXT, "boxes": ("list", ("ref", "boxes")), "age": INT, "home": ("rec", "Addr"), "tags": ("list", TEXT),
    "pay": PAY, "born": DATE, "limits": ("map", MONEY), "cash": MONEY,
}  # fmt: skip
KEYS = {"boxes": ("B1", "B2", "B3", "B9"), "people": ("P1", "P2", "P9"), "bins": ("B1", "N1", "B9")}


class Schema:
    """Records by name, tables and states of one desk."""

    def __init__(self, dice: random.Random) -> None:
        self.records: dict[str, dict[str, T]] = {
            "Part": PART, "Addr": ADDR, "Tally": {"calls": INT, "log": ("list", TEXT), "latest": ("opt", TEXT), "worth": MONEY},
            "Box": {"box_id": TEXT, **_some(dice, BOX, 7)}, "Person": {"person_id": TEXT, **_some(dice, PERSON, 5)},
        }  # fmt: skip
        self.tables = {"boxes": ("Box", "box_id"), "people": ("Person", "person_id")}
        if dice.random() < 0.25:
            self.tables["bins"] = ("Box", "box_id")
        self.as_list = {t for t in self.tables if dice.random() < 0.3}

    def text(self) -> str:
        enum = ", ".join(n if n == w else f'{n} = "{w}"' for n, w in COLORS.items())
        cases = ", ".join(f'{n} = "{w}" {_fields(f)}' for n, (w, f) in CASES.items())
        lines = [f"enum Color {{ {enum} }}", f"variant Pay by kind {{ {cases} }}"]
        lines += [f"record {name} {_fields(fields)}" for name, fields in self.records.items()]
        lines += [
            f"table {t}: {r} key {k}{' as list' if t in self.as_list else ''}" for t, (r, k) in self.tables.items()
        ]
        return "\n".join([*lines, "state tally: Tally"])


def _some(dice: random.Random, fields: dict[str, T], least: int) -> dict[str, T]:
    names = list(fields)
    kept = set(dice.sample(names, dice.randint(least, len(names))))
    return {n: fields[n] for n in names if n in kept}


def _fields(fields: dict[str, T]) -> str:
    return "{ " + ", ".join(f"{n}: {written(t)}" for n, t in fields.items()) + " }"


def written(kind: T) -> str:
    match kind:
        case ("opt", inner):
            return f"{written(inner)}?"
        case ("list", inner):
            return f"list[{written(inner)}]"
        case ("map", inner):
            return f"map[id, {written(inner)}]"
        case ("ref", table):
            return f"ref {table}"
        case ("rec", name):
            return str(name)
        case ("tup", *parts):
            return f"({', '.join(map(written, parts))})"
        case ("msg", _):
            return "message"
    return str(kind[0])


class Env:
    """Names in scope with their types; `it` and where we are."""

    def __init__(self, names: dict[str, T], place: str, it: T | None = None) -> None:
        self.names, self.place, self.it = names, place, it

    def add(self, name: str, kind: T) -> "Env":
        return Env({**self.names, name: kind}, self.place, self.it)

    def with_it(self, kind: T) -> "Env":
        return Env(self.names, self.place, kind)


class Writer:
    """Writes one desk."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.way = random.Random(f"{seed} ways to say the same")  # leaves the draws of pinned seeds as they are
        self.schema = Schema(self.dice)
        self.functions: dict[str, tuple[list[tuple[str, T]], T]] = {}
        self.facts: dict[str, T] = {}
        self.tools: dict[str, tuple[list[tuple[str, T]], T]] = {}
        self.rules: list[tuple[str, list[str], str]] = []
        self.count = 0

    # --- chance

    def chance(self, p: float) -> bool:
        return self.dice.random() < p

    def pick(self, items: Any) -> Any:
        return self.dice.choice(list(items))

    def name(self, stem: str = "v") -> str:
        self.count += 1
        return f"{stem}{self.count}"

    # --- what can be reached

    def fields(self, kind: T) -> dict[str, T]:
        match kind:
            case ("rec", "Pay"):
                return {"id": TEXT}
            case ("rec", "Pay", case):
                return CASES[case][1]
            case ("rec", name):
                return self.schema.records[name]
            case ("msg", _):
                return {"text": TEXT, "role": TEXT}
            case ("step",):
                return {"role": TEXT, "calls": ("list", ("call", frozenset()))}
            case ("call", tools, *outcome):
                return self.call_fields(tools, bool(outcome))
        return {}

    def call_fields(self, tools: frozenset[str], ok: bool = False) -> dict[str, T]:
        found: dict[str, T] = {"tool": TEXT, "error": ("opt", TEXT)}
        signatures = [dict(self.tools[t][0]) for t in tools or self.tools]
        for name, kind in signatures[0].items() if signatures else ():
            if all(s.get(name) == kind for s in signatures):
                found[name] = kind  # noqa: PERF403
        returns = {self.tools[t][1] for t in tools}
        if len(returns) == 1 and self.chance(0.7):
            given = returns.pop()
            found["result"] = given if ok or given[0] == "opt" else ("opt", given)
        return found

    def paths(self, env: Env, deep: int = 2) -> list[tuple[str, T]]:
        """Everything that names lead to by fields."""
        found: list[tuple[str, T]] = list(env.names.items())
        if env.it is not None:
            found += [("it", env.it), *((f".{n}", t) for n, t in self.fields(env.it).items())]
        if env.place != "bare":
            found += [
                ("tally", ("rec", "Tally")),
                *((t, ("list", ("rec", r))) for t, (r, _) in self.schema.tables.items()),
            ]
        layer = found
        for _ in range(deep):
            layer = [(f"{text}.{n}", t) for text, kind in layer if text != "it" for n, t in self.fields(kind).items()]
            found = found + layer
        return found

    def reach(self, kind: T, env: Env) -> str | None:
        fitting = [text for text, t in self.paths(env) if t == kind]
        return self.pick(fitting) if fitting else None

    def lists(self, env: Env) -> list[tuple[str, T]]:
        return [(text, t[1]) for text, t in self.paths(env) if t[0] == "list"]

    # --- expressions

    def expr(self, kind: T, env: Env, depth: int = 3) -> str:
        if depth > 0 and self.chance(0.75):
            made = self.compound(kind, env, depth - 1)
            if made is not None:
                return made
        reached = self.reach(kind, env) if self.chance(0.8) else None
        return reached or self.literal(kind, env, depth)

    def literal(self, kind: T, env: Env, depth: int) -> str:
        match kind:
            case ("text",):
                return f'"{self.pick(TEXTS)}"'
            case ("int",):
                return str(self.dice.randint(0, 6))
            case ("money",):
                return self.pick(("$0", "$1.50", "$10", "$3.333"))
            case ("decimal",):
                return self.pick(("0.5", "2.0", "1.25", "10.10"))
            case ("bool",):
                return self.pick(("true", "false"))
            case ("date",):
                return self.pick(("2024-05-15", "2024-05-20", "2023-12-31"))
            case ("datetime",):
                return self.pick(("clock", "2024-05-15T10:00:00Z", "2024-05-14T23:30:00", "2024-05-15T15:00:00-05:00"))
            case ("duration",):
                return self.pick(("1 day", "24 hours", "90 minutes", "2 weeks"))
            case ("Color",):
                return self.pick(COLORS)
            case ("ref", table):
                return f'"{self.pick(KEYS[table])}"'
            case ("opt", inner):
                return "absent" if self.chance(0.3) else self.expr(inner, env, depth - 1)
            case ("list", inner):
                return "[" + ", ".join(self.expr(inner, env, depth - 1) for _ in range(self.dice.randint(1, 3))) + "]"
            case ("map", inner):
                return (
                    "{"
                    + ", ".join(f'"k{i}": {self.expr(inner, env, depth - 1)}' for i in range(self.dice.randint(1, 2)))
                    + "}"
                )
            case ("rec", "Pay", *_):
                case = self.pick(CASES)
                return self.make(case, CASES[case][1], env, depth)
            case ("rec", name):
                return self.make(name, self.schema.records[name], env, depth)
            case ("tup", *parts):
                return "(" + ", ".join(self.expr(p, env, depth - 1) for p in parts) + ")"
        raise AssertionError(kind)

    def make(self, name: str, fields: dict[str, T], env: Env, depth: int) -> str:
        given = {n: t for n, t in fields.items() if t[0] != "opt" or self.chance(0.5)}
        return f"{name}({', '.join(f'{n}: {self.expr(t, env, min(depth - 1, 1))}' for n, t in given.items())})"

    def compound(self, kind: T, env: Env, depth: int) -> str | None:
        makers = {"bool": self.boolean, "int": self.integer, "money": self.money, "decimal": self.decimal, "text": self.text,
                  "date": self.date, "datetime": self.datetime, "duration": self.duration, "list": self.list_of, "opt": self.optional}  # fmt: skip
        general = [self.choice, self.narrowed, self.function]
        maker = makers.get(kind[0])
        if maker is not None and self.chance(0.85):
            return f"({maker(kind, env, depth)})"
        found = self.pick(general)(kind, env, depth)
        return f"({found})" if found else None

    def choice(self, kind: T, env: Env, depth: int) -> str:
        return f"if {self.expr(BOOL, env, depth)} then {self.expr(kind, env, depth)} else {self.expr(kind, env, depth)}"

    def narrowed(self, kind: T, env: Env, depth: int) -> str | None:
        """A value that may be absent, used where it is there; or a field of one case."""
        if kind[0] in ("opt", "call", "msg", "step"):
            return None
        case, field = ("card", "limit") if kind == MONEY else ("iou", "due") if kind == DATE else (None, None)
        pays = [text for text, t in self.paths(env) if t == PAY]
        if case and pays and self.chance(0.6):
            pay = self.pick(pays)
            return f"if {pay} is {case} then {pay}.{field} else {self.expr(kind, env, depth)}"
        there = [text for text, t in self.paths(env) if t == ("opt", kind)]
        if not there:
            return None
        text = self.pick(there)
        said = text if self.way.random() < 0.5 else f"if {text} is present then {text}"
        return f"{said} else {self.expr(kind, env, depth)}"

    def function(self, kind: T, env: Env, depth: int) -> str | None:
        fitting = [n for n, (_, returns) in self.functions.items() if returns == kind]
        stated = [n for n, t in self.facts.items() if t == kind and env.place in ("rule", "define")]
        if stated and self.chance(0.4):
            return f"stated.{self.pick(stated)}"
        if not fitting or env.place == "bare":
            return None
        name = self.pick(fitting)
        args = [
            self.expr(t, env, depth)
            if t[0] != "msg"
            else self.reach(t, env) or self.reach(("msg", "user"), env) or self.reach(("msg", "agent"), env)
            for _, t in self.functions[name][0]
        ]
        if None in args:
            return None
        return f"{name}({', '.join(map(str, args))})" if args else name

    def boolean(self, _: T, env: Env, depth: int) -> str:
        def e(kind: T) -> str:
            return self.expr(kind, env, depth)

        options = [
            "compare",
            "order",
            "and",
            "or",
            "not",
            "quantify",
            "every",
            "member",
            "present",
            "case",
            "texts",
            "contain",
            "field",
        ]
        if env.place == "rule":
            options += ["earlier", "earlier", "language", "language"]
        match self.pick(options):
            case "compare":
                kind = self.pick((*PRIMS, ("list", INT), ("rec", "Addr")))
                other = ("opt", kind) if self.chance(0.25) else kind
                left = self.reach(other, env) or self.reach(kind, env) or e(kind)
                op, right = self.pick(("==", "!=")), self.expr(kind, env, depth)
                listed = kind == DATETIME and self.way.random() < 0.5
                return f"[{left}] {op} [{right}]" if listed else f"{left} {op} {right}"
            case "order":
                kind = self.pick(ORDERED)
                return f"{e(kind)} {self.pick(('<', '<=', '>', '>='))} {e(kind)}"
            case "and" | "or" as op:
                return f" {op} ".join(e(BOOL) for _ in range(self.dice.randint(2, 3)))
            case "not":
                return f"not {e(BOOL)}"
            case "quantify":
                return f"{self.pick(('some', 'no'))} ({self.filtered(env, depth)})"
            case "every":
                return f"every({self.generator(BOOL, env, depth)})"
            case "member":
                kind = self.pick((TEXT, INT, COLOR))
                if kind == COLOR and self.chance(0.5):
                    return f"{e(COLOR)} in {{red, blue}}"
                return f"{e(kind)} {self.pick(('in', 'not in'))} {e(('list', kind))}"
            case "present":
                return f"{self.some_optional(env, depth)} is {self.pick(('present', 'absent'))}"
            case "case":
                pays = [text for text, t in self.paths(env) if t == PAY]
                return f"{self.pick(pays)} is {self.pick(('card', 'not cash', 'iou'))}" if pays else e(BOOL)
            case "texts":
                return f"{self.pick(('contains', 'same_text', 'starts_with', 'ends_with', 'only_characters'))}({e(TEXT)}, {e(TEXT)})"
            case "contain":
                kind = ("list", self.pick((INT, TEXT)))
                return f"{self.pick(('contains_all', 'same_items'))}({e(kind)}, {e(kind)})"
            case "earlier":
                return self.past_test(env, depth)
            case "language":
                return self.language(env, depth)
        return self.reach(BOOL, env) or "true"

    def past_test(self, env: Env, depth: int) -> str:
        text, kind = self.event()
        window = ""
        bounds = [n for n, t in env.names.items() if t[0] in ("msg", "call", "step")]
        if bounds and self.chance(0.4):
            window = f" {self.pick(('before', 'after'))} {self.pick(bounds)}"
        past = f"earlier {text}{window}"
        if self.chance(0.6):
            past = f"({past} where {self.expr(BOOL, env.with_it(kind), depth)})"
        if self.chance(0.25):
            return f"count({past}) {self.pick(('<', '>=', '=='))} {self.dice.randint(0, 2)}"
        return f"{self.pick(('some', 'no'))} {past}"

    def language(self, env: Env, depth: int) -> str:
        speech = [text for text, t in self.paths(env, 0) if t[0] == "msg"]
        if not speech:
            role = self.pick(("agent", "user"))
            inner = self.about("it", env, depth)
            return f"some (earlier {role} message where {inner})"
        return self.about(self.pick(speech), env, depth)

    def about(self, message: str, env: Env, depth: int) -> str:
        calls = [n for n, t in env.names.items() if t[0] == "call"]
        options = [
            f"affirms({message})", f'mentions({message}, "{self.pick(WORDS)}")', f'mentions({message}, {{"{self.pick(WORDS)}", "{self.pick(WORDS)}"}})',
            f'matches({message}, {{"{self.pick(WORDS)} ... {self.pick(WORDS)}", "[the] ({self.pick(WORDS)}|{self.pick(WORDS)})"}})',
            f"says_id({message}, {self.expr(TEXT, env, 1)})", f'some (sentences({message}) where mentions(it, "{self.pick(WORDS)}"))',
            f'says({message}, "{self.pick(WORDS)}")', f"says_amount({message}, {self.expr(MONEY, env, 1)})", f"no claims({message})", f"no invented({message})",
        ]  # fmt: skip
        if calls:
            call = self.pick(calls)
            options += [
                f"lists({message}, {call})",
                f"lists({message}, {call}, {self.expr(TEXT, env, 1)})",
                f'lists(earlier agent message, {call}, ["{self.pick(WORDS)}"])',
            ]
        return self.pick(options)

    def some_optional(self, env: Env, depth: int) -> str:
        there = [text for text, t in self.paths(env) if t[0] == "opt"]
        if there and self.chance(0.5):
            return str(self.pick(there))
        return self.optional(
            ("opt", self.pick((TEXT, MONEY, ("rec", "Part"), ("rec", "Box"), ("rec", "Person")))),
            env,
            depth,
            bare=False,
        )

    def optional(self, kind: T, env: Env, depth: int, bare: bool = True) -> str:
        inner = kind[1]
        options = []
        if inner[0] == "rec" and env.place != "bare":
            for table, (record, _) in self.schema.tables.items():
                if record == inner[1]:
                    options += [f"{table}[{self.expr(('ref', table), env, depth)}]"] * 2
        maps = [text for text, t in self.paths(env) if t == ("map", inner)]
        if maps:
            options.append(f"{self.pick(maps)}[{self.expr(TEXT, env, 1)}]")
        listing = [text for text, t in self.lists(env) if t == inner]
        if listing:
            chosen = self.pick(listing)
            where = f" where {self.expr(BOOL, env.with_it(inner), depth)}" if self.chance(0.7) else ""
            options += [f"{self.pick(('first', 'last', 'only'))}({chosen}{where})"] * 2
            if chosen not in self.schema.tables:
                options.append(f"{chosen}[{self.dice.randint(0, 2)}]")
        if inner in ORDERED:
            options.append(f"{self.pick(('min', 'max'))}({self.expr(('list', inner), env, depth)})")
        if inner == DECIMAL:
            options.append(f"arithmetic({self.pick((chr(34) + '1 + 2 * 3' + chr(34), self.expr(TEXT, env, 0)))})")
        for table, (record, _) in self.schema.tables.items() if env.place != "bare" else ():
            names = [n for n, t in self.schema.records[record].items() if t in (inner, kind)]
            if names:
                options.append(f"{table}[{self.expr(('ref', table), env, 1)}]?.{self.pick(names)}")
        if not options:
            return f"first([{self.expr(inner, env, depth)}])" if not bare else self.literal(kind, env, depth)
        return str(self.pick(options))

    def filtered(self, env: Env, depth: int) -> str:
        sources = self.lists(env)
        text, kind = self.pick(sources) if sources else ("[1, 2, 3]", INT)
        if self.chance(0.8):
            return f"{text} where {self.expr(BOOL, env.with_it(kind), depth)}"
        return str(text)

    def generator(self, kind: T, env: Env, depth: int) -> str:
        """A comprehension without its brackets."""
        clauses, inner = [], env
        for _ in range(self.pick((1, 1, 2))):
            sources = self.lists(inner)
            text, item = self.pick(sources) if sources else ("[1, 2, 3]", INT)
            if self.chance(0.15) and "boxes" in self.schema.tables and env.place != "bare":
                pair = [("[(b.box_id, 2) for b in boxes]", (TEXT, INT)), ("zip([1, 2], [3, 4])", (INT, INT))]
                text, (one, two) = self.pick(pair)
                a, b = self.name("a"), self.name("b")
                clauses.append(f"for {a}, {b} in {text}")
                inner = inner.add(a, one).add(b, two)
            else:
                name = self.name("x")
                clauses.append(f"for {name} in {text}")
                inner = inner.add(name, item)
            if self.chance(0.25):
                name, held = self.name("y"), self.pick(PRIMS)
                clauses.append(f"let {name} = {self.expr(held, inner, min(depth, 1))}")
                inner = inner.add(name, held)
            if self.chance(0.5):
                clauses.append(f"where {self.expr(BOOL, inner, depth)}")
        return f"{self.expr(kind, inner, depth)} {' '.join(clauses)}"

    def integer(self, _: T, env: Env, depth: int) -> str:
        def e(kind: T) -> str:
            return self.expr(kind, env, depth)

        match self.pick(("count", "count", "add", "length", "floor", "sum", "abs", "max", "months")):
            case "count":
                return f"count({self.filtered(env, depth)})"
            case "add":
                return f"{e(INT)} {self.pick('+-*')} {e(INT)}"
            case "length":
                return f"length({e(TEXT)})"
            case "floor":
                return f"{self.pick(('floor', 'ceiling'))}({e(self.pick(NUMBERS))})"
            case "sum":
                return f"sum({e(('list', INT))})"
            case "abs":
                return f"abs({e(INT)})"
            case "months":
                return f"months_between({e(DATE)}, {e(DATE)})"
        return f"{self.pick(('min', 'max'))}({e(INT)}, {e(INT)})"

    def money(self, _: T, env: Env, depth: int) -> str:
        def e(kind: T) -> str:
            return self.expr(kind, env, depth)

        lifted = [f"{text}.price" for text, t in self.lists(env) if t == ("rec", "Part")]
        match self.pick(("add", "times", "sum", "generator", "min", "round", "negative")):
            case "add":
                return f"{e(MONEY)} {self.pick('+-')} {e(MONEY)}"
            case "times":
                return f"{e(MONEY)} {self.pick('*/')} {self.expr(INT, env, depth)}"
            case "sum":
                return f"sum({self.pick(lifted) if lifted else e(('list', MONEY))})"
            case "generator":
                return f"sum({self.generator(MONEY, env, depth)})"
            case "min":
                return f"{self.pick(('min', 'max'))}({e(MONEY)}, {e(MONEY)})"
            case "round":
                return f"round({e(MONEY)}, {self.dice.randint(0, 2)})"
        return f"-{e(MONEY)}"

    def decimal(self, _: T, env: Env, depth: int) -> str:
        def e(kind: T) -> str:
            return self.expr(kind, env, depth)

        match self.pick(("divide", "add", "ratio")):
            case "divide":
                return f"{e(INT)} / {e(INT)}"
            case "ratio":
                return f"{e(MONEY)} / {e(MONEY)}"
        return f"{e(DECIMAL)} {self.pick('+-*')} {e(DECIMAL)}"

    def text(self, _: T, env: Env, depth: int) -> str:
        def e(kind: T) -> str:
            return self.expr(kind, env, depth)

        match self.pick(("interpolate", "lower", "join", "dollars", "fixed", "text", "interpolate")):
            case "interpolate":
                reached = [text for text, t in self.paths(env) if t in PRIMS and not text.startswith(".")]
                return f'"{self.pick(WORDS[:3])} {{{self.pick(reached)}}}"' if reached else '"plain"'
            case "lower":
                return f"lower({e(TEXT)})"
            case "join":
                return f'join({e(("list", TEXT))}, ", ")'
            case "dollars":
                return f"dollars({e(MONEY)})"
            case "fixed":
                return f"fixed({e(DECIMAL)}, {self.pick('0123')})"
        return f"text({e(self.pick((INT, MONEY, BOOL, DECIMAL, ('list', INT))))})"

    def date(self, _: T, env: Env, depth: int) -> str:
        if self.chance(0.4):
            return f"date_of({self.expr(DATETIME, env, depth)})"
        return f"{self.expr(DATE, env, depth)} {self.pick('+-')} {self.pick(('1 day', '2 weeks', self.expr(DURATION, env, depth)))}"

    def datetime(self, _: T, env: Env, depth: int) -> str:
        if self.chance(0.3):
            return f"at_time({self.expr(DATE, env, depth)}, time_of({self.expr(DATETIME, env, depth)}))"
        return f"{self.expr(DATETIME, env, depth)} {self.pick('+-')} {self.expr(DURATION, env, depth)}"

    def duration(self, _: T, env: Env, depth: int) -> str:
        kind = self.pick((DATE, DATETIME))
        if self.chance(0.3):
            return f"{self.expr(DURATION, env, depth)} {self.pick('+-')} {self.expr(DURATION, env, depth)}"
        return f"{self.expr(kind, env, depth)} - {self.expr(kind, env, depth)}"

    def list_of(self, kind: T, env: Env, depth: int) -> str:
        inner = kind[1]

        def e(wanted: T) -> str:
            return self.expr(wanted, env, depth)

        listing = [text for text, t in self.lists(env) if t == inner]
        options = [f"[{self.generator(inner, env, depth)}]"]
        if listing:
            text, it = self.pick(listing), env.with_it(inner)
            options.append(f"{text} where {self.expr(BOOL, it, depth)}")
            options.append(f"{text} preferring {self.expr(BOOL, it, depth)}")
            key = self.expr(self.pick(ORDERED), it, depth)
            options += [
                f"{text} ordered by {key}",
                f"{text} ordered by {key} descending",
                f"{text} with {self.pick(('lowest', 'highest'))} {key}",
            ]
            options += [f"reversed({text})", f"take({text}, {self.dice.randint(0, 2)})", f"distinct({text})"]
        if inner == INT:
            options += [f"{self.dice.randint(0, 2)}..{self.dice.randint(0, 4)}", f"flatten([{e(kind)}, {e(kind)}])"]
        if inner in NUMBERS:
            options += [f"sorted({e(kind)})", f"running_totals({e(kind)})"]
        if inner == TEXT:
            lifted = [f"{text}.name" for text, t in self.lists(env) if t == ("rec", "Part")]
            options += [f'split({e(TEXT)}, ",")', *lifted]
            options += [f"keys({text})" for text, t in self.paths(env) if t[0] == "map"]
        options += [f"values({text})" for text, t in self.paths(env) if t == ("map", inner)]
        return str(self.pick(options))

    # --- events

    def some_tools(self, least: int = 1) -> list[str]:
        return self.dice.sample(list(self.tools), self.dice.randint(least, min(3, len(self.tools))))

    def event(self, statuses: tuple[str, ...] = ("", "ok ", "failed "), steps: bool = True) -> tuple[str, T]:
        kind = self.pick(("message", "call", "call", "call", *(("step",) if steps else ())))
        role = self.pick(("", "agent ", "user "))
        whose = self.pick(("", "", "", "agent ", "user "))
        if kind == "message":
            return f"{role}message", ("msg", role.strip() or None)
        if kind == "step":
            return f"{role}step", ("step",)
        status = self.pick(statuses)
        outcome = ("ok",) if status == "ok " else ()
        match self.pick(("all", "one", "some", "some", "taking", "except", "set")):
            case "all":
                return f"{status}{whose}call", ("call", frozenset(), *outcome)
            case "one":
                tool = self.pick(self.tools)
                return f"{status}{whose}call to {tool}", ("call", frozenset({tool}), *outcome)
            case "taking":
                name = self.pick([n for params, _ in self.tools.values() for n, _ in params])
                having = frozenset(t for t, (params, _) in self.tools.items() if name in dict(params))
                return f"{status}{whose}call taking {name}", ("call", having, *outcome)
            case "except":
                tool = self.pick(self.tools)
                return f"{status}{whose}call except {tool}", ("call", frozenset(self.tools) - {tool}, *outcome)
            case "set":
                return f"{status}{whose}call to favourites", ("call", self.favourites, *outcome)
        chosen = self.some_tools()
        return f"{status}{whose}call to {{ {', '.join(chosen)} }}", ("call", frozenset(chosen), *outcome)

    # --- declarations

    def desk(self) -> str:
        """The whole text."""
        parts = ["domain chance", "clock 2024-05-15T15:00:00-05:00", self.schema.text()]
        names = ["lend", "give", "look", "change", "remove_it", "archive"]
        self.plan_tools(names[: self.dice.randint(3, 6)])
        parts += self.recognisers()
        parts += [self.define() for _ in range(self.dice.randint(1, 3))]
        parts += [self.tool(name) for name in self.tools]
        self.favourites = frozenset(self.some_tools())
        parts.append(f"tools favourites = {{ {', '.join(sorted(self.favourites))} }}")
        if self.chance(0.5):
            parts.append(self.sync())
        for _ in range(self.dice.randint(3, 6)):
            parts.append(self.rule())
        if self.chance(0.6):
            parts += self.exception()
        return "\n\n".join(parts) + "\n"

    def plan_tools(self, names: list[str]) -> None:
        kinds = [
            TEXT,
            INT,
            MONEY,
            ("opt", TEXT),
            COLOR,
            ("list", INT),
            ("list", TEXT),
            DATE,
            ("rec", "Addr"),
            BOOL,
            ("map", MONEY),
        ]
        for name in names:
            params: list[tuple[str, T]] = (
                [("box_id", ("ref", "boxes"))] if self.chance(0.75) else [("person_id", ("ref", "people"))]
            )
            for i in range(self.dice.randint(0, 2)):
                kind = self.pick(kinds)
                params.append((self.pick(("reason", "amount", "extra")) + str(i), kind))
            returns = self.pick(
                (
                    ("rec", "Box"),
                    ("rec", "Box"),
                    ("rec", "Person"),
                    TEXT,
                    MONEY,
                    ("list", ("rec", "Box")),
                    BOOL,
                    ("opt", TEXT),
                )
            )
            self.tools[name] = (params, returns)

    def recognisers(self) -> list[str]:
        self.facts["wish"] = COLOR
        self.functions["sounds_sure"] = ([("m", ("msg", None))], BOOL)
        other = "otherwise false" if self.chance(0.5) else ""
        last = "otherwise blue" if self.chance(0.4) else ""
        rows = "| | red | green | blue |\n  |---|---|---|---|\n  | red | 1 | 2 | 3 |\n  | green | 0 | 2 | 5 |\n  | blue | 4 | 4 | 4 |"
        self.functions["matrix"] = ([("a", COLOR), ("b", COLOR)], INT)
        return [
            f'recogniser sounds_sure(m: message) -> bool "Sure." version 1 {{\n  when affirms(m) or mentions(m, "{self.pick(WORDS)}") then true\n  {other}\n}}',
            f'fact wish: Color "what is wished" from user version 1 {{\n  when mentions(it, "{self.pick(WORDS)}") then red\n  when mentions(it, "blue") then blue\n  {last}\n}}',
            f'lookup matrix(a: Color, b: Color) -> int "A table." {{\n  {rows}\n}}',
        ]  # fmt: skip

    def define(self) -> str:
        kind = self.pick(
            (BOOL, INT, MONEY, TEXT, ("opt", ("rec", "Box")), ("list", ("rec", "Box")), ("list", INT), ("opt", PAY))
        )
        params = [
            (self.name("p"), self.pick((INT, TEXT, ("rec", "Box"), ("ref", "boxes"), MONEY)))
            for _ in range(self.dice.randint(0, 2))
        ]
        body = self.expr(kind, Env(dict(params), "define"), 3)
        name = self.name("d")
        self.functions[name] = (params, kind)
        shown = f"({', '.join(f'{n}: {written(t)}' for n, t in params)})" if params else ""
        return f'define {name}{shown} -> {written(kind)} "It." = {body}'

    def tool(self, name: str) -> str:
        params, returns = self.tools[name]
        shown = ", ".join(f"{n}: {written(t)}" for n, t in params)
        owner = "user " if self.chance(0.1) else ""
        if name == "archive" and self.chance(0.7):
            return f'{owner}write tool {name}({shown}) -> {written(returns)} "Opaque." touches {self.pick(("boxes", "people", "tally", "boxes, people"))}'
        env = Env(dict(params), "tool")
        lines: list[str] = []
        for n, t in params:
            if t[0] == "ref" and self.chance(0.9):
                row = self.name("row")
                lines.append(f'let {row} = {t[1]}[{n}] else fail "no {t[1]} {{{n}}}"')
                env = env.add(row, ("rec", self.schema.tables[t[1]][0]))
        env = self.statements(env, lines, self.dice.randint(1, 5), "tool", 2)
        lines.append(f"return {self.expr(returns, env, 2)}")
        body = "\n  ".join(lines)
        return f'{owner}write tool {name}({shown}) -> {written(returns)} "Does {name}." {{\n  {body}\n}}'

    def sync(self) -> str:
        lines = ["increase tally.calls by 1"]
        self.statements(Env({}, "sync"), lines, self.dice.randint(0, 2), "tool", 1)
        return "sync {\n  " + "\n  ".join(lines) + "\n}"

    def statements(self, env: Env, lines: list[str], many: int, mode: str, depth: int, loop: str = "") -> Env:
        for _ in range(many):
            env = (
                self.tool_statement(env, lines, depth, loop)
                if mode == "tool"
                else self.rule_statement(env, lines, depth, loop)
            )
        return env

    def leave(self, env: Env, mode: str, loop: str) -> str:
        options = [f"fail {self.expr(TEXT, env, 1)}"]
        if mode == "rule":
            options += ["skip", "skip", "unknown"]
        if loop == "yield" and self.chance(0.3):
            options.append("yield 1")
        return str(self.pick(options))

    def block(self, env: Env, mode: str, depth: int, loop: str, last: str = "") -> str:
        lines: list[str] = []
        inner = self.statements(env, lines, self.dice.randint(1, 2), mode, depth - 1, loop)
        if last:
            lines.append(last.replace("?", self.expr(INT, inner, 1)))
        return "{ " + "\n ".join(lines) + " }"

    def shared(self, env: Env, lines: list[str], mode: str, depth: int, loop: str) -> Env:
        """Statements that tools and rules share."""
        match self.pick(("let", "let", "else", "require", "for", "gather", "if", "else")):
            case "let":
                kind = self.pick((*PRIMS, ("list", INT), ("opt", TEXT), ("rec", "Part"), ("list", ("rec", "Box"))))
                name = self.name()
                lines.append(f"let {name} = {self.expr(kind, env, 2)}")
                return env.add(name, kind)
            case "else":
                kind = self.pick((("rec", "Box"), ("rec", "Person"), ("rec", "Part"), TEXT, MONEY, PAY))
                name = self.name()
                lines.append(
                    f"let {name} = {self.optional(('opt', kind), env, 1, bare=False)} else {self.leave(env, mode, loop)}"
                )
                return env.add(name, kind)
            case "require":
                label = f"{self.name('l')}: " if mode == "rule" and self.chance(0.7) else ""
                tail = (
                    f" else fail {self.expr(TEXT, env, 1)}"
                    if self.chance(0.3)
                    else ' because "so it is"'
                    if self.chance(0.3)
                    else ""
                )
                if mode == "rule" and not tail and self.chance(0.15):
                    tail = " else unknown"
                lines.append(f"require {label}{self.expr(BOOL, env, 3)}{tail}")
            case "for" if depth > 0:
                name = self.name("i")
                sources = self.lists(env)
                text, item = self.pick(sources) if sources else ("[1, 2]", INT)
                lines.append(f"for {name} in {text} {self.block(env.add(name, item), mode, depth, loop)}")
            case "gather" if depth > 0:
                name, many = self.name("g"), self.name("i")
                sources = self.lists(env)
                text, item = self.pick(sources) if sources else ("[1, 2]", INT)
                lines.append(
                    f"let {name} = for {many} in {text} {self.block(env.add(many, item), mode, depth, 'yield', 'yield ?')}"
                )
                return env.add(name, ("list", INT))
            case "if" if depth > 0:
                condition = self.expr(BOOL, env, 2)
                last = self.leave(env, mode, loop) if self.chance(0.3) else ""
                other = f" else {self.block(env, mode, depth, loop)}" if self.chance(0.5) else ""
                lines.append(f"if {condition} {self.block(env, mode, depth, loop, last)}{other}")
        return env

    def rule_statement(self, env: Env, lines: list[str], depth: int, loop: str) -> Env:
        if self.chance(0.15):
            lines.append(f"when {self.expr(BOOL, env, 2)}")
            return env
        if self.chance(0.2):
            role, name = self.pick(("agent", "user")), self.name("m")
            lines.append(
                f"let {name} = {self.pick(('last', 'first'))}(earlier {role} message) else {self.leave(env, 'rule', loop)}"
            )
            return env.add(name, ("msg", role))
        return self.shared(env, lines, "rule", depth, loop)

    def tool_statement(self, env: Env, lines: list[str], depth: int, loop: str) -> Env:
        if self.chance(0.45):
            return self.shared(env, lines, "tool", depth, loop)
        places = [(text, t) for text, t in self.paths(env, 1) if t[0] == "rec" and t != PAY]
        text, kind = self.pick(places)
        fields = {n: t for n, t in self.fields(kind).items() if n not in ("box_id", "person_id")}
        name, field = self.pick(list(fields.items()))
        match field[0]:
            case "list" if self.chance(0.7):
                if self.chance(0.5):
                    lines.append(f"insert {self.expr(field[1], env, 1)} into {text}.{name}")
                else:
                    lines.append(f"insert all {self.expr(field, env, 1)} into {text}.{name}")
            case "map" if self.chance(0.8):
                key = self.expr(TEXT, env, 1)
                lines.append(
                    f"remove {text}.{name}[{key}]"
                    if self.chance(0.4)
                    else f"set {text}.{name}[{key}] = {self.expr(field[1], env, 1)}"
                )
            case "int" | "money" | "decimal" if self.chance(0.6):
                lines.append(f"{self.pick(('increase', 'decrease'))} {text}.{name} by {self.expr(field, env, 1)}")
            case "opt" if self.chance(0.4):
                lines.append(f"remove {text}.{name}")
            case _:
                lines.append(f"set {text}.{name} = {self.expr(field, env, 2)}")
        if self.chance(0.12):
            table, (record, key) = self.pick(list(self.schema.tables.items()))
            given = {n: self.expr(t, env, 1) for n, t in self.schema.records[record].items()}
            given[key] = self.pick((f'"{self.pick(KEYS[table])}"', '"new{tally.calls}"'))
            row = f"{record}({', '.join(f'{n}: {v}' for n, v in given.items())})"
            match self.pick(("insert", "insert", "all", "set", "remove")):
                case "insert":
                    lines.append(f"insert {row} into {table}")
                case "all":
                    lines.append(f"insert all [{row}] into {table}")
                case "set":
                    lines.append(f"set {table}[{given[key]}] = {row}")
                case _:
                    lines.append(f"remove {table}[{given[key]}]")
        return env

    def rule(self) -> str:
        name = self.name("r")
        before = self.pick(self.rules)[0] if self.rules and self.chance(0.25) else None
        presupposes = f" presupposes {before}" if before else ""
        severity = " warning" if self.chance(0.15) else ""
        head = f'rule {name} "Rule {name}."{presupposes}{severity}'
        if self.chance(0.12):
            event, kind = self.event(("", "ok ", "failed "), steps=False)
            while kind[0] != "call":
                event, kind = self.event(("", "ok ", "failed "), steps=False)
            shared = [
                n
                for n, t in self.call_fields(kind[1]).items()
                if n not in ("tool", "error", "result") and t[0] != "rec"
            ]
            per = f" per .{self.pick(shared)}" if shared and self.chance(0.7) else ""
            self.rules.append((name, [], ""))
            return f"{head} {{ at most {self.dice.randint(1, 2)} {event}{per} }}"
        trigger, env = self.trigger()
        lines: list[str] = []
        env = self.statements(env, lines, self.dice.randint(0, 4), "rule", 2)
        duties = (
            [self.duty(env) for _ in range(self.dice.randint(1, 3))]
            if trigger != "at end" and self.chance(0.35)
            else []
        )
        labels = [line.split()[1][:-1] for line in lines if line.startswith("require l")]
        if (not duties and not any(line.startswith("require") for line in lines)) or self.chance(0.4):
            label = self.name("l")
            lines.append(f"require {label}: {self.expr(BOOL, env, 3)}")
            labels.append(label)
        self.rules.append((name, [label for label in labels if label.startswith("l")], trigger))
        return f"{head} {{\n  {trigger}\n  " + "\n  ".join([*lines, *duties]) + "\n}"

    def trigger(self) -> tuple[str, Env]:
        match self.pick(("before", "before", "before", "after", "after", "message", "step", "end")):
            case "before":
                event, kind = self.event(("",), steps=False)
                return f"before {event}", Env({"call" if kind[0] == "call" else "message": kind}, "rule")
            case "after" | "message" as which:
                event, kind = self.event(steps=False)
                while (kind[0] == "msg") is not (which == "message"):
                    event, kind = self.event(steps=False)
                return f"after {event}", Env({"call" if kind[0] == "call" else "message": kind}, "rule")
            case "step":
                return f"on {self.pick(('agent ', 'user ', ''))}step", Env({"step": ("step",)}, "rule")
        return "at end", Env({}, "rule")

    def duty(self, env: Env) -> str:
        def where(kind: T) -> str:
            return f" where {self.expr(BOOL, env.with_it(kind), 2)}" if self.chance(0.6) else ""

        match self.pick(("then", "then", "eventually", "never", "never", "nothing")):
            case "then" | "eventually" as mode:
                event, kind = self.event()
                return f"{mode} {event}{where(kind)}"
            case "never":
                event, kind = self.event()
                text = f"never {event}{where(kind)}"
                if self.chance(0.5):
                    until, other = self.event()
                    text += f" until {until}{where(other)}"
                return text
        return "then nothing"

    def exception(self) -> list[str]:
        labelled = [
            (n, labels, trigger) for n, labels, trigger in self.rules if labels and trigger.startswith("before")
        ]
        if not labelled:
            return []
        rule, labels, trigger = self.pick(labelled)
        env = Env({"call": ("call", frozenset())} if "call" in trigger else {"message": ("msg", None)}, "rule")
        head = f'exception {self.name("ex")} to {rule}.{self.pick(labels)} "Unless." {{'
        shown = "before call" if "call" in trigger else "before message"
        return [f"{head}\n  {shown}\n  when {self.expr(BOOL, env, 2)}\n}}"]


def write_desk(seed: int) -> str:
    """The text of a desk. It is well typed but for a slip now and then, which the caller has to skip."""
    return Writer(seed).desk()


# --- databases --------------------------------------------------------------------------------------------------------


class Filler:
    """Values of types, for databases and arguments. `wild` ones need not fit."""

    def __init__(self, dice: random.Random, records: Any) -> None:
        self.dice, self.records = dice, records

    def value(self, kind: Any, wild: bool = False) -> Any:
        """A value of a core type."""
        if wild and self.dice.random() < 0.5:
            return self.dice.choice([None, True, 3, Decimal("1.5"), "x", [], {}, {"city": 1}, ["B1"]])
        match type(kind).__name__:
            case "Optional":
                return None if self.dice.random() < 0.4 else self.value(kind.item)
            case "ListType":
                return [self.value(kind.item) for _ in range(self.dice.randint(0, 3))]
            case "MapType":
                return {
                    k: self.value(kind.value)
                    for k in self.dice.sample(["k0", "k1", "B1", "yes"], self.dice.randint(0, 2))
                }
            case "TupleType":
                return [self.value(item) for item in kind.items]
            case "Ref":
                return self.dice.choice(KEYS[kind.table])
            case "EnumType":
                return self.dice.choice(list(COLORS.values()))
            case "RecordType":
                return self.record(self.records[kind.name])
        return self.prim(kind.name)

    def prim(self, name: str) -> Any:
        dice = self.dice
        match name:
            case "text" | "id" | "email":
                return dice.choice(TEXTS)
            case "int":
                return dice.choice([0, 1, 2, 5, 7, Decimal("2.0")])
            case "money" | "decimal":
                return dice.choice([0, Decimal("1.50"), Decimal("10"), Decimal("0.1"), 3, Decimal("-2.25")])
            case "bool":
                return dice.random() < 0.5
            case "date":
                return dice.choice(["2024-05-15", "2024-05-20", "2023-12-31", "never"])
            case "datetime":
                return dice.choice(
                    [
                        "2024-05-15T15:00:00-05:00",
                        "2024-05-15T20:00:00Z",
                        "2024-05-14T23:30:00",
                        "2024-05-15 10:00:30.25",
                    ]
                )
            case "time":
                return dice.choice(["15:00:00", "00:00:00", "23:30:00", "9:00"])
            case "json":
                return dice.choice(["x", 1, None, {"a": ["x"]}, []])
            case "duration":
                return dice.choice([0, 3600, 86400, Decimal("90.5")])
        raise AssertionError(name)

    def record(self, record: Any) -> dict[str, Any]:
        fields = record.fields
        tagged = {}
        if record.tag is not None:
            case = self.dice.choice(list(record.cases.values()))
            fields, tagged = case.fields, {record.tag: case.wire}
        made = {**tagged, **{n: self.value(f.type) for n, f in fields.items()}}
        return {n: v for n, v in made.items() if v is not None or self.dice.random() < 0.5}


def fill_state(spec: Any, dice: random.Random) -> dict[str, Any]:
    """A database that fits."""
    filler = Filler(dice, spec.records)
    state: dict[str, Any] = {}
    for table in spec.tables.values():
        rows = [
            {**filler.record(spec.records[table.record]), table.key: key}
            for key in KEYS[table.name][:-1]
            if dice.random() < 0.85
        ]
        state[table.name] = rows if table.as_list else {row[table.key]: row for row in rows}
    for name, single in spec.states.items():
        state[name] = filler.record(spec.records[single.type.name])
    return state


# --- conversations ----------------------------------------------------------------------------------------------------


def speak(dice: random.Random) -> str:
    return " ".join(dice.choice(WORDS) for _ in range(dice.randint(0, 4)))


def some_call(spec: Any, dice: random.Random, filler: Filler) -> tuple[str, dict[str, Any]]:
    """A tool and arguments, good and bad."""
    if dice.random() < 0.03:
        return "no_such_tool", {"box_id": "B1"}
    tool = dice.choice(list(spec.tools.values()))
    wild = dice.random() < 0.1
    arguments = {p.name: filler.value(p.type, wild) for p in tool.params}
    if dice.random() < 0.04:
        arguments["surplus"] = 1
    if arguments and dice.random() < 0.04:
        arguments.pop(dice.choice(list(arguments)))
    return tool.name, arguments
