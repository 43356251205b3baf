"""Core expressions in controlled English, the second half: clauses for conditions, plain or as demands.

Enters: a condition, what its variables are called, and whether it is stated or demanded. Leaves: a clause.
"""

from attrs import frozen

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
    Var,
)
from ...core.spec import Define
from ...core.types import (
    BOOL,
    DATE,
    DATETIME,
    TIME,
    EventType,
    RecordType,
    is_number,
    strip,
)
from ...core.walk import walk
from . import phrases as say
from .nouns import Mood, Nouns, Unphrased, local_name
from .words import Noun, article, infinitive, literal, opening, series, verb, words


@frozen
class English(Nouns):
    """Phrases expressions of one specification."""

    # --- conditions

    def clause(self, expr: Expr, mood: Mood = "plain", negated: bool = False) -> str:
        """A condition as a clause: plain (`X is Y`), or as a demand (`X must be Y`)."""
        match expr:
            case Apply("not", (inner,)):
                return self.clause(inner, mood, not negated)
            case Apply("and" | "or" as op, items):
                return self._joined(op, items, mood, negated)
            case Apply("eq" | "lt" | "le" | "gt" | "ge", (_, _)):
                return self._compared(expr, mood, negated)
            case Apply("in", (member, source)):
                return self._member(member, source, mood, negated)
            case Apply(op, args) if op in say.PREDICATES:
                return self._predicate(op, args, mood, negated)
            case Apply(op) if op.startswith("define:"):
                return self._named_condition(expr, self.spec.defines[op.removeprefix("define:")], mood, negated)
            case Apply("or_unknown", (inner,)):
                return self.clause(inner, mood, negated)
            case Is():
                return self._tested(expr, mood, negated)
            case Fold("some" | "every" | "no" as op, source):
                return self._quantified(op, source, mood, negated)
            case If(condition, then, other):
                parts = [self.clause(then, mood, negated), self.clause(condition), self.clause(other, mood, negated)]
                return say.CONDITIONAL.format(then=parts[0], condition=parts[1], other=parts[2])
            case Let(name, value, body):
                return self.calling(**{name: self.noun(value)}).clause(body, mood, negated)
            case Get(target, name) if not isinstance(target.type, EventType):
                return self._is_so(self.noun(target), words(name), mood, negated)
            case _:
                return f"{self.noun(expr)} {verb('be', mood, negated)} {say.TRUTH[True]}"

    def _is_so(self, owner: Noun, name: str, mood: Mood, negated: bool) -> str:
        """A field that is true or false, said of its row: `the bird is moulting`, `the guest has pets`."""
        first, _, rest = name.partition(" ")
        if rest and first in say.VERBS:
            return f"{owner} {verb(say.VERBS[first], mood, negated, owner.plural)} {rest}"
        if rest and first == "can":
            able = say.CAN[negated] if mood == "plain" else f"{verb('be', mood, negated)} {say.ABLE}"
            return f"{owner} {able} {rest}"
        said = rest if rest and first in say.COPULAS else name
        return f"{owner} {verb('be', mood, negated, owner.plural)} {said}"

    def _joined(self, op: str, items: tuple[Expr, ...], mood: Mood, negated: bool) -> str:
        items = tuple(i for i in items if i != Const(op == "and", BOOL)) or items[:1]
        if len(items) == 1:
            return self.clause(items[0], mood, negated)
        both = (op == "and") != negated
        if (
            not both
            and len(items) == 2
            and isinstance(items[0], Apply)
            and items[0].op == "not"
            and not negated
            and mood != "plain"
        ):
            return say.IMPLIES.format(condition=self.clause(items[0].args[0]), then=self.clause(items[1], mood))
        parts = [self.clause(i, mood, negated) for i in items]
        nested = any(isinstance(i, Apply) and i.op in ("and", "or") for i in items)
        if both and (apart := self._told_apart(items, parts, negated)):
            return apart
        if both or (mood == "plain" and not nested):
            return series(parts, "and" if both else "or")
        if mood == "plain":
            return f"{', '.join(parts[:-1])}, or {parts[-1]}"
        return series(parts, "or") if len(parts) == 2 else f"{', '.join(parts[:-1])}, or {parts[-1]}"

    def _told_apart(self, items: tuple[Expr, ...], parts: list[str], negated: bool) -> str:
        """Parts that all have to hold, where some would run on into others: what is one thing or another stands last,
        and what is said of every item of a list ends at a semicolon. Nothing where none would."""
        choices = [p for i, p in zip(items, parts, strict=True) if is_choice(i, negated)]
        ranged = any(p.startswith(say.EVERY.format(item="")) for p in parts)
        if not choices and not ranged:
            return ""
        sure = [p for i, p in zip(items, parts, strict=True) if not is_choice(i, negated)]
        told = [*sure, *(p if p.startswith("if ") else say.EITHER.format(p) for p in choices)]
        return ("; and " if ranged else ", and ").join(told)

    def _compared(self, expr: Apply, mood: Mood, negated: bool) -> str:
        left, right = expr.args
        if expr.op == "eq" and (key := self._same_key(left, right)):
            return f"{self.names['it']} {verb('have', mood, negated)} {say.SAME_KEY.format(key=key)}"
        subject = self.noun(left)
        if expr.op == "eq" and right == Const(True, right.type):
            return self.clause(left, mood, negated)
        if expr.op == "eq" and right == Const(False, right.type) and left.type == BOOL and self._is_condition(left):
            return self.clause(left, mood, not negated)
        both = left.type == right.type == BOOL and not isinstance(right, Const)
        if expr.op == "eq" and both and any(map(self._is_condition, (left, right))):
            form = say.BOTH_OR_NEITHER if mood == "plain" else say.JUST_IF
            return form.format(what=self.clause(left, mood), condition=self.clause(right, "plain", negated))
        if expr.op == "eq" and self._is_tool(left) and isinstance(right, Const):
            return self._call_is_to(frozenset({right.value}), mood, negated)
        if expr.op == "eq" and is_number(strip(left.type)) and not isinstance(right, Const):
            return f"{subject} {verb('equal', mood, negated, subject.plural)} {self.text(right)}"
        if expr.op == "eq":
            return f"{subject} {verb('be', mood, negated, subject.plural)} {self.text(right)}"
        op = say.OPPOSITES[expr.op] if negated else expr.op
        is_time = strip(left.type) in (DATE, DATETIME, TIME) or (isinstance(left, Apply) and left.op == "instant")
        forms = say.TIME_COMPARISONS if is_time else say.COMPARISONS
        return f"{subject} {verb('be', mood, False, subject.plural)} {forms[op].format('', self.text(right))}"

    def _is_condition(self, expr: Expr) -> bool:
        """Whether something true or false is worded as a clause: `the bird is moulting`, and no value with a name."""
        of_a_row = isinstance(expr, Get) and not isinstance(expr.target.type, EventType)
        return strip(expr.type) == BOOL and (of_a_row or self.text(expr).startswith("whether "))

    def _same_key(self, left: Expr, right: Expr) -> str | None:
        """The argument that an earlier call shares with this one."""
        match left, right:
            case (Get(Var("it"), a), Get(Var("call"), b)) | (Get(Var("call"), a), Get(Var("it"), b)) if (
                a == b and "it" in self.names
            ):
                return a
        return None

    def _member(self, member: Expr, source: Expr, mood: Mood, negated: bool) -> str:
        subject = self.noun(member)
        be = verb("be", mood, negated, subject.plural)
        if self._is_tool(member) and isinstance(source, Const):
            return self._call_is_to(frozenset(source.value), mood, negated)
        match source:
            case Const(list()):
                return f"{subject} {be} {literal(source.value, source.type)}"
            case Apply("range", (low, high)):
                return f"{subject} {be} {say.BETWEEN.format(self.text(low), self.text(high))}"
        return f"{subject} {be} {say.AMONG.format(self.text(source))}"

    def _is_tool(self, expr: Expr) -> bool:
        return isinstance(expr, Get) and expr.name == "tool" and isinstance(expr.target.type, EventType)

    def _call_is_to(self, tools: frozenset[str], mood: Mood, negated: bool) -> str:
        return say.THE_CALL_IS_TO.format(be=verb("be", mood, negated), tools=self.tools(tools))

    def _predicate(self, op: str, args: tuple[Expr, ...], mood: Mood, negated: bool) -> str:
        base, rest = say.PREDICATES[op]
        subject = self.noun(args[0])
        objects = [self.text(a) for a in args]
        if op == "says_amount" and not isinstance(args[1], Const) and " " in objects[1]:
            amount = self.noun(args[1])
            objects[1], rest = say.AMOUNT_OF.format(value=amount, be=verb("be", "plain", many=amount.plural)), "{1}"
        return f"{subject} {verb(base, mood, negated, subject.plural)} {rest.format(*objects)}"

    def _named_condition(self, expr: Apply, made: Define, mood: Mood, negated: bool) -> str:
        if made.kind == "fact":
            return self._stated(made, negated)
        args = [self.noun(a) for a in expr.args]
        if not args:
            return f"\u201c{words(made.name)}\u201d {verb('hold', mood, negated)}"
        what = opening(made.doc).removeprefix("whether ")
        if made.kind == "recogniser" and what != opening(made.doc):
            does, _, rest = what.removeprefix("a message ").partition(" ")
            if what.startswith("a message ") and (base := infinitive(does)):
                return f"{args[0]} {verb(base, mood, negated, args[0].plural)} {rest}".rstrip()
            return say.SHOWS.format(message=args[0], show=verb("show", mood, negated, args[0].plural), what=what)
        rest = say.FOR.format(series(a.text for a in args[1:])) if len(args) > 1 else ""
        count = verb("count", mood, negated, args[0].plural)
        return say.COUNTS.format(message=args[0], count=count, name=words(made.name), rest=rest)

    def _stated(self, made: Define, negated: bool) -> str:
        told = opening(made.doc).removeprefix("whether ")
        if made.doc and told != opening(made.doc):
            return f"it is not the case that {told}" if negated else told
        return f"{say.STATED.format(what=words(made.name.removeprefix('stated.')))} is {say.TRUTH[not negated]}"

    def _tested(self, expr: Is, mood: Mood, negated: bool) -> str:
        subject = self.noun(expr.target)
        if expr.test in ("present", "absent"):
            no = (expr.test == "absent") != negated
            if isinstance(strip(expr.target.type), RecordType):
                return f"{subject} {verb('exist', mood, no)}"
            return f"{subject} {verb('be', mood, no, subject.plural)} {say.GIVEN}"
        return f"{subject} {verb('be', mood, negated)} {article(words(expr.test))}"

    # --- some, every, no

    def _quantified(self, op: str, source: Expr, mood: Mood, negated: bool) -> str:
        if negated and op in ("some", "no"):
            return self._quantified("no" if op == "some" else "some", source, mood, False)
        if negated:
            return f"it {verb('be', mood, True)} that {self._quantified(op, source, 'plain', False)}"
        match source:
            case Collect((Clause("for", (name,), items), *wheres), body) if is_of_one(op, source):
                conditions = [body] if op == "every" else [c.expr for c in wheres]
                return self._each(op, name, items, conditions, mood)
            case Collect():
                return self._for_every(source, mood) if op == "every" else self._there(op, source, mood)
            case Events():
                return self._happened(op, source, mood)
        modal: Mood = "may" if op == "no" and mood == "must" else mood
        what = f"{'no ' if op == 'no' else ''}{self.text(source).removeprefix('the ')}"
        return say.THERE.format(be=verb("be", modal, many=True), value=what)

    def _happened(self, op: str, source: Events, mood: Mood) -> str:
        modal: Mood = "may" if op == "no" and mood == "must" else mood
        been = "has been" if modal == "plain" else f"{modal} have been"
        value = self._subject(op, source)
        if op == "no":
            return say.NONE_SO_FAR.format(value=value, be=been, made=say.MADE[source.pattern.kind])
        return say.THERE.format(be=been, value=value)

    def _subject(self, op: str, items: Expr) -> str:
        """`an earlier message of yours`, `none of the order's items`: what a condition then says something about."""
        if isinstance(items, Events):
            messages, calls = (say.NO_EARLIER, say.NO_CALL) if op == "no" else (say.ONE_EARLIER, say.ONE_CALL)
            if items.pattern.kind != "step":
                return self._events(items, messages, calls)
        return say.ANY_OF[op].format(items=self.text(items))

    def _each(self, op: str, name: str, items: Expr, conditions: list[Expr], mood: Mood) -> str:
        modal: Mood = "may" if op == "no" and mood == "must" else mood
        subject = Noun(self._subject(op, items))
        if op == "no" and len(both := [part for c in conditions for part in conjuncts(c)]) > 1:
            told = [self.calling(**{name: Noun("it", it=True)}).clause(c) for c in both]
            if all(t.startswith("it ") for t in told):
                meant = say.THAT.format(event=subject, condition=series(t.removeprefix("it ") for t in told))
            else:
                meant = say.FOR_WHICH.format(items=subject, condition=series(told))
            return say.THERE.format(be=verb("be", modal), value=meant)
        said, inner = [], self.calling(**{name: subject})
        for clause in conditions:
            said.append(inner.clause(clause, modal))
            inner = self.calling(**{name: Noun("it", it=True)})
        return series(said)

    def _for_every(self, source: Collect, mood: Mood) -> str:
        """`for every leg in the booking's legs for which the leg is flown, the leg's price must be …`."""
        items, conditions, inner = self._ranged(source)
        every = series(say.EVERY.format(item=item) for item in items)
        which = say.FOR_WHICH.format(items=every, condition=series(conditions)) if conditions else every
        return f"{which}, {inner.clause(source.body, mood)}"

    def _there(self, op: str, source: Collect, mood: Mood) -> str:
        """`there must be a leg in the booking's legs for which the leg is flown or …`; with `no`, `there may be no`."""
        modal: Mood = "may" if op == "no" and mood == "must" else mood
        items, conditions, _ = self._ranged(source)
        value = f"no {series(items, 'or')}" if op == "no" else series(map(article, items))
        meant = say.FOR_WHICH.format(items=value, condition=series(conditions)) if conditions else value
        return say.THERE.format(be=verb("be", modal), value=meant)

    def _ranged(self, source: Collect) -> tuple[list[str], list[str], "English"]:
        """What a list goes over, item by item, what has to hold of them, and a reader who calls each by a name."""
        items: list[str] = []
        conditions: list[str] = []
        inner = self
        for clause in source.clauses:
            if clause.kind == "where":
                conditions.append(inner.clause(clause.expr))
            elif clause.kind == "let":
                inner = inner.calling(**{clause.names[0]: inner.noun(clause.expr)})
            else:
                item, inner = inner._one(clause)
                items.append(item)
        return items, conditions, inner

    def _one(self, clause: Clause) -> tuple[str, "English"]:
        """`leg in the booking's legs`, which is `the leg` from there on; `earlier call to …`, which is `that call`."""
        if isinstance(clause.expr, Events) and clause.expr.pattern.kind != "step":
            events = self._events(clause.expr, say.ONE_EARLIER, say.ONE_CALL)
            called = Noun(say.THAT_ONE.format(event=clause.expr.pattern.kind))
            return events.removeprefix("an "), self.calling(**{clause.names[0]: called})
        item, inner = self.item(clause.names, clause.expr)
        return say.ITEM_OF.format(item=item, list=self.text(clause.expr)), inner


def is_choice(part: Expr, negated: bool) -> bool:
    """Whether a clause reads as one thing or another, which must not run on into what else has to hold."""
    match part:
        case Apply("not", (inner,)):
            return is_choice(inner, not negated)
        case Apply("and" | "or" as op, items):
            return len(items) > 1 and (op == "or") != negated
    return isinstance(part, If)


def is_of_one(op: str, source: Collect) -> bool:
    """Whether what is said of the items of a list can be said of one as the subject: `none of the legs is flown`.
    What speaks of an item twice, of a choice or of another list would be taken apart, and mean something else."""
    first, *rest = source.clauses
    if len(first.names) != 1 or (op == "every" and rest) or any(c.kind != "where" for c in rest):
        return False
    if op == "every" and isinstance(first.expr, Events):
        return False
    said = [part for c in ([source.body] if op == "every" else [w.expr for w in rest]) for part in conjuncts(c)]
    return bool(said) and all(_is_said_of(first.names[0], part, op) for part in said)


def _is_said_of(name: str, condition: Expr, op: str) -> bool:
    used = [n for n in walk(condition) if isinstance(n, Var) and n.name == name]
    apart = [n for n in walk(condition) if isinstance(n, (If, Collect, Events)) or _splits(n)]
    denied = op == "every" and isinstance(condition, Apply) and condition.op == "not"
    return len(used) == 1 and not apart and not denied


def _splits(node: object) -> bool:
    if isinstance(node, Fold):
        return node.op in ("some", "every", "no")
    return isinstance(node, Apply) and node.op in ("and", "or")


def conjuncts(condition: Expr) -> tuple[Expr, ...]:
    """The conditions that have to hold together for one to hold."""
    match condition:
        case Apply("and", args):
            return tuple(c for a in args for c in conjuncts(a))
    return (condition,)


__all__ = ["English", "Mood", "Unphrased", "conjuncts", "is_choice", "local_name"]
