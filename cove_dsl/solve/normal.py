"""Expressions in a normal form: two that read differently and mean the same become one number.

In: expressions of the core. Out: numbers in a `Pool`; equal numbers mean equal values in every world and at every
moment, also where something is unknown (Kleene's tables are kept). Names of locals and of definitions, the order of
what is joined, double negations and De Morgan's forms leave no trace. Unequal numbers say nothing.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_never

from attrs import define, field, frozen

from ..core.nodes import (
    Apply,
    Bind,
    Branch,
    Check,
    Collect,
    Const,
    Each,
    Events,
    Exit,
    Expr,
    Fold,
    Get,
    If,
    Is,
    Let,
    Lookup,
    Make,
    Pattern,
    Stmt,
    Var,
    Write,
)
from ..core.spec import Spec
from ..core.types import strip

Env = dict[str, int]
Clauses = tuple[tuple[Any, ...], ...]  # ("for", list, its item) and ("where", condition, …), as they are gone through
SYMMETRIC = frozenset({"eq", "add", "multiply", "min", "max", "same_text", "same_items"})
AS_SETS = frozenset({"mentions", "matches"})  # the phrases of these are tried one by one, in no order


@define
class Pool:
    """Terms by number, each kept once. Specifications that are to be compared share a pool."""

    terms: list[tuple[Any, ...]] = field(factory=list)
    numbers: dict[tuple[Any, ...], int] = field(factory=dict)

    def put(self, *term: Any) -> int:
        if term not in self.numbers:
            self.numbers[term] = len(self.terms)
            self.terms.append(term)
        return self.numbers[term]

    def of(self, number: int) -> tuple[Any, ...]:
        return self.terms[number]

    @property
    def true(self) -> int:
        return self.put("const", "bool", True)

    @property
    def false(self) -> int:
        return self.put("const", "bool", False)

    # --- conditions

    def negate(self, number: int) -> int:
        """With `not` pushed inwards as far as it goes."""
        match self.of(number):
            case ("const", "bool", value):
                return self.put("const", "bool", not value)
            case ("not", inner):
                return int(inner)
            case ("and", *parts):
                return self.either(map(self.negate, parts))
            case ("or", *parts):
                return self.both(map(self.negate, parts))
            case ("lt", a, b):
                return self.put("le", b, a)
            case ("le", a, b):
                return self.put("lt", b, a)
        return self.put("not", number)

    def both(self, parts: Iterable[int]) -> int:
        return self._join("and", parts, self.true, self.false)

    def either(self, parts: Iterable[int]) -> int:
        return self._join("or", parts, self.false, self.true)

    def _join(self, op: str, parts: Iterable[int], unit: int, zero: int) -> int:
        flat: set[int] = set()
        for part in parts:
            term = self.of(part)
            flat |= set(term[1:]) if term[0] == op else {part}
        flat.discard(unit)
        if zero in flat:
            return zero
        return self.put(op, *sorted(flat)) if len(flat) > 1 else flat.pop() if flat else unit

    def unordered(self, number: int) -> int:
        """False just where this condition is: that a list has no item, whatever is asked of its items first."""
        match self.of(number):
            case ("not", inner) if self.of(inner)[:2] == ("fold", "some"):
                _, clauses, body = self.of(self.of(inner)[2])
                lists = [c for c in clauses if c[0] == "for"]
                asked = sorted({n for c in clauses if c[0] == "where" for n in c[1:]})
                merged = (*lists, ("where", *asked)) if asked else tuple(lists)
                return self.negate(self.put("fold", "some", self.put("collect", merged, body)))
        return number

    def conjuncts(self, number: int) -> list[int]:
        term = self.of(number)
        return list(term[1:]) if term[0] == "and" else [number]

    def disjuncts(self, number: int) -> list[int]:
        term = self.of(number)
        return list(term[1:]) if term[0] == "or" else [number]

    # --- what follows from what

    def follows(self, a: int, b: int) -> bool:
        """Whether `b` can be seen to hold wherever `a` does, and to be false nowhere but where `a` is false."""
        if a == b:
            return True
        one, other = self.of(a), self.of(b)
        match one, other:
            case ("or", *_), _:
                return all(self.follows(part, b) for part in one[1:])
            case _, ("and", *_):
                return all(self.follows(a, part) for part in other[1:])
            case _, ("or", *_):
                return any(self.follows(a, part) for part in other[1:])
            case ("and", *_), _:
                return any(self.follows(part, b) for part in one[1:])
            case ("not", x), ("not", y):
                return self.follows(y, x)
            case ("lt" | "le", _, _), ("lt" | "le", _, _):
                return self._tighter(one, other)
            case ("fold", "some", x), ("fold", "some", y):
                return self._narrower(self.of(x), self.of(y))
            case ("apply", "mentions", x, ("phrases", *few)), ("apply", "mentions", y, ("phrases", *many)):
                return bool(x == y and set(few) <= set(many))
        return False

    def _tighter(self, one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
        """Of two bounds on one value, that the first is the tighter."""
        strict = one[0] == "lt" or other[0] == "le"
        if one[1] == other[1]:
            low, high = self._amount(one[2]), self._amount(other[2])
        elif one[2] == other[2]:
            low, high = self._amount(other[1]), self._amount(one[1])
        else:
            return False
        return low is not None and high is not None and (low < high or (low == high and strict))

    def _amount(self, number: int) -> Fraction | None:
        term = self.of(number)
        return term[2] if term[0] == "const" and isinstance(term[2], Fraction) else None

    def _narrower(self, one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
        """Of two comprehensions, that the first takes no item that the second leaves out, and doubts none either. So
        the second has to be how the first begins, but that its last conditions may be weaker: a doubtful item is not
        looked at further."""
        if one[0] != "collect" or other[0] != "collect" or len(other[1]) > len(one[1]):
            return False
        *few, last = other[1]
        *same, tight = one[1][: len(other[1])]
        if few != same or "for" in (last[0], tight[0]):
            return bool(few == same and last == tight)
        return all(any(self.follows(a, b) for a in tight[1:]) for b in last[1:])


@frozen
class Meanings:
    """What expressions of one specification come to. `tool` is the tool of the call that is looked at, if it is known;
    `tools` are the tools of which patterns may speak."""

    spec: Spec
    pool: Pool
    tools: frozenset[str]
    tool: str | None = None
    _defined: dict[Any, int] = field(factory=dict, eq=False)

    def of(self, expr: Expr, env: Env) -> int:
        pool = self.pool
        match expr:
            case Const(value, kind):
                return pool.put(*constant(value, str(strip(kind))))
            case Var(name):
                return env[name] if name in env else pool.put("var", name)
            case Get(target, name, _, lifted):
                return self._field(self.of(target, env), name, lifted)
            case Lookup(target, key):
                return pool.put("lookup", self.of(target, env), self.of(key, env))
            case Make(kind, names, items):
                return self._made(kind, names, [self.of(i, env) for i in items], str(expr.type))
            case Apply():
                return self._applied(expr, env)
            case If():
                return self._chosen(expr, env)
            case Is(target, test, tag):
                return self._tested(self.of(target, env), test, tag)
            case Let(name, value, body):
                return self.of(body, {**env, name: self.of(value, env)})
            case Collect():
                return self._collected(expr, env)
            case Fold():
                return self._folded(expr, env)
            case Events(pattern, _, before, after):
                sides = (self.of(side, env) if side is not None else None for side in (before, after))
                return pool.put("events", self.pattern(pattern), *sides)
            case _:
                assert_never(expr)

    # --- patterns

    def meant(self, pattern: Pattern) -> frozenset[str]:
        """The tools of whose calls a pattern speaks."""
        found = pattern.tools or frozenset(self.spec.tools)
        return frozenset(n for n in found & self.tools if pattern.role in (None, self.spec.tools[n].requestor))

    def pattern(self, pattern: Pattern | None) -> tuple[Any, ...]:
        if pattern is None:
            return ()
        if pattern.kind == "call":
            return ("call", tuple(sorted(self.meant(pattern))), pattern.status)
        return (pattern.kind, pattern.role)

    # --- values

    def _field(self, target: int, name: str, lifted: bool) -> int:
        if name == "tool" and self.tool is not None and self.pool.of(target) == ("var", "call"):
            return self.pool.put(*constant(self.tool, "text"))
        return self.pool.put("get", target, name, lifted)

    def _made(self, kind: str, names: tuple[str, ...], items: list[int], of: str) -> int:
        if names:
            given = sorted((n, i) for n, i in zip(names, items, strict=True) if self.pool.of(i)[:1] != ("absent",))
            return self.pool.put("make", kind, of, *given)
        return self.pool.put("make", kind, *items)

    def _tested(self, target: int, test: str, tag: str | None) -> int:
        if tag is None and test == "absent":
            return self.pool.negate(self.pool.put("is", target, "present", None))
        return self.pool.put("is", target, test, tag)

    def _chosen(self, expr: If, env: Env) -> int:
        condition, then, other = (self.of(e, env) for e in (expr.condition, expr.then, expr.other))
        if self.pool.of(condition)[0] == "not":
            condition, then, other = self.pool.negate(condition), other, then
        return self.pool.put("if", condition, then, other)

    # --- functions

    def _applied(self, expr: Apply, env: Env) -> int:
        op, args = expr.op, [self.of(a, env) for a in expr.args]
        match op:
            case "and":
                return self.pool.both(args)
            case "or":
                return self.pool.either(args)
            case "not":
                return self.pool.negate(args[0])
            case "lt" | "le":
                return self._compared(op, args[0], args[1], env)
            case "gt" | "ge":
                return self._compared({"gt": "lt", "ge": "le"}[op], args[1], args[0], env)
            case "eq":
                return self._equal(*args)
            case "in":
                return self._one_of(*args)
        if op.startswith("define:"):
            return self._defined_as(op.removeprefix("define:"), tuple(args), env)
        if op in AS_SETS and (phrases := self._phrases(args[1])) is not None:
            return self.pool.put("apply", op, args[0], phrases)
        return self.pool.put("apply", op, *(sorted(args) if op in SYMMETRIC else args))

    def _compared(self, op: str, a: int, b: int, env: Env) -> int:
        """To have at least one item is to have some. (Not of a comprehension: what is doubtful in it may not count.)"""
        one, other = self.pool.of(a), self.pool.of(b)
        least = ("const", "number", Fraction(0 if op == "lt" else 1))
        most = ("const", "number", Fraction(1 if op == "lt" else 0))
        if one == least and other[:2] == ("fold", "count") and self.pool.of(other[2])[0] != "collect":
            return self._some_of(other[2], env)
        if other == most and one[:2] == ("fold", "count") and self.pool.of(one[2])[0] != "collect":
            return self.pool.negate(self._some_of(one[2], env))
        return self.pool.put(op, a, b)

    def _equal(self, a: int, b: int) -> int:
        one, other = self.pool.of(a), self.pool.of(b)
        if one[:2] == other[:2] and one[:2] in (("const", ""), ("const", "number")):
            return self.pool.put("const", "bool", one == other)
        return self.pool.put("eq", *sorted((a, b)))

    def _one_of(self, item: int, items: int) -> int:
        """In a list that is written out: equal to one of it."""
        match self.pool.of(items):
            case ("const", kind, ("list", *values)):
                parts = [self.pool.put("const", _item(kind, v), v) for v in values]
            case ("make", "list", *parts):
                pass
            case _:
                return self.pool.put("apply", "in", item, items)
        return self.pool.either(self._equal(item, p) for p in parts)

    def _phrases(self, number: int) -> tuple[Any, ...] | None:
        match self.pool.of(number):
            case ("const", _, ("list", *values)):
                return ("phrases", *sorted(set(map(str, values))))
            case ("make", "list", *items):
                found = [self.pool.of(i) for i in items]
                if all(f[0] == "const" for f in found):
                    return ("phrases", *sorted({str(f[2]) for f in found}))
        return None

    def _defined_as(self, name: str, args: tuple[int, ...], env: Env) -> int:
        """A definition, put in place."""
        scope = _scope(env)
        key = (name, args, scope, self.tool)
        if key not in self._defined:
            define_ = self.spec.defines[name]
            inside: Env = dict(zip((p.name for p in define_.params), args, strict=True))
            self._defined[key] = self.of(define_.body, inside | {f" {n}": n for n in scope})
        return self._defined[key]

    # --- lists

    def bound(self, names: tuple[str, ...], source: int, env: Env) -> tuple[int, Env]:
        """The item of a list that is gone through, and the names of the loop. An item is named by its list, and by a
        number if others of it are in sight. A loop says which item is its own: what was named outside of it may speak
        of one that is named alike."""
        n = 0
        while (item := self.pool.put("item", source, n)) in _scope(env):
            n += 1
        parts = {names[0]: item} if len(names) == 1 else {
            n: self.pool.put("part", item, i) for i, n in enumerate(names)
        }  # fmt: skip
        return item, {**env, **parts, f" {item}": item}

    def _collected(self, expr: Collect, env: Env) -> int:
        clauses, body = self._clauses(expr, env)
        return self.pool.put("collect", clauses, body)

    def _clauses(self, expr: Collect, env: Env) -> tuple[Clauses, int]:
        """The lists gone through and the conditions on their items, and what is made of each. Conditions of one clause
        have no order; of two, the second is not looked at where the first is in doubt."""
        clauses: list[tuple[Any, ...]] = []
        for clause in expr.clauses:
            found = self.of(clause.expr, env)
            match clause.kind:
                case "let":
                    env = {**env, clause.names[0]: found}
                case "where" if found != self.pool.true:
                    clauses.append(("where", *self.pool.conjuncts(found)))
                case "for":
                    item, env = self.bound(clause.names, found, env)
                    clauses.append(("for", found, item))
        return tuple(clauses), self.of(expr.body, env)

    def _folded(self, expr: Fold, env: Env) -> int:
        source = expr.source
        if not isinstance(source, Collect):
            number = self.of(source, env)
            if expr.op == "no":
                return self.pool.negate(self._some_of(number, env))
            return self._some_of(number, env) if expr.op == "some" else self.pool.put("fold", expr.op, number)
        clauses, body = self._clauses(source, env)
        match expr.op:
            case "some":
                return self.some(clauses)
            case "no":
                return self.pool.negate(self.some(clauses))
            case "every":
                return self.every(clauses, body)
            case "first" | "last":  # unlike a list that was made before, it may have doubtful items besides
                return self.pool.put("fold", expr.op, "of", clauses, body)
        return self.pool.put("fold", expr.op, self.pool.put("collect", clauses, body))

    def some(self, clauses: Clauses) -> int:
        """That a list has an item, whatever is made of it."""
        return self.pool.put("fold", "some", self.pool.put("collect", clauses, None))

    def _some_of(self, source: int, env: Env) -> int:
        return self.some((("for", source, self.bound(("",), source, env)[0]),))

    def every(self, clauses: Clauses, body: int) -> int:
        """That no item fails."""
        failing = self.pool.negate(body)
        last = (("where", *self.pool.conjuncts(failing)),) if failing != self.pool.true else ()
        return self.pool.negate(self.some((*clauses, *last)))

    # --- statements

    def statements(self, stmts: tuple[Stmt, ...], env: Env) -> int:
        """Statements as they stand, but for the names in them."""
        parts: list[Any] = []
        env = dict(env)
        for stmt in stmts:
            parts += self._statement(stmt, env)
        return self.pool.put("statements", *parts)

    def _statement(self, stmt: Stmt, env: Env) -> list[Any]:
        match stmt:
            case Bind(name, value, otherwise):
                env[name] = self.of(value, env)
                return [("let", env[name], self._exit(otherwise, env))] if otherwise is not None else []
            case Check(condition, _, _, otherwise):
                return [("check", self.of(condition, env), self._exit(otherwise, env))]
            case Exit():
                return [self._exit(stmt, env)]
            case Branch(condition, then, other):
                return [("if", self.of(condition, env), self.statements(then, env), self.statements(other, env))]
            case Each(names, source, body, into):
                over = self.of(source, env)
                item, inside = self.bound(names, over, env)
                made = self.pool.put("gather", over, item, self.statements(body, inside))
                if into is not None:
                    env[into] = made
                return [("for", made)]
            case Write(kind, target, name, key, value):
                found = (self.of(e, env) if e is not None else None for e in (target, key, value))
                return [("write", kind, name, *found)]
            case _:
                assert_never(stmt)

    def _exit(self, leave: Exit | None, env: Env) -> tuple[Any, ...] | None:
        if leave is None:
            return None
        said = leave.value is not None and leave.kind not in ("violate", "unknown")
        return (leave.kind, self.of(leave.value, env) if said and leave.value is not None else None)


def _scope(env: Env) -> frozenset[int]:
    """The items of loops that are in sight."""
    return frozenset(n for name, n in env.items() if name.startswith(" "))


def constant(value: Any, kind: str) -> tuple[Any, ...]:
    """Numbers by their size, all else by type and value."""
    if isinstance(value, bool):
        return ("const", "bool", value)
    if value is None:
        return ("absent",)
    if isinstance(value, (int, Decimal, Fraction)):
        return ("const", "number", Fraction(value))
    return ("const", "" if isinstance(value, str) and not _timed(kind) else kind, _frozen(value))


def _timed(kind: str) -> bool:
    return kind in ("date", "time", "datetime")


def _item(kind: str, value: Any) -> str:
    """The type of a list's item, as constants name it."""
    if not isinstance(value, str):
        return "bool" if isinstance(value, bool) else "number"
    inner = kind.removeprefix("list[").removesuffix("]")
    return inner if _timed(inner) else ""


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return ("list", *map(_frozen, value))
    if isinstance(value, dict):
        return ("map", *sorted((k, _frozen(v)) for k, v in value.items()))
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Fraction(value)
    return value


__all__ = ["Env", "Meanings", "Pool", "constant"]
