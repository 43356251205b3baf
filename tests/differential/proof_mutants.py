"""Deliberate mistakes in the encoding for proofs, each saying more than is true; stories that there are notice each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from attrs import evolve

from cove_dsl.backends.smt import contracts, encode, feasibility, heard, lists, past, policy, world
from cove_dsl.backends.smt.terms import TRUE, negate

Change = Callable[[Any], Any]  # a function, and what is put in its place


def _nothing(_: Any) -> Any:
    return lambda *args: None


def _always_reached(right: Any) -> Any:
    """A check is demanded whether it is reached or not."""
    return lambda self, otherwise, term, span, guard, frame: right(self, otherwise, term, span, TRUE, frame)


def _no_way_out(right: Any) -> Any:
    """What leaves a body in any way is ruled out, as an error is."""
    return lambda self, otherwise, term, span, guard, frame: right(self, None, term, span, guard, frame)


def _swapped(right: Any) -> Any:
    return lambda self, condition, then, other, kind: right(self, condition, other, then, kind)


def _denied(right: Any) -> Any:
    return lambda self, expr, env: negate(right(self, expr, env))


def _unchanged(_: Any) -> Any:
    """A field is as it was before anything happened."""
    return lambda self, thing, name: self.initially(thing, thing.type.name, name)


def _as_long(_: Any) -> Any:
    """A list with one more item is as long as before."""

    def longer(self: Any, target: Any, stmt: Any, value: Any) -> Any:
        return self.read(target, stmt.name)

    return longer


def _one_short(right: Any) -> Any:
    return lambda self, values, sort: right(self, values[:-1], sort)


def _one_way(right: Any) -> Any:
    """Of several plans, whichever: the end of the first call is the end."""
    return lambda self, plan, env: right(self, tuple(g for g in plan if g.kind != "do" or g is plan[0]), env)


def _at_any_time(right: Any) -> Any:
    """What is to come is past as well."""
    return lambda self, past, event: right(self, evolve(past, above=(), below=()), event)


def _by_anybody(right: Any) -> Any:
    return lambda self, pattern, event: right(self, evolve(pattern, role=None, status=None), event)


def _for_ever(right: Any) -> Any:
    """What ends a duty is not looked at."""
    return lambda self, rule, duty, env, guard, since: right(self, rule, evolve(duty, until=None), env, guard, since)


def _last_is_first(right: Any) -> Any:
    other = {"last": "only", "only": "last"}
    return lambda self, op, *rest: right(self, other[op], *rest)


def _alone(right: Any) -> Any:
    """What comes next is all that comes."""
    return lambda self, rule, duty, guard, since, place: right(self, rule, duty, guard, since, None)


def _one_world(_: Any) -> Any:
    """Wherever something is looked at from, the world is as it was in the beginning."""
    return lambda self, now: past.Standpoint({}, {}, 0, now)


def _one_more(right: Any) -> Any:
    return lambda self, found: f"(+ 1 {right(self, found)})"


def _all_phrases(_: Any) -> Any:
    """A message that mentions one phrase mentions every other."""
    return lambda self, expr, event, phrase: self._predicate("mentions", event, [])


def _forbidden_at_once(right: Any) -> Any:
    """What opens a duty may break it."""
    return lambda self, rule, duty, env, guard, since: right(self, rule, duty, env, guard, f"(- {since} 1)")


def _next_at_once(right: Any) -> Any:
    return lambda self, rule, duty, guard, since, place: right(self, rule, duty, guard, f"(- {since} 1)", place)


def _on_and_on(right: Any) -> Any:
    """What stands behind `then nothing` is owed, too."""

    def owe(self: Any, rule: Any, chain: Any, *rest: Any) -> None:
        right(self, rule, chain, *rest)
        for n, duty in enumerate(chain):
            if duty.mode == "nothing":
                right(self, rule, chain[n + 1 :], *rest)

    return owe


def _before_all(right: Any) -> Any:
    """After an event, it is not yet past."""
    return lambda self, rule, event, at, guard: right(self, rule, event, evolve(at, now=event.at), guard)


def _as_it_is_then(_: Any) -> Any:
    """A call is asked for with what there is when it comes."""

    def steps(self: Any, plan: Any, env: Any) -> None:
        for n, goal in enumerate(plan, 1):
            if goal.kind == "do":
                self.call(self.asked(goal, f"goal.{n}.{goal.tool}", env))
            elif goal.kind == "reach" and goal.condition is not None:
                self.demand("goal", f"goal.{n}.reach", goal.span, self.condition(goal.condition, env))

    return steps


MUTANTS: dict[str, list[tuple[Any, str, Change]]] = {
    "checks are always reached": [(contracts.Contracts, "unless", _always_reached)],
    "no way out but the end": [(contracts.Contracts, "unless", _no_way_out)],
    "what is not followed stays": [(contracts.Contracts, "lose", _nothing)],
    "sync changes nothing": [(contracts.Contracts, "followed", _nothing)],
    "calls change nothing": [(contracts.Contracts, "effects", _nothing)],
    "fields stay as they were": [(world.World, "read", _unchanged)],
    "longer lists are as long": [(contracts.Contracts, "longer", _as_long)],
    "choices swapped": [(world.World, "choose", _swapped)],
    "present denied": [(encode.Encoder, "test", _denied)],
    "sums without their last": [(lists.Lists, "total", _one_short)],
    "asked when it comes": [(feasibility.Question, "steps", _as_it_is_then)],
    "nothing is copied": [(encode.Encoder, "copied", lambda right: lambda self, value: value)],
    "only the first call": [(feasibility.Question, "steps", _one_way)],
}  # fmt: skip

TABLES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "less is at most": (encode.COMPARES, {"lt": "<="}),
    "at least is more": (encode.COMPARES, {"ge": ">"}),
    "minus is plus": (encode.ADDS, {"subtract": "+"}),
}
NAMES = [*MUTANTS, *TABLES]

# Mistakes about what happened, which only conversations notice.
TALK: dict[str, list[tuple[Any, str, Change]]] = {
    "past at any time": [(past.Conversation, "is_among", _at_any_time)],
    "anybody's events": [(past.Conversation, "is_meant", _by_anybody)],
    "duties never end": [(policy.Policy, "_never", _for_ever)],
    "the last is the only one": [(lists.Lists, "_placed", _last_is_first)],
    "the next is the last": [(policy.Policy, "_next", _alone)],
    "one world throughout": [(past.Conversation, "elsewhere", _one_world)],
    "one more than there are": [(past.Conversation, "_different", _one_more)],
    "all phrases are one": [(heard.Heard, "_mentions", _all_phrases)],
}  # fmt: skip


# Mistakes at a boundary, which only stories by hand come to.
BY_HAND: dict[str, list[tuple[Any, str, Change]]] = {
    "what opens a duty breaks it": [(policy.Policy, "_never", _forbidden_at_once)],
    "what opens a duty is the next": [(policy.Policy, "_next", _next_at_once)],
    "limits accuse attempts": [(policy, "excuses", lambda _: lambda rule: rule.basis == "contract")],
    "a chain goes on behind nothing": [(policy.Policy, "owe", _on_and_on)],
    "after a call it is not past": [(policy.Policy, "bind_event", _before_all)],
}


@contextmanager
def misproved(name: str) -> Iterator[None]:
    """The encoding with one mistake."""
    assert name in (known := MUTANTS | TALK | BY_HAND | TABLES), f"no mistake is called {name!r}: {', '.join(known)}"
    with ExitStack() as stack:
        for owner, attribute, change in (MUTANTS | TALK | BY_HAND).get(name, ()):
            stack.enter_context(patch.object(owner, attribute, change(getattr(owner, attribute))))
        if name in TABLES:
            stack.enter_context(patch.dict(*TABLES[name]))
        yield
