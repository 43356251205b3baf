"""Turns one conversation into events.

In: a list of chat-completions messages (roles system, developer, user, assistant, tool), as a JSON reader gives it; or
what `dialects` knows to say the same.
Out: a `Trajectory`: what was said and called, in order of execution, each call paired with its recorded result.
Guaranteed: numbers are exact, work is linear in the input, and a wrong shape raises `TrajectoryError` and nothing else.

This module stands alone: generated checkers carry its text.
"""

from collections import deque
from collections.abc import Callable
from typing import Literal

from .dialects import chat_messages, is_call_alone
from .exact import exact_object, parse_json, shown

Role = Literal["agent", "user"]

STOP_MARKERS = ("###STOP###", "###TRANSFER###", "###OUT-OF-SCOPE###")

# ---------------------------------------------------------------------------------------------------------------------
# Events


class TrajectoryError(Exception):
    """A conversation of the wrong shape: which message (None: the list itself), which field, and why."""

    def __init__(self, message_index: int | None, field: str, reason: str) -> None:
        where = "messages" if message_index is None else f"message {message_index}, field `{field}`"
        super().__init__(f"{where}: {reason}")
        self.message_index = message_index
        self.field = field
        self.reason = reason


class Step:
    """One message of a party, seen whole. `position` is that of its first event (of the next one, if it has none)."""

    __slots__ = ("calls", "message", "position", "role", "text")

    def __init__(self, role: Role, text: str | None, message: int, position: int) -> None:
        self.role = role
        self.text = text
        self.calls: list[Call] = []
        self.message = message
        self.position = position

    def get(self, name: str) -> object:
        """A field as rules see it."""
        return getattr(self, name) if name in ("calls", "text", "role") else None


class Message:
    """Something said."""

    __slots__ = ("message", "position", "role", "step", "text")
    kind: Literal["message"] = "message"

    def __init__(self, text: str, step: Step, position: int) -> None:
        self.role: Role = step.role
        self.text = text
        self.message = step.message
        self.step = step
        self.position = position

    def get(self, name: str) -> object:
        """A field as rules see it."""
        return getattr(self, name) if name in ("text", "role") else None


_UNREAD = object()


class Call:
    """A tool call by `role`. `ok` is None while no result is recorded; `malformed`: its arguments did not parse."""

    __slots__ = (
        "_read",
        "arguments",
        "call",
        "call_id",
        "malformed",
        "message",
        "ok",
        "position",
        "result_message",
        "result_text",
        "role",
        "step",
        "tool",
        "view",
    )
    kind: Literal["call"] = "call"

    def __init__(self, role: Role, tool: str, arguments: dict[str, object], call_id: str | None, step: Step) -> None:
        self.role = role
        self.tool = tool
        self.arguments = arguments
        self.call_id = call_id
        self.malformed = False
        self.message = step.message
        self.call = len(step.calls)
        self.step = step
        self.position = -1
        self.ok: bool | None = None
        self._read: object = _UNREAD
        self.result_text: str | None = None
        self.result_message: int | None = None
        self.view: Callable[[Call, str], object] | None = None

    @property
    def result(self) -> object:
        """What the call gave, read as JSON where its text is such. Read when it is first asked for."""
        if self._read is _UNREAD and self.result_text is not None:
            self._read = _result(self.result_text)
        return None if self._read is _UNREAD else self._read

    @result.setter
    def result(self, value: object) -> None:
        self._read = value

    def get(self, name: str) -> object:
        """A field or argument as rules see it: through the view that knows the tool's types."""
        return self.view(self, name) if self.view is not None else self.arguments.get(name)


class Trajectory:
    """A conversation as events. `ended` is the stop marker in the last step's text, or None."""

    __slots__ = ("ended", "events", "steps")

    def __init__(self, events: list[Message | Call], steps: list[Step]) -> None:
        self.events = events
        self.steps = steps
        last = steps[-1].text if steps else None
        self.ended = next((marker for marker in STOP_MARKERS if marker in (last or "")), None)

    def release(self) -> None:
        """Steps and calls let go of each other, so that nothing is left for the collector. Nobody may ask again."""
        for step in self.steps:
            step.calls.clear()


# ---------------------------------------------------------------------------------------------------------------------
# Reading


def read_trajectory(messages: object) -> Trajectory:
    """The events of a conversation, or TrajectoryError."""
    if not isinstance(messages, list):
        raise TrajectoryError(None, "messages", "must be a list")
    reader = _Reader()
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise TrajectoryError(index, "role", "a message must be an object")
        reader.read(index, message)
    return Trajectory(reader.events, reader.steps)


class _Reader:
    """Collects the events of one conversation, message by message."""

    def __init__(self) -> None:
        self.events: list[Message | Call] = []
        self.steps: list[Step] = []
        self.waiting = _Waiting(self.steps)
        self.reach = -1  # the last message that was no other than the thoughts and calls of the last step

    def read(self, index: int, message: dict[str, object]) -> None:
        role, content = message.get("role"), message.get("content")
        if type(content) is list or "function_call" in message:
            self.read_unusual(index, message)
        elif role == "tool":
            self.read_result(index, message, content)
        elif role == "assistant" or role == "user":
            self.read_step(index, "agent" if role == "assistant" else "user", message, content)
        else:
            self.read_unusual(index, message)

    def read_unusual(self, index: int, message: dict[str, object]) -> None:
        """A message that may stand for others, or be written in parts."""
        made = chat_messages(message)
        if self.goes_on(index):
            if is_call_alone(message):
                self.join(index, made[0])
                return
            self.reach = index if not made else self.reach
        for each in made:
            role, content = each.get("role"), each.get("content")
            if role == "tool":
                self.read_result(index, each, content)
            elif role == "assistant" or role == "user":
                self.read_step(index, "agent" if role == "assistant" else "user", each, content)
            elif role not in ("system", "developer"):
                known = "one of system, developer, user, assistant, tool"
                reason = f"is missing; it must be {known}" if role is None else f"{shown(role)} is not {known}"
                raise TrajectoryError(index, "role", reason)

    def goes_on(self, index: int) -> bool:
        """Whether nothing stands between a message and the agent's last step."""
        last = self.steps[-1] if self.steps else None
        return last is not None and last.role == "agent" and index - 1 == max(last.message, self.reach)

    def join(self, index: int, message: dict[str, object]) -> None:
        """A call that was written down by itself, right behind what else its party did in that step."""
        step = self.steps[-1]
        alone = Step(step.role, None, index, len(self.events))
        for raw in message["tool_calls"]:  # type: ignore[attr-defined]
            call = _call(alone, raw)
            call.step, call.position = step, len(self.events)
            step.calls.append(call)
            self.events.append(call)
        self.waiting.calls, self.waiting.next = step.calls, 0
        self.reach = index

    def read_step(self, index: int, role: Role, message: dict[str, object], content: object) -> None:
        calls = message.get("tool_calls")
        if calls is not None and not isinstance(calls, list):
            raise TrajectoryError(index, "tool_calls", "must be a list")
        if content is None or type(content) is str:
            if content is None and not calls and "content" not in message:
                raise TrajectoryError(index, "content", "is missing, and there are no `tool_calls`")
            text = content
        else:
            text = _text(index, content)
        if not text and not calls:
            text = _instead(index, message)
        events = self.events
        step = Step(role, text if text and not text.isspace() else None, index, len(events))
        self.steps.append(step)
        if step.text is not None:
            events.append(Message(step.text, step, len(events)))
        if calls:
            own = step.calls
            for raw in calls:
                call = _call(step, raw)
                call.position = len(events)
                own.append(call)
                events.append(call)
            self.waiting.calls, self.waiting.next = own, 0

    def read_result(self, index: int, message: dict[str, object], content: object) -> None:
        error = message.get("error")
        if error is None and message.get("status") == "error":
            error = True
        if error is not None and not isinstance(error, bool):
            raise TrajectoryError(index, "error", "must be true, false or absent")
        text = content if type(content) is str else _text(index, content) or ""
        call = self.waiting.take(index, message)
        call.result_message = index
        call.result_text = text
        call.ok = not text.startswith(_FAILED) if error is None else not error


_FAILED = ("Error:", "Error ")
_CALLS_BESIDE = ("function_call", "tool_call", "tool_use", "custom_tool_call")


def _instead(index: int, message: dict[str, object]) -> str | None:
    """What a message without text and calls says elsewhere: a model's refusal are its words. None for nothing."""
    if message.get("type") in _CALLS_BESIDE:
        raise TrajectoryError(index, "type", f"{shown(message['type'])} is not read in a message that has a `role`")
    if message.get("audio") is not None:
        raise TrajectoryError(index, "audio", "what was spoken is not read, and there is no `content`")
    return _optional_text(index, message, "refusal")


class _Waiting:
    """The calls that have no result yet. An id used again means the newest message that uses it.

    Most results answer the calls of the last calling message in their order, by id; everything that is needed for the
    others is put in order when the first of them comes.
    """

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self.calls: list[Call] = []  # of the last calling message
        self.next = 0  # all of those before it are answered
        self.filed = 0  # steps whose calls are in `by_id`
        self.by_id: dict[str, deque[Call]] = {}
        self.latest: dict[str | None, deque[Call]] = {}  # of the last calling message: by tool, and all under None
        self.latest_calls: list[Call] = []  # those in `latest`

    def take(self, index: int, message: dict[str, object]) -> Call:
        """The call that this tool message answers."""
        if self.next < len(self.calls):
            call, name = self.calls[self.next], message.get("name")
            number = message.get("tool_call_id") or message.get("id")
            awaited = call.result_message is None and (name is None or name == call.tool)
            if awaited and number is not None and number == call.call_id:
                self.next += 1
                return call
        self.file()
        return self.find(index, message)

    def file(self) -> None:
        """Every call that has come so far, where it can be found."""
        for step in self.steps[self.filed :]:
            for call in step.calls:
                if call.call_id is not None:
                    queue = self.by_id.get(call.call_id)
                    if not queue or queue[-1].message != call.message:
                        queue = self.by_id[call.call_id] = deque()
                    queue.append(call)
        self.filed = len(self.steps)
        if self.latest_calls is not self.calls:
            self.latest_calls, self.latest = self.calls, {None: deque(self.calls)}
            for call in self.calls:
                self.latest.setdefault(call.tool, deque()).append(call)

    def find(self, index: int, message: dict[str, object]) -> Call:
        field = "tool_call_id" if message.get("tool_call_id") else "id"
        call_id = _optional_text(index, message, field)
        name = _optional_text(index, message, "name")
        if call_id in self.by_id:
            call = self.first(self.by_id[call_id])
            if call is None:
                raise TrajectoryError(index, field, f"the call {shown(call_id)} is answered a second time")
            if name is not None and name != call.tool:
                raise TrajectoryError(index, "name", f"{shown(name)} answers a call of {shown(call.tool)}")
            return call
        call = self.first(self.latest.get(name))
        if call is None or (call_id is not None and call.call_id is not None):
            raise TrajectoryError(index, field, "this result answers no call")
        return call

    @staticmethod
    def first(queue: deque[Call] | None) -> Call | None:
        """The first call of a queue that has no result; answered ones are dropped, so each is looked at once."""
        while queue and queue[0].result_message is not None:
            queue.popleft()
        return queue[0] if queue else None


def _call(step: Step, raw: object) -> Call:
    """One entry of `tool_calls`, in the nested shape (`function`) or the flat one."""
    if not isinstance(raw, dict):
        raise _wrong(step, "", "a call must be an object")
    if raw.get("type") not in (None, "function", "tool_call"):
        raise _wrong(step, ".type", f"calls of type {shown(raw['type'])} are not read")
    body = raw.get("function", raw)
    if not isinstance(body, dict):
        raise _wrong(step, ".function", "must be an object")
    tool = body.get("name")
    if not isinstance(tool, str) or not tool:
        raise _wrong(step, ".name", "must be the name of a tool")
    arguments = _arguments(step, body.get("arguments", body.get("args")))
    call_id, requestor = raw.get("id"), raw.get("requestor")
    if call_id is not None and not isinstance(call_id, str):
        raise _wrong(step, ".id", "must be a text")
    role = step.role if requestor is None else _caller(step, requestor)
    call = Call(role, tool, arguments or {}, call_id or None, step)
    call.malformed = arguments is None
    return call


def _wrong(step: Step, field: str, reason: str) -> TrajectoryError:
    """What is wrong with the next call of a step."""
    return TrajectoryError(step.message, f"tool_calls[{len(step.calls)}]{field}", reason)


def _caller(step: Step, requestor: object) -> Role:
    if requestor == "user":
        return "user"
    if requestor == "assistant":
        return "agent"
    raise _wrong(step, ".requestor", "must be `assistant` or `user`")


def _arguments(step: Step, raw: object) -> dict[str, object] | None:
    """A call's arguments; None where the model wrote a text that is no JSON object."""
    if isinstance(raw, str):
        return _written_arguments(raw)
    if not isinstance(raw, dict):
        raise _wrong(step, ".arguments", "must be an object or its JSON text")
    try:
        return exact_object(raw)
    except (ValueError, RecursionError) as error:
        raise _wrong(step, ".arguments", str(error)) from None


_JSON_BEGINS = frozenset('{["-0123456789tfnNI \t\r\n')  # with what Python's reader takes for a number


def _written_arguments(text: str) -> dict[str, object] | None:
    if not text.strip():
        return {}
    try:
        value = parse_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _text(index: int, content: object) -> str | None:
    """The text of a `content`: null, a string, or a list of text parts."""
    if content is None or isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise TrajectoryError(index, "content", "must be a text, null or a list of text parts")
    return "".join(_part(index, number, part) for number, part in enumerate(content))


def _part(index: int, number: int, part: object) -> str:
    place = f"content[{number}]"
    if not isinstance(part, dict):
        raise TrajectoryError(index, place, "a content part must be an object")
    if part.get("type") != "text":
        raise TrajectoryError(index, f"{place}.type", f"parts of type {shown(part.get('type'))} are not read")
    text = part.get("text")
    if not isinstance(text, str):
        raise TrajectoryError(index, f"{place}.text", "must be a text")
    return text


def _optional_text(index: int, fields: dict[str, object], name: str, place: str = "") -> str | None:
    """A field that may be absent, null or empty, which all mean None."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise TrajectoryError(index, place + name, "must be a text")
    return value or None


def _result(text: str) -> object:
    if text[:1] not in _JSON_BEGINS:
        return text
    try:
        return parse_json(text)
    except ValueError:
        return text
