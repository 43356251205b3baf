"""Core expressions in controlled English, the first half: noun phrases for values.

Enters: an expression and what its variables are called. Leaves: text. Guaranteed: every constant, field, tool and
operation of the expression shows in the text, or `Unphrased` is raised; nothing is left out in silence.
"""

import re
from collections.abc import Iterable
from typing import Any, Literal, Self, TypeAlias

from attrs import evolve, field, frozen

from ...core.nodes import (
    Apply,
    Clause,
    Collect,
    Const,
    Events,
    Expr,
    Fold,
    Get,
    If,
    Is,
    Let,
    Lookup,
    Make,
    Pattern,
    Var,
)
from ...core.spec import Define, Spec
from ...core.types import (
    DATE,
    DATETIME,
    TIME,
    EventType,
    ListType,
    MapType,
    RecordType,
    Ref,
    TupleType,
    strip,
)
from ...core.walk import walk
from ...source import Span
from . import phrases as say
from .words import Noun, article, code, literal, moment, opening, plural, series, singular, words

BRACKETED = re.compile(r"\((?:[^()]|\([^()]*\))*\)")  # up to two deep
Mood: TypeAlias = Literal["plain", "must", "should", "may"]


class Unphrased(Exception):
    """There are no words for a construct."""

    def __init__(self, what: str, span: Span) -> None:
        super().__init__(what)
        self.what, self.span = what, span


@frozen
class Nouns:
    """Phrases expressions of one specification. `names` says what local names are called."""

    spec: Spec
    names: dict[str, Noun] = field(factory=dict)

    def calling(self, **names: Noun) -> Self:
        return evolve(self, names={**self.names, **names})

    # --- things

    def noun(self, expr: Expr) -> Noun:
        """What a value is called."""
        match expr:
            case Const():
                return self._constant(expr)
            case Var():
                return self._variable(expr)
            case Get():
                return self._field(expr)
            case Lookup():
                return self._lookup(expr)
            case Make():
                return self._made(expr)
            case Events():
                return Noun(self._events(expr, say.EARLIER, say.CALLS), True)
            case Collect():
                return self._collected(expr)
            case Fold("some" | "every" | "no") | Is():
                return Noun(f"whether {self.clause(expr)}")
            case Fold():
                return self._folded(expr)
            case If(condition, then, other):
                first = self.text(then)  # another `otherwise` inside it would be read as this one's
                first = f"({first})" if say.ELSE in BRACKETED.sub("", first) else first
                parts = {"then": first, "condition": self.clause(condition), "other": self.text(other)}
                return Noun(say.CONDITIONAL.format(**parts), op="if")
            case Let():
                return self._let(expr)
            case Apply():
                return self._applied(expr)

    def text(self, expr: Expr) -> str:
        return self.noun(expr).text

    def _constant(self, expr: Const) -> Noun:
        if expr.value == []:
            return Noun(say.EMPTY)
        if expr.type in (DATE, DATETIME, TIME):
            return Noun(say.NOW if expr.now else moment(str(expr.value)))
        return Noun(literal(expr.value, expr.type), isinstance(expr.value, list))

    def _variable(self, expr: Var) -> Noun:
        if expr.name in self.names:
            return self.names[expr.name]
        if isinstance(expr.type, EventType) and expr.name == expr.type.kind:
            return self._event_itself(expr.type)
        return local_name(expr.name, expr)

    def _event_itself(self, kind: EventType) -> Noun:
        match kind.kind:
            case "message":
                return Noun(say.THIS_MESSAGE[kind.role])
            case "step":
                return Noun(say.THIS_STEP)
            case _:
                return Noun(say.THIS_CALL)

    def _field(self, expr: Get) -> Noun:
        many = isinstance(strip(expr.type), (ListType, MapType))
        if isinstance(expr.target.type, EventType):
            return self._event_field(expr, expr.target.type, many)
        name = self._field_name(expr, many)
        owner = self.noun(expr.target)
        return Noun(owned(owner, name), many)

    def _field_name(self, expr: Get, many: bool) -> str:
        name = words(expr.name)
        if name.endswith(" at"):
            return say.TIME_FIELD.format(field=name.replace(" ", "-"))
        if many:
            return plural(singular(name))
        return code(expr.name) if is_odd(name) or (name.endswith("s") and singular(name) != name) else name

    def _event_field(self, expr: Get, kind: EventType, many: bool) -> Noun:
        target = expr.target
        if (
            self.noun(target).it
            and expr.name in ("text", "error", "result")
            and not self._is_parameter(expr.name, kind)
        ):
            return Noun(say.ITS.format(field=expr.name))
        if kind.kind == "message":
            return Noun(say.MESSAGE_FIELDS[expr.name].format(message=self.text(target)))
        if kind.kind == "step":
            return Noun(say.STEP_FIELDS[expr.name], many)
        if expr.name in say.CALL_FIELDS and not self._is_parameter(expr.name, kind):
            return Noun(say.CALL_FIELDS[expr.name].format(call=self.text(target)), many)
        if isinstance(target, Var) and target.name == "call":
            return Noun(code(expr.name))
        return Noun(owned(self.noun(target), code(expr.name)))

    def _is_parameter(self, name: str, kind: EventType) -> bool:
        return any(p.name == name for t in kind.tools if t in self.spec.tools for p in self.spec.tools[t].params)

    def _lookup(self, expr: Lookup) -> Noun:
        if (row := self._linked(expr)) is not None:
            return row
        key = self.text(expr.key)
        if isinstance(expr.target, Var) and expr.target.name.startswith("table."):
            table = self.spec.tables[expr.target.name.removeprefix("table.")]
            return Noun(say.ROW.format(row=words(table.record), key_name=words(table.key), key=key))
        if isinstance(strip(expr.target.type), ListType):
            return Noun(say.ITEM_AT.format(n=self._position(expr.key), list=self.text(expr.target)))
        return Noun(say.ENTRY.format(key=key, map=self.text(expr.target)))

    def _linked(self, expr: Lookup) -> Noun | None:
        """A row whose key another row holds, by what that row calls it: `the job's customer`."""
        match expr:
            case Lookup(Var(table), Get(owner, name) as key) if table.startswith("table.") and isinstance(
                strip(key.type), Ref
            ):
                if isinstance(owner.type, EventType) or not name.endswith("_id"):
                    return None
                return Noun(owned(self.noun(owner), words(name.removesuffix("_id"))))
        return None

    def _position(self, key: Expr) -> str:
        """Positions count from 0 in the language, from 1 among people."""
        return str(key.value + 1) if isinstance(key, Const) and isinstance(key.value, int) else self.text(key)

    def _made(self, expr: Make) -> Noun:
        items = [self.text(i) for i in expr.items]
        if expr.kind != "record":
            return Noun(series(items) if items else say.EMPTY, True)
        pairs = [f"{words(n)} {i}" for n, i in zip(expr.names, items, strict=True)]
        return Noun(say.NEW_RECORD.format(record=words(str(expr.type)), fields=series(pairs)))

    # --- the past

    def tools(self, names: frozenset[str], last: str = "or") -> str:
        """A set of tools as a person would sum it up."""
        agents = {t.name: t for t in self.spec.tools.values() if t.requestor == "agent"}
        missing = set(agents) - names
        if not names or not missing:
            return say.ANY_TOOL
        if names == self.spec.writes() and len(names) > 2:
            return say.WRITE_TOOLS
        if len(names) > 3 and (param := self._shared_param(names)):
            return say.TOOLS_TAKING.format(param=article(code(param)))
        if len(missing) <= 4 < len(names):
            return say.TOOLS_EXCEPT.format(tools=self._listed(missing, "and"))
        return self._listed(names, last)

    def _shared_param(self, names: frozenset[str]) -> str | None:
        """The parameter that these tools take, and no others."""
        for param in (p.name for n in sorted(names) for p in self.spec.tools[n].params):
            if names == {t.name for t in self.spec.tools.values() if any(p.name == param for p in t.params)}:
                return param
        return None

    def _listed(self, names: Iterable[str], last: str) -> str:
        chosen = set(names)
        return series((code(n) for n in self.spec.tools if n in chosen), last)

    def _events(self, expr: Events, messages: dict[Any, str], calls: dict[Any, str]) -> str:
        pattern = expr.pattern
        if pattern.kind == "message":
            found = messages[pattern.role]
        elif pattern.kind == "step":
            found = say.STEPS
        else:
            found = calls[pattern.status].format(tools=self.called(pattern))
        if expr.before is not None:
            found = say.BEFORE.format(events=found, event=self.text(expr.before))
        if expr.after is not None:
            events = re.sub(r"\ban (?=[^aeiou])", "a ", found.replace(" earlier", ""))
            found = say.AFTER.format(events=events, event=self.text(expr.after))
        return found

    def called(self, pattern: Pattern) -> str:
        """The tools of a call, and whose call it is where it is the user's."""
        tools = self.tools(pattern.tools)
        return say.BY_USER.format(tools=tools) if pattern.role == "user" else tools

    def event(self, pattern: Pattern) -> str:
        """One event of a kind, such as `a successful call to …`."""
        if pattern.kind == "call":
            return say.CALL_EVENT[pattern.status].format(tools=self.called(pattern))
        return say.EVENTS[pattern.kind][pattern.role]

    # --- lists

    def _collected(self, expr: Collect) -> Noun:
        first, *rest = expr.clauses
        plain = len(first.names) == 1 and isinstance(expr.body, Var) and expr.body.name == first.names[0]
        if plain and not rest:
            return self.noun(first.expr)
        if plain and all(c.kind == "where" for c in rest):
            return Noun(self._filtered(first, rest), True)
        item, inner = self.item(first.names, first.expr)
        source = self.text(first.expr)
        conditions: list[str] = []
        for clause in rest:
            inner, source = inner._clause(clause, source, conditions)
        value = inner.text(expr.body)
        found = say.MAPPED.format(value=value, item=item, source=source)
        return Noun(say.FOR_WHICH.format(items=found, condition=series(conditions)) if conditions else found, True)

    def _clause(self, clause: Clause, source: str, conditions: list[str]) -> tuple[Self, str]:
        match clause.kind:
            case "where":
                conditions.append(self.clause(clause.expr))
                return self, source
            case "let":
                return self.calling(**{clause.names[0]: Noun(self.text(clause.expr))}), source
            case _:
                item, inner = self.item(clause.names, clause.expr)
                return inner, f"{source} and every {item} in {self.text(clause.expr)}"

    def _filtered(self, source: Clause, wheres: list[Clause]) -> str:
        inner = self.calling(**{source.names[0]: Noun("it", it=True)})
        conditions = [inner.clause(c.expr) for c in wheres]
        return say.FOR_WHICH.format(items=self.text(source.expr), condition=series(conditions))

    def item(self, names: tuple[str, ...], source: Expr) -> tuple[str, Self]:
        """What one item of a list is called after `every`, and a reader who calls it that."""
        kind = strip(source.type)
        item = kind.item if isinstance(kind, ListType) else None
        if len(names) == 1 and item is not None:
            called = singular(item_word(names[0], source))
            if any(noun.text == f"the {called}" for name, noun in self.names.items() if name != names[0]):
                called = f"{called} {code(names[0])}"
            return called, self.calling(**{names[0]: Noun(f"the {called}")})
        parts = item.items if isinstance(item, TupleType) and len(item.items) == len(names) else (None,) * len(names)
        each = [words(n) for n, _ in zip(names, parts, strict=True)]
        return series(each), self.calling(**{n: Noun(f"the {c}") for n, c in zip(names, each, strict=True)})

    def _folded(self, expr: Fold) -> Noun:
        if isinstance(expr.source, Events) and expr.op in ("first", "last"):
            return Noun(self._nth_event(expr.source, expr.op))
        return Noun(say.FOLDS[expr.op].format(self.text(expr.source)))

    def _nth_event(self, source: Events, which: str) -> str:
        calls = {k: v.replace("{nth}", which) for k, v in say.NTH_CALL.items()}
        return self._events(source, say.LAST if which == "last" else say.FIRST, calls)

    def _let(self, expr: Let) -> Noun:
        """The shapes that `preferring`, `with lowest` and `ordered by` are lowered to; any other name is replaced."""
        match expr:
            case Let(_, source, Let(_, Collect((_, Clause("where", (), condition))), If())):
                inner = self._speaking_of_it(condition)
                return Noun(say.BUT_PREFERABLY.format(items=self.text(source), condition=inner.clause(condition)), True)
            case Let(_, source, Let(_, Fold("min" | "max" as op, Collect((_,), key)))):
                which = say.LOWEST if op == "min" else say.HIGHEST
                return Noun(which.format(items=self.text(source), key=self._key_name(key)), True)
            case Let(_, source, Apply("order" | "order_descending" as op, (_, Collect((_,), key)))):
                return Noun(say.IN_ORDER[op].format(items=self.text(source), key=self._key_name(key)), True)
            case Let(name, value, body):
                return self.calling(**{name: self.noun(value)}).noun(body)

    def _speaking_of_it(self, expr: Expr) -> Self:
        its = {n.name: Noun("it", it=True) for n in walk(expr) if isinstance(n, Var) and n.name.split("_")[0] == "it"}
        return self.calling(**its)

    def _key_name(self, key: Expr) -> str:
        key = key.args[0] if isinstance(key, Apply) and key.op == "instant" else key
        return (
            words(key.name)
            if isinstance(key, Get) and isinstance(key.target, Var)
            else self._speaking_of_it(key).text(key)
        )

    # --- functions

    def _applied(self, expr: Apply) -> Noun:
        if expr.op.startswith("define:"):
            return self._defined(self.spec.defines[expr.op.removeprefix("define:")], expr)
        if expr.op in ("instant", "or_unknown"):
            return self.noun(expr.args[0])
        if expr.op == "concat":
            return Noun(
                "\u201c" + "".join(str(a.value) if isinstance(a, Const) else self.text(a) for a in expr.args) + "\u201d"
            )
        if expr.op == "order" or expr.op == "order_descending":
            return Noun(say.IN_ORDER[expr.op].format(items=self.text(expr.args[0]), key=self.text(expr.args[1])), True)
        if expr.op in ("eq", "lt", "le", "gt", "ge", "and", "or", "not", "in", *say.PREDICATES):
            return Noun(f"whether {self.clause(expr)}")
        return self._operated(expr)

    def _operated(self, expr: Apply) -> Noun:
        if expr.op == "subtract" and isinstance(expr.args[0], Apply) and self._is_now(expr.args[0]):
            return Noun(say.OPERATORS["elapsed"].format(self.text(expr.args[1])), op="elapsed")
        if expr.op == "date_of" and isinstance(expr.args[0], (Apply, Const)) and self._is_now(expr.args[0]):
            return Noun(say.TODAY)
        op = "invented_by" if expr.op == "invented" and len(expr.args) > 1 else expr.op
        if op not in say.OPERATORS:
            raise Unphrased(f"`{expr.op}`", expr.span)
        args = [self._operand(op, a, at) for at, a in enumerate(expr.args)]
        many = isinstance(strip(expr.type), (ListType, MapType))
        return Noun(say.OPERATORS[op].format(*args, all=series(args)), many, op=op)

    def _operand(self, op: str, arg: Expr, at: int) -> str:
        """What an operation is done to, in brackets where it would else be read apart."""
        noun = self.noun(arg)
        split = op in say.ARITHMETIC and (noun.op in say.ARITHMETIC or (isinstance(arg, Apply) and len(arg.args) > 1))
        chain = noun.op == op == "add" or (at == 0 and noun.op == "add" and op == "subtract")
        return f"({noun})" if split and not chain else noun.text

    def _is_now(self, expr: Apply | Const) -> bool:
        inside = expr.args[0] if isinstance(expr, Apply) and expr.op == "instant" else expr
        return isinstance(inside, Const) and inside.now

    def _defined(self, made: Define, expr: Apply) -> Noun:
        if made.kind == "fact":
            return Noun(say.STATED.format(what=fact_name(made)))
        name = defined_name(made)
        many = is_many(made)
        if not expr.args:
            return Noun(opening(made.doc) if made.doc else f"the {name.removeprefix('the ')}", many)
        owners = [self.text(a) for a in expr.args]
        phrase = say.OF if len(owners) == 1 else say.FOR_BOTH
        return Noun(phrase.format(field=f"the {name}", owner=owners[0], owners=series(owners)), many)

    def clause(self, expr: Expr, mood: Mood = "plain", negated: bool = False) -> str:
        """A condition as a clause; see `English`."""
        raise NotImplementedError


# --- words for names --------------------------------------------------------------------------------------------------


def owned(owner: Noun, name: str) -> str:
    """`the order's status`, `its status`, `the status of the user who …`."""
    if owner.it:
        return f"its {name}"
    if owner.text.count(" ") > 3 or owner.plural or owner.text.endswith("s"):
        return say.OF.format(field=name if name.startswith("`") else f"the {name}", owner=owner.text)
    return say.POSSESSIVE.format(owner=owner.text, field=name)


def is_odd(name: str) -> bool:
    """Whether the words of a name can't stand as a noun, such as `last flown`, `out until` and `most credit`."""
    return name.rpartition(" ")[2] in say.PLAIN_PREPOSITIONS or re.fullmatch(say.NO_NOUN, name) is not None


def defined_name(made: Define) -> str:
    """What a definition is called before what it is of: `price_of` is the price."""
    name = words(made.name)
    name = name.removesuffix(" of") if " " in name else name
    return code(made.name) if is_odd(name) else name


def is_many(made: Define) -> bool:
    """Whether what a definition gives is spoken of in the plural: a list, or the days left."""
    return isinstance(strip(made.returns), ListType) or words(made.name).partition(" ")[0] in say.SPANS


def fact_name(made: Define) -> str:
    """What a fact is about, after `about`: `why the guest cancels`, or `the reason`."""
    told = opening(made.doc)
    asks = re.match(r"(?:why|what|when|where|which|who|how|whether)\b", told)
    return told if asks else f"the {words(made.name.removeprefix('stated.'))}"


def item_word(name: str, source: Expr) -> str:
    """What an item is called: by its name, or where that is a mere letter or `it`, by its list or type."""
    if len(name) > 1 and name.split("_")[0] != "it":
        return words(name)
    if isinstance(source, Get):
        return words(source.name)
    kind = strip(source.type)
    item = strip(kind.item) if isinstance(kind, ListType) else kind
    return words(str(item))


def local_name(name: str, expr: Expr) -> Noun:
    """A local name as a noun: `order` is the order, `p` a payment by its type, `former` the former order."""
    base = code(name) if name in say.PLAIN_PREPOSITIONS else words(name)
    kind = strip(expr.type)
    many = isinstance(kind, ListType)
    if isinstance(kind, RecordType):
        row = words(kind.name)
        base = row if len(name) == 1 or base in row.split() else f"{base} {row}" if base in say.ADJECTIVES else base
    return Noun(f"the {base.removeprefix('the ')}", many)
