"""A guard around an agent's tools: a call that the policy forbids is not made, and the agent is told what to do.

In: tool functions, a monitor, and what "undecided" shall mean. Out: the same functions behind the rules. What is
refused never happened: it is not part of the conversation that later calls are judged in, so an attempt that failed
here cannot loosen a rule that presupposes another. `Guard.messages` is what did happen, ready for `Desk.verify`.
"""

import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from attrs import define, frozen

from ..backends.python.runtime.dialects import chat_messages, is_call_alone
from ..backends.python.runtime.events import Call, Message, Step, TrajectoryError, read_trajectory
from ..source import suggest
from .monitor import ALLOWED, Decision, Monitor, no_tool
from .state import to_jsonable
from .wire import exact_arguments, given_arguments, parts_of_call, plain, text_of, tool_message

Undecided: TypeAlias = Literal["allow", "deny"] | Callable[[Decision, dict[str, Any]], bool]
Tools: TypeAlias = Mapping[str, Callable[..., Any]] | Iterable[Callable[..., Any]]


NOT_MADE = {
    "deny": "this call was refused and not made.",
    "undecided": "this call was not made, because too little is known to say whether it is allowed.",
}
NOT_SHOWN = {
    "deny": "what this call shows is not for this conversation.",
    "undecided": "what this call shows is held back, because too little is known to say whether it is allowed.",
}


class Denied(str):
    """What comes back instead of a result: a text that begins with `Error:`, so every loop hands it on as a failure.
    `decision` says which rules refused."""

    decision: Decision

    def __new__(cls, decision: Decision, looked: bool = False) -> "Denied":
        why = NOT_SHOWN if looked else NOT_MADE
        made = super().__new__(cls, f"Error: {why[decision.verdict]}\n{decision.advice}")
        made.decision = decision
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Copied or sent elsewhere, as messages are, it is its text alone."""
        return str, (str(self),)


@frozen
class Refusal:
    """A call that the agent did not get, and why. `looked`: it was made, being a look-up, and what it showed was held
    back."""

    tool: str
    arguments: dict[str, Any]
    decision: Decision
    looked: bool = False


@define
class _Open:
    """A step of the agent at hand: `message` as it will stand in the conversation, the calls in it that wait, why none
    may be made (`refused`), and which doubts were let pass. It begins with its first event: its words, or the first
    call that is made."""

    step: Step
    message: dict[str, Any]
    waiting: list[Call]
    refused: Decision
    let_pass: set[tuple[str, str]]
    begun: bool = False


class Guard(Mapping[str, Callable[..., Any]]):
    """Tools by name, each behind the rules. One conversation, one guard; calls are made one after the other.

    Show it what is said (`observe`), and call the tools as before. `refusals` lists what was not made.
    """

    def __init__(self, tools: Tools, monitor: Monitor, undecided: Undecided = "deny") -> None:
        named = tools if isinstance(tools, Mapping) else {_name_of(t): t for t in tools}
        if not callable(undecided) and undecided not in ("allow", "deny"):
            raise ValueError("`undecided` is `allow`, `deny` or a function that decides")
        for name in named:
            _must_be_known(name, monitor)
        self.monitor, self.undecided = monitor, undecided
        self.messages: list[dict[str, Any]] = []
        self.refusals: list[Refusal] = []
        self._open: _Open | None = None
        self._answered: set[str] = set()
        self._unanswered: list[dict[str, Any]] = []  # a message of the user's with calls, and the results so far
        self._lock = threading.RLock()
        self._bare = dict(named)
        self._tools = {name: self._wrapped(name, tool) for name, tool in named.items()}

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return self._tools[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    # --- what is said

    def observe(self, message: Any) -> Decision:
        """Takes in a message: what somebody said, or an agent's message before its calls are made, in any form in which
        recordings are read. Gives what the rules say of the message itself; nothing is held back here. The result of a
        guarded call is known already. Raises TrajectoryError for a wrong shape, and for a call by itself: a step is
        shown whole."""
        given = plain(message)
        if is_call_alone(given):
            whole = "a call by itself is no message: show all that the agent does at once as one `assistant` message"
            raise TrajectoryError(len(self.messages), "type", whole)
        with self._lock:
            return [ALLOWED, *map(self._take_in, chat_messages(given))][-1]

    def _take_in(self, message: dict[str, Any]) -> Decision:
        if message.get("role") == "tool":
            return self._hear_result(message) if not self._unanswered else self._listen(message)
        self._open = None
        if message.get("role") == "assistant":
            return self._take_up(message)
        self._heard()
        return self._listen(message)

    def _listen(self, message: dict[str, Any]) -> Decision:
        """Somebody else's message, or a result of a call in it: all of it is heard when no more results are awaited."""
        read_trajectory([*self._unanswered, message])
        self._unanswered.append(message)
        calls = self._unanswered[0].get("tool_calls") or ()
        if len(self._unanswered) > len(calls):
            self._heard()
        return ALLOWED

    def _heard(self) -> None:
        """What others have said and called is part of the conversation, with or without all results."""
        heard, self._unanswered = self._unanswered, []
        if heard:
            self.monitor.observe(heard)
            self.messages += heard

    def says(self, text: str) -> Decision:
        """What the rules say of a message before the agent sends it. Changes nothing."""
        return self.monitor.allows_message({"role": "assistant", "content": text})

    def _take_up(self, message: dict[str, Any]) -> Decision:
        """A step of the agent. If the rules refuse it as a whole, what it says is said, and its calls are not made."""
        self._heard()
        decision = self.monitor.allows_message(message)
        (step,) = read_trajectory([message]).steps
        waiting, refused = list(step.calls), ALLOWED
        self._answered.difference_update(c.call_id for c in waiting if c.call_id is not None)
        let_pass: set[tuple[str, str]] = set()
        if waiting:
            refused = self._settled(decision, {"message": message}, let_pass)
        step.calls = waiting if refused.verdict == "allow" else []
        self._place(step, step.calls)
        said = {k: v for k, v in message.items() if k != "tool_calls"} | ({"tool_calls": []} if step.calls else {})
        self._open = _Open(step, said, list(waiting), refused, let_pass)
        if step.text is not None:
            self._begin(self._open)
            self.monitor.run.observe(Message(step.text, step, step.position))
        return decision

    def _place(self, step: Step, calls: list[Call]) -> None:
        """Where a step and its calls stand among all events."""
        step.position, step.message = self.monitor.run.events, self.monitor.messages
        for n, call in enumerate(calls, step.position + (step.text is not None)):
            call.position, call.message = n, step.message

    def _begin(self, opened: _Open) -> None:
        opened.begun = True
        self.monitor.run.begin(opened.step)
        self.monitor.messages += 1
        self.messages.append(opened.message)

    def _hear_result(self, message: dict[str, Any]) -> Decision:
        """The result of a call that was made elsewhere; of one that was made or refused here, nothing new."""
        number = message.get("tool_call_id") or message.get("id")
        if isinstance(number, str) and number in self._answered:
            return ALLOWED
        waiting = self._open.waiting if self._open is not None else []  # grows shorter by each call that is made
        call = next((c for c in waiting if c.call_id == number), None)
        if call is None:
            raise TrajectoryError(len(self.messages), "tool_call_id", "this result answers no call of the last message")
        raw = {"id": number, "function": {"name": call.tool, "arguments": {}}}
        (read,) = read_trajectory([{"role": "assistant", "content": None, "tool_calls": [raw]}, message]).events
        assert isinstance(read, Call)
        assert self._open is not None
        if call not in call.step.calls:
            self._made_all_the_same(self._open)
        self._made(call, read.result_text or "", bool(read.ok))
        if any(c.call_id == number for c in waiting):  # calls of one step may share an id: the next result is another's
            self._answered.discard(str(number))
        return ALLOWED

    def _made_all_the_same(self, opened: _Open) -> None:
        """Of a step that was refused, a call was made elsewhere: it happened, and so may have those beside it."""
        step, opened.message["tool_calls"] = opened.step, []
        step.calls = list(opened.waiting)
        if not opened.begun:
            self._place(step, [])
        for n, call in enumerate(step.calls, self.monitor.run.events):
            call.position, call.message = n, step.message

    # --- calls

    def check(self, name: str, arguments: Mapping[str, Any] | None = None) -> Decision:
        """What the rules say of a call now, as a step of its own. Changes nothing."""
        try:
            return self.monitor.allows({"name": name, "arguments": exact_arguments(arguments or {})})
        except ValueError as error:
            return _unreadable(name, error)

    def call(self, name: str, arguments: Mapping[str, Any] | None = None, call_id: str | None = None) -> Any:
        """Makes a call if the rules let it be made: gives the tool's own result, or `Denied`. What the tool raises is
        noted as a failure, and raised."""
        given = dict(arguments or {})
        with self._lock:
            try:
                call = self._next(name, exact_arguments(given), call_id)
            except ValueError as error:
                return self._unread(name, given, call_id, error)
            decision, looks = self._decide(call, given)
            if decision.verdict != "allow" and not looks:
                return self._refuse(call, given, decision)
            try:
                result = self._bare[name](**given)
            except Exception as error:
                self._made(call, f"Error: {error}", False)
                raise
            return self._returned(call, given, result, decision if looks else None)

    async def acall(self, name: str, arguments: Mapping[str, Any] | None = None, call_id: str | None = None) -> Any:
        """The same for a tool that is awaited. Calls of one conversation must not overlap."""
        given = dict(arguments or {})
        try:
            call = self._next(name, exact_arguments(given), call_id)
        except ValueError as error:
            return self._unread(name, given, call_id, error)
        decision, looks = self._decide(call, given)
        if decision.verdict != "allow" and not looks:
            return self._refuse(call, given, decision)
        try:
            result = self._bare[name](**given)
            result = await result if inspect.isawaitable(result) else result
        except Exception as error:
            self._made(call, f"Error: {error}", False)
            raise
        return self._returned(call, given, result, decision if looks else None)

    def answer(self, tool_call: Any) -> dict[str, Any]:
        """The tool message that answers a chat-completions tool call; failures of the tool are answers too."""
        number, name, arguments = parts_of_call(plain(tool_call))
        try:
            given = given_arguments(arguments)
        except ValueError as error:
            self._not_made(number)
            return tool_message(number, f"Error: the arguments cannot be read: {error}")
        try:
            return tool_message(number, text_of(self.call(name, given, number)))
        except Exception as error:  # whatever a tool raises is its answer
            return tool_message(number, f"Error: {error}")

    def _unread(self, name: str, given: dict[str, Any], number: str | None, error: ValueError) -> Denied:
        """A call with arguments that no rule could judge is refused, whatever the caller thinks of them."""
        self._not_made(number)
        self.refusals.append(Refusal(name, given, decision := _unreadable(name, error)))
        return Denied(decision)

    def _not_made(self, number: str | None) -> None:
        """A call whose arguments nobody can read is not made."""
        waiting = self._open.waiting if self._open is not None else []
        for call in [c for c in waiting if c.call_id == number][:1]:
            self._leave_out(call)

    def finish(self) -> list[Any]:
        """The conversation is over: what the rules still ask for is judged."""
        self._open = None
        self._heard()
        return self.monitor.finish()

    def _next(self, name: str, exact: dict[str, Any], call_id: str | None) -> Call:
        """The call of the step that has begun which this is; else a step of its own."""
        if self._open is not None:
            fitting = [c for c in self._open.waiting if c.tool == name and (call_id is None or c.call_id == call_id)]
            call = next((c for c in fitting if c.arguments == exact), fitting[0] if fitting else None)
            if call is not None:
                call.arguments, call.malformed = exact, False
                return call
        body = {"name": name, "arguments": exact}
        raw = {"id": call_id, "type": "function", "function": body}
        self._take_up({"role": "assistant", "content": None, "tool_calls": [raw]})
        assert self._open is not None
        return self._open.waiting[0]

    def _decide(self, call: Call, arguments: dict[str, Any]) -> tuple[Decision, bool]:
        """What becomes of a call, and whether that is still to be seen: a look-up of rows is made where nothing speaks
        against it, and decided by what it shows."""
        assert self._open is not None
        if self._open.refused.verdict != "allow":
            return self._open.refused, False
        if call.tool not in self._bare:
            return no_tool(call.tool, self._bare), False
        misfit = self.monitor.misfit(call)
        if misfit is not None:
            return misfit, False
        decision = self.monitor.allows(call, begun=self._open.begun)
        if decision.verdict != "deny" and self.monitor.shows_rows(call.tool):
            return decision, True
        return self._settled(decision, {"name": call.tool, "arguments": arguments}, self._open.let_pass), False

    def _seen(self, call: Call, arguments: dict[str, Any], decision: Decision) -> Decision:
        """What becomes of a look-up that has been made: the rules are asked again if it showed anything new."""
        assert self._open is not None
        if self.monitor.run.news(call):
            decision = self.monitor.allows(call, begun=self._open.begun)
        return self._settled(decision, {"name": call.tool, "arguments": arguments}, self._open.let_pass)

    def _settled(self, decision: Decision, what: dict[str, Any], let_pass: set[tuple[str, str]]) -> Decision:
        """A decision without "undecided". What was let pass for this step is not asked about again."""
        if decision.verdict != "undecided" or set(decision.about) <= let_pass:
            return decision if decision.verdict == "deny" else ALLOWED
        if not (self.undecided(decision, what) if callable(self.undecided) else self.undecided == "allow"):
            return decision
        let_pass |= set(decision.about)
        return ALLOWED

    def _refuse(self, call: Call, arguments: dict[str, Any], decision: Decision, looked: bool = False) -> Denied:
        self._leave_out(call)
        self.refusals.append(Refusal(call.tool, arguments, decision, looked))
        return Denied(decision, looked)

    def _leave_out(self, call: Call) -> None:
        """A call is not made after all: it never happened."""
        self._done(call)
        if call in call.step.calls:
            self.monitor.run.drop(call)

    def _done(self, call: Call) -> None:
        if self._open is not None and call in self._open.waiting:
            self._open.waiting.remove(call)
        if call.call_id is not None:
            self._answered.add(call.call_id)

    def _returned(self, call: Call, arguments: dict[str, Any], result: Any, before: Decision | None) -> Any:
        """A tool has answered. `before`: what was decided of a look-up before it was made."""
        text = text_of(result)
        ok = not (isinstance(result, str) and text.startswith(("Error:", "Error ")))
        if before is not None and ok:
            self._note(call, text, ok)
            decision = self._seen(call, arguments, before)
            if decision.verdict != "allow":
                return self._refuse(call, arguments, decision, looked=True)
        self._made(call, text, ok)
        return result

    def _made(self, call: Call, text: str, ok: bool) -> None:
        """A call has happened: the monitor's world moves on, and the conversation grows by it."""
        assert self._open is not None
        self._done(call)
        if not self._open.begun:
            self._begin(self._open)
        made, result = self._note(call, text, ok)
        self._open.message["tool_calls"].append(made)
        self.messages.append(result)
        call.result_message = self.monitor.messages
        self.monitor.messages += 1
        self.monitor.run.observe(call)

    def _note(self, call: Call, text: str, ok: bool) -> tuple[dict[str, Any], dict[str, Any]]:
        """What came of a call, read as a recording is: the call and its result as messages hold them."""
        number = call.call_id or f"call_{len(self.messages)}"
        made = {
            "id": number,
            "type": "function",
            "function": {"name": call.tool, "arguments": to_jsonable(call.arguments)},
        }
        result = {"role": "tool", "tool_call_id": number, "content": text, "error": not ok}
        (read,) = read_trajectory([{"role": "assistant", "content": None, "tool_calls": [made]}, result]).events
        assert isinstance(read, Call)
        call.ok, call.result, call.result_text = read.ok, read.result, read.result_text
        return made, result

    def _wrapped(self, name: str, tool: Callable[..., Any]) -> Callable[..., Any]:
        """A tool as it was, behind the rules: the same name, signature and documentation."""
        signature = _signature(tool)

        def arguments(args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
            if not args:
                return given
            if signature is None:
                raise TypeError(f"the tool `{name}` is called by keywords")
            return _by_keywords(name, signature, signature.bind(*args, **given))

        if inspect.iscoroutinefunction(tool):

            @functools.wraps(tool)
            async def guarded_later(*args: Any, **given: Any) -> Any:
                return await self.acall(name, arguments(args, given))

            return guarded_later

        @functools.wraps(tool)
        def guarded(*args: Any, **given: Any) -> Any:
            return self.call(name, arguments(args, given))

        return guarded


def guard(tools: Tools, monitor: Monitor, undecided: Undecided = "deny") -> Guard:
    """Puts tool functions (by name, or a list of them) behind the rules of a monitor.

    A call that breaks a rule is not made; `Denied` comes back, a text with the rule's name and the way out. `undecided`
    says what happens to a call of which too little is known: `deny` it, `allow` it, or ask a function of the decision
    and the call (`{name, arguments}`, or `{message}` for a step as a whole) that returns whether it is let through.
    Raises ValueError for a function that is no tool of the desk, since every call of it would be refused.
    """
    return Guard(tools, monitor, undecided)


def _name_of(tool: Callable[..., Any]) -> str:
    name = getattr(tool, "__name__", None) or getattr(tool, "name", None)
    if not isinstance(name, str):
        raise ValueError(f"{tool!r} has no name; give a mapping of names to tools")
    return name


def _must_be_known(name: str, monitor: Monitor) -> None:
    """A tool of which no rule can judge a call is a mistake, or does not belong behind the rules."""
    tools = monitor.run.program.tools
    if name in tools:
        return
    near = " or ".join(f"`{n}`" for n in suggest(name, tools))
    meant = f"did you mean {near}?" if near else f"its tools are {', '.join(f'`{n}`' for n in tools)}"
    raise ValueError(
        f"the desk `{monitor.spec.name}` has no tool `{name}`; {meant} "
        "(no rule can judge what the desk does not know: leave such a function out of the guard)"
    )


def _signature(tool: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(tool)
    except (TypeError, ValueError):
        return None


def _by_keywords(name: str, signature: inspect.Signature, bound: inspect.BoundArguments) -> dict[str, Any]:
    """What a call gives, by name: also what a function takes under any name."""
    made: dict[str, Any] = {}
    for key, value in bound.arguments.items():
        kind = signature.parameters[key].kind
        if kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
            raise TypeError(f"the tool `{name}` is called by keywords")
        made |= value if kind is inspect.Parameter.VAR_KEYWORD else {key: value}
    return made


def _unreadable(tool: str, error: ValueError) -> Decision:
    return Decision("deny", (), said=f"`{tool}`: the arguments cannot be read: {error}")


__all__ = ["Denied", "Guard", "Refusal", "Tools", "Undecided", "guard"]
