"""What messages say: free, but of the same message the same each time.

An answer is a function of the message and of what is asked of it; where it may hang on more (on what was known by
then), of that too. Several messages are heard as one text, so of them only follows that there are some.
"""

from attrs import define, field

from ...core.evaluator import LANGUAGE
from ...core.nodes import Apply, Const, Expr
from ...core.spec import Spec
from ...core.types import BOOL, ListType, Ref, strip
from . import errors, terms
from .lists import Lists
from .relevance import through
from .terms import Sort
from .values import Event, Maybe, Past, Query, Scalar, Value, spelled
from .words import amounts_in, holds_phrase

SAID = LANGUAGE
BY_THEN = frozenset({"lists", "invented"})  # what hangs on what was seen before, too
GROWING = frozenset({"mentions", "says", "says_amount", "says_id"})  # what one message says, several say together


@define
class Heard(Lists):
    """Encodes what is asked of language. `phrases` are those of which it is asked whether an event says or mentions
    them, each with the term for that it does; `priced` are the events of which it is asked which amounts they say."""

    phrases: dict[str, dict[tuple[str, str], str]] = field(factory=dict)
    priced: set[str] = field(factory=set)

    def uninterpreted(self, expr: Apply, args: list[Value]) -> Value:
        """A built-in as some function of its arguments; given by the floor above this one."""
        raise NotImplementedError

    def said_of(self, expr: Apply, args: list[Value]) -> Value:
        """A built-in that reads language."""
        thing, there = (v.value, v.present) if isinstance(v := args[0], Maybe) else (v, terms.TRUE)
        self.weaken(expr.span, errors.LANGUAGE)
        if expr.type != BOOL:
            return self._listed_in(expr, thing) if isinstance(thing, Event) else self.uninterpreted(expr, args)
        match thing:
            case Event():
                said = self._says(expr, thing, args[1:])
            case Past() | Query():
                said = self._say_together(expr, thing, args[1:])
            case _:
                found = self.uninterpreted(expr, [thing, *args[1:]])
                return Scalar(terms.both([there, found.term]), "Bool") if isinstance(found, Scalar) else found
        unsaid = self._nothing_to_list(expr, args[1:]) if there != terms.TRUE else terms.FALSE
        return Scalar(terms.either([terms.both([there, said]), unsaid]), "Bool")

    def _name(self, expr: Apply, thing: Value) -> str:
        """What a question is called; where the answer may change with time, that too."""
        later = expr.op in BY_THEN or (isinstance(thing, Event) and thing.type.kind != "message")
        return f"says.{expr.op}@{self.now}@{self.moment}" if later else f"says.{expr.op}"

    def _listed_in(self, expr: Apply, event: Event) -> Value:
        return self.function(f"{self._name(expr, event)}:{expr.type}", [(event.at, "Int")], expr.type)

    def _says(self, expr: Apply, event: Event, rest: list[Value]) -> str:
        if expr.op == "mentions" and (phrases := _phrases(expr.args[1])):
            return terms.either(self._mentions(expr, event, phrase) for phrase in phrases)
        term = self._asked(expr, event, rest)
        if expr.op == "says" and isinstance(sentence := expr.args[1], Const) and isinstance(sentence.value, str):
            self._compared(event, "says", sentence.value, term)
            if event.at in self.priced:
                self._say_amounts(event, sentence.value, term)
        if expr.op == "says_amount" and event.type.kind == "message" and event.at not in self.priced:
            self.priced.add(event.at)
            for (op, text), said in self.phrases.get(event.at, {}).items():
                if op == "says":
                    self._say_amounts(event, text, said)
        return term

    def _say_amounts(self, event: Event, sentence: str, term: str) -> None:
        """Who says a sentence says the amounts in it."""
        for amount in amounts_in(sentence):
            said = self._predicate("says.says_amount", event, [(terms.number(amount, "Real"), "Real")])
            self.script.fact(terms.implies(term, said))

    def _mentions(self, expr: Apply, event: Event, phrase: str) -> str:
        term = self._predicate(self._name(expr, event), event, [(self.script.literal(phrase), "Text")])
        if event.type.kind == "message":
            self._compared(event, "mentions", phrase, term)
        return term

    def _compared(self, event: Event, op: str, text: str, term: str) -> None:
        """Who says a sentence mentions what is in it, and so does who mentions a phrase."""
        known = self.phrases.setdefault(event.at, {})
        for (other_op, other), other_term in known.items() if (op, text) not in known else ():
            if op == "mentions" and holds_phrase(text, other, other_op == "mentions"):
                self.script.fact(terms.implies(other_term, term))
            if other_op == "mentions" and holds_phrase(other, text, op == "mentions"):
                self.script.fact(terms.implies(term, other_term))
        known[op, text] = term

    def _asked(self, expr: Apply, event: Event, rest: list[Value]) -> str:
        name, words = self._name(expr, event), list[tuple[str, Sort]]()
        for arg, value in zip(expr.args[1:], rest, strict=True):
            match value:
                case Scalar(term, sort):
                    words.append((terms.real(term, sort), "Real") if sort in ("Int", "Real") else (term, sort))
                case Maybe(present, Scalar(term, sort)):
                    words += [(present, "Bool"), (term, sort)]
                case Event(at):
                    words.append((at, "Int"))
                case _:
                    name += f":{arg.value!r}" if isinstance(arg, Const) else f":{spelled(value)}"
        return self._predicate(name, event, words)

    def _predicate(self, name: str, event: Event, words: list[tuple[str, Sort]]) -> str:
        sorts: tuple[Sort, ...] = ("Int", *(s for _, s in words))
        made = self.script.function(f"{name}/{','.join(sorts)}", sorts, "Bool")
        return terms.apply(made, event.at, *(w for w, _ in words))

    def _say_together(self, expr: Apply, several: Value, rest: list[Value]) -> str:
        """What several messages say: where there are none, nothing; what one of them says, all of them say."""
        kind = expr.args[0].type
        heard = ":".join(map(spelled, (several, *rest)))
        answer = self.recall(f"{self._name(expr, several)}:{heard}", BOOL, "together")
        assert isinstance(answer, Scalar)
        there = self.exists(several, kind)
        self.script.fact(terms.implies(answer.term, terms.either([there, self._nothing_to_list(expr, rest)])))
        if expr.op in GROWING and self.is_of_the_past(several):
            self.hear(lambda event: self._one_says(expr, several, rest, answer.term))
        return answer.term

    def _one_says(self, expr: Apply, several: Value, rest: list[Value], answer: str) -> None:
        for condition, one in self.cases(several, expr.args[0].type)[0]:
            if isinstance(one, Event):
                self.script.fact(terms.implies(terms.both([condition, self._says(expr, one, rest)]), answer))

    def _nothing_to_list(self, expr: Apply, rest: list[Value]) -> str:
        """That a call has no detail that must be said: it may, unless it surely names a row other than what need not
        be said. Keys of different tables are taken to be different."""
        if expr.op != "lists":
            return terms.FALSE
        call, unsaid = rest[0], _tables(expr.args[2], self.spec) if len(expr.args) > 2 else frozenset[str]()
        tools = call.type.tools if isinstance(call, Event) and unsaid is not None else frozenset[str]()
        sure = bool(tools) and all(self._names_a_row(t, unsaid or frozenset()) for t in tools)
        return terms.FALSE if sure else self.script.fresh("nothing.to.list", "Bool")

    def _names_a_row(self, tool: str, unsaid: frozenset[str]) -> bool:
        return any(isinstance(p.type, Ref) and p.type.table not in unsaid for p in self.spec.tools[tool].params)


def _phrases(expr: Expr) -> list[str]:
    """Phrases that are written out, as they are compared; none where others are meant."""
    given = expr.value if isinstance(expr, Const) else None
    found = given if isinstance(given, list) else [given]
    phrases = [p.lower() for p in found if isinstance(p, str)]
    return phrases if len(phrases) == len(found) else []


def _tables(expr: Expr, spec: Spec) -> frozenset[str] | None:
    """The tables whose keys an expression comes by, through definitions; None where it comes by none."""
    found: set[str] = set()
    for node in through(expr, spec):
        kind = strip(getattr(node, "type", None) or BOOL)
        inner = strip(kind.item) if isinstance(kind, ListType) else kind
        found |= {inner.table} if isinstance(inner, Ref) else set()
    return frozenset(found) or None


__all__ = ["SAID", "Heard"]
