"""Reads the files that are judged and replayed, one record at a time.

In: a path. Conversations are JSON Lines of `{id, messages, …}`, a τ-bench results file (an array of runs) or a τ²-bench
simulations file (`{tasks, simulations}`), told apart by shape; call sequences are JSON Lines of `{id, calls, …}`.
Out: a `Record` or `CallSequence` for each, or a `Refusal` that says where and why; a bad one never stops the others.
Guaranteed: memory is bounded by one record (and the ids seen), numbers are exact. Only a file that the system does not
let us read raises, with OSError.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TypeVar

from attrs import field, frozen

from cove_dsl.backends.python.runtime.exact import parse_json
from cove_dsl.source.diagnostics import DataProblem

from .splitting import BOM, MAX_ID, Piece, array_keys, split_arrays, split_lines

MAX_RECORD = 64 * 2**20

Fields = dict[str, object]
Start = list[tuple[str, object]]
Shape = Literal["lines", "array", "simulations"]


class PlannedCall(NamedTuple):
    """A call to be made: who makes it (`assistant` or `user`), the tool's name, the arguments; of a benchmark's action
    also by which arguments it is recognised (None: all)."""

    requestor: str
    name: str
    arguments: Fields
    compared: list[str] | None = None


@frozen
class Gold:
    """What a benchmark's task asks for. An empty `reward_basis` means that the data does not say."""

    actions: tuple[PlannedCall, ...] = ()
    communicate: tuple[str, ...] = ()
    reward_basis: tuple[str, ...] = ()
    assertions: list[Fields] = field(factory=list)


@frozen
class Record:
    """One recorded conversation. The members of `messages` are not checked yet: `read_trajectory` does that."""

    id: str
    messages: list[object]
    start: Start | None = None
    gold: Gold | None = None
    task_id: str | None = None
    recorded_reward: int | Decimal | None = None
    db_match: bool | None = None
    termination: str | None = None
    cove: Fields | None = None
    bench: str = ""
    solo: bool = False
    line: int = 0


@frozen
class CallSequence:
    """Calls to replay in order, on the database changed by `start`."""

    id: str
    calls: tuple[PlannedCall, ...]
    start: Start | None = None
    line: int = 0


@frozen
class Refusal:
    """A record that is not judged, and why."""

    id: str | None
    problem: DataProblem


class TasksError(ValueError):
    """A tasks file that can't be used; `problem` says where and why."""

    def __init__(self, problem: DataProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


# ---------------------------------------------------------------------------------------------------------------------
# Files


def read_records(
    path: str | Path, tasks: Mapping[str, Gold] | None = None, limit: int = MAX_RECORD
) -> Iterator[Record | Refusal]:
    """The conversations of a file. `tasks`: gold by task id, for records that bring none; `limit`: a record's bytes."""
    known = dict(tasks or {})
    with Path(path).open("rb") as stream:
        shape = _shape(stream)
        if shape == "simulations":
            for task in _read_tasks(stream, str(path), limit):
                if isinstance(task, Refusal):
                    yield task
                elif task.gold is not None:
                    known[task.id] = task.gold
        pieces = split_lines(stream, limit) if shape == "lines" else split_arrays(stream, limit)
        wanted = _one_each(piece for piece in pieces if piece.key in (None, "simulations"))
        yield from _read(str(path), wanted, lambda fields, line: _record(fields, line, shape, known))


def record_of(name: str, row: Fields, path: str, line: int = 0) -> Record | Refusal:
    """A conversation that was read elsewhere, such as from a dataset, and in which line (0: in none)."""
    try:
        return _record(row, line, "lines", {})
    except _WrongError as wrong:
        return Refusal(name, DataProblem("bad-record", wrong.message, path, line or None, name, wrong.place))


def read_calls(path: str | Path, limit: int = MAX_RECORD) -> Iterator[CallSequence | Refusal]:
    """The call sequences of a JSON Lines file."""
    with Path(path).open("rb") as stream:
        yield from _read(str(path), split_lines(stream, limit), _call_sequence)


def read_tasks(path: str | Path, limit: int = MAX_RECORD) -> dict[str, Gold]:
    """Gold by task id, from an array of tasks or an object that holds one under `tasks`. Raises TasksError."""
    found: dict[str, Gold] = {}
    with Path(path).open("rb") as stream:
        for task in _read_tasks(stream, str(path), limit):
            if isinstance(task, Refusal):
                raise TasksError(task.problem)
            if task.gold is not None:
                found[task.id] = task.gold
    return found


def _shape(stream: BinaryIO) -> Shape:
    """What kind of file this is, by its first value."""
    head = stream.read(4096).removeprefix(BOM).lstrip()
    inside = head[1:].lstrip()[:1]
    if head[:1] == b"[" and inside in (b"{", b"]", b""):
        return "array"
    if head[:1] == b"{" and "simulations" in array_keys(stream, until={"simulations", "messages"}):
        return "simulations"
    return "lines"


# ---------------------------------------------------------------------------------------------------------------------
# From bytes to records


def _one_each(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The pieces of a file, or one that says what is wrong with all of them: that no piece is a record."""
    head = list(islice(pieces, 2))
    problem = _not_records(head) if head else None
    if problem is not None:
        yield Piece(b"", head[0].line, head[0].key, problem)
        return
    yield from head
    yield from pieces


def _not_records(head: list[Piece]) -> str | None:
    """Why the first two pieces of a file show that there are no records in it."""
    first, *_ = (_plainly(piece) for piece in head)
    if isinstance(first, json.JSONDecodeError):
        goes_on = first.doc[:1] in "[{" and first.pos >= len(first.doc)
        if goes_on and len(head) == 2 and isinstance(_plainly(head[1]), json.JSONDecodeError):
            return "the first record goes on in the next line; each must stand in a line of its own (JSON Lines)"
        return None
    while isinstance(first, list) and first:
        first = first[0]
    if isinstance(first, dict) and ("role" in first or "from" in first) and "messages" not in first:
        return 'these are messages; a record is an object with an id and its messages: {"id": "…", "messages": […]}'
    return None


def _plainly(piece: Piece) -> object:
    """What a piece spells, or why it spells nothing."""
    try:
        return json.loads(piece.text.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        return error
    except (RecursionError, ValueError):
        return None


@frozen
class _Task:
    id: str
    gold: Gold | None


class _WrongError(Exception):
    """A field of the wrong shape (or the record, where `place` is None); caught where its line is known."""

    def __init__(self, place: str | None, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.message = reason if place is None else f"`{place}` {reason}"


Built = TypeVar("Built", Record, CallSequence, _Task)


def _read(path: str, pieces: Iterator[Piece], build: Callable[[Fields, int], Built]) -> Iterator[Built | Refusal]:
    """What `build` makes of each piece; an id that was used before is refused."""
    seen: set[str] = set()
    for piece in pieces:
        fields: Fields = {}
        try:
            fields = _fields(piece)
            built = build(fields, piece.line)
            if built.id in seen:
                raise _WrongError("id", "was used by an earlier record")
            seen.add(built.id)
            yield built
        except _WrongError as wrong:
            name = _name_of(fields)
            yield Refusal(name, DataProblem("bad-record", wrong.message, path, piece.line, name, wrong.place))


def _read_tasks(stream: BinaryIO, path: str, limit: int) -> Iterator[_Task | Refusal]:
    pieces = (piece for piece in split_arrays(stream, limit) if piece.key in (None, "tasks"))
    return _read(path, pieces, lambda fields, _: _Task(_id(fields, "id"), _task_gold(fields, "")))


def _fields(piece: Piece) -> Fields:
    """The JSON object that a piece spells."""
    if piece.problem is not None:
        raise _WrongError(None, piece.problem)
    try:
        value = parse_json(piece.text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _WrongError(None, f"not UTF-8: byte {error.start + 1} is 0x{piece.text[error.start]:02x}") from None
    except ValueError as error:
        raise _WrongError(None, str(error)) from None
    if not isinstance(value, dict):
        raise _WrongError(None, "a record must be a JSON object")
    return value


def _name_of(fields: Fields) -> str | None:
    """The id of a record that is refused, as far as it has one."""
    try:
        return _record_id(fields)
    except _WrongError:
        return None


def _record(fields: Fields, line: int, shape: Shape, known: Mapping[str, Gold]) -> Record:
    run = "traj" in fields and "messages" not in fields  # a run of τ-bench, which has neither id nor messages
    told = "conversations" in fields and "messages" not in fields  # ShareGPT's name for them
    messages = _list(fields, "traj" if run else "conversations" if told else "messages")
    if messages is None:
        like = [n for n, v in fields.items() if isinstance(v, list) and v and isinstance(v[0], dict)]
        hint = f"; is that what stands under `{like[0]}`?" if len(like) == 1 else ""
        raise _WrongError("messages", f"is missing{hint}")
    check = _object(_object(fields, "reward_info") or {}, "db_check", "reward_info.") or {}
    return Record(
        id=_record_id(fields),
        messages=messages,
        start=_start(fields),
        gold=_gold(fields, known),
        task_id=_task_id(fields),
        recorded_reward=_number(fields, "reward") if "reward" in fields else _recorded_reward(fields),
        db_match=_flag(check, "db_match", "reward_info.db_check."),
        termination=_text(fields, "termination_reason" if "termination_reason" in fields else "termination"),
        cove=_object(fields, "cove"),
        bench=_text(fields, "bench") or ("tau1" if run else "tau2" if shape == "simulations" else ""),
        solo=_flag(fields, "solo") or False,
        line=line,
    )


def _record_id(fields: Fields) -> str:
    if "id" in fields or "traj" not in fields:
        return _id(fields, "id")
    return f"{_id(fields, 'task_id')}-{_number(fields, 'trial') or 0}"


def _recorded_reward(fields: Fields) -> int | Decimal | None:
    return _number(_object(fields, "reward_info") or {}, "reward", "reward_info.")


def _task_id(fields: Fields) -> str | None:
    return None if fields.get("task_id") is None else _id(fields, "task_id")


def _call_sequence(fields: Fields, line: int) -> CallSequence:
    if fields.get("calls") is None:
        raise _WrongError("calls", "is missing")
    return CallSequence(_id(fields, "id"), _planned_calls(fields, "calls"), _start(fields), line)


def _start(fields: Fields) -> Start | None:
    pairs = _list(fields, "start")
    return None if pairs is None else [_change(number, pair) for number, pair in enumerate(pairs)]


def _change(number: int, pair: object) -> tuple[str, object]:
    match pair:
        case [str(pointer), value] if not pointer or pointer.startswith("/"):
            return pointer, value
    raise _WrongError(f"start[{number}]", "must be a pair of a JSON pointer and a value")


def _gold(fields: Fields, known: Mapping[str, Gold]) -> Gold | None:
    """The record's own task, else its `gold_actions`, else what is known under its task id."""
    info = _object(fields, "info") if "traj" in fields else None
    place, holder = ("info.", info) if info else ("", fields)
    task = _object(holder, "task", place)
    gold = _task_gold(task, f"{place}task.") if task else None
    if gold is not None:
        return gold
    if fields.get("gold_actions") is not None:
        return Gold(_planned_calls(fields, "gold_actions"), _texts(fields, "outputs"))
    return known.get(_task_id(fields) or "")


def _task_gold(task: Fields, place: str) -> Gold | None:
    """What a task of τ²-bench (`evaluation_criteria`) or τ-bench (`actions`, `outputs`) asks for, if it says."""
    if "evaluation_criteria" not in task:
        known = task.get("actions") is not None
        return Gold(_planned_calls(task, "actions", place), _texts(task, "outputs", place)) if known else None
    criteria = _object(task, "evaluation_criteria", place)
    if criteria is None:
        return None
    place += "evaluation_criteria."
    return Gold(
        _planned_calls(criteria, "actions", place),
        _texts(criteria, "communicate_info", place),
        _texts(criteria, "reward_basis", place),
        _objects(criteria, "env_assertions", place),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Fields: absent and null are the same, any other shape is refused


def _planned_calls(fields: Fields, name: str, place: str = "") -> tuple[PlannedCall, ...]:
    calls = _objects(fields, name, place)
    return tuple(_planned_call(call, f"{place}{name}[{number}].") for number, call in enumerate(calls))


def _planned_call(call: Fields, place: str) -> PlannedCall:
    requestor = _text(call, "requestor", place) or "assistant"
    if requestor not in ("assistant", "user"):
        raise _WrongError(f"{place}requestor", "must be `assistant` or `user`")
    name = _text(call, "name", place)
    if not name:
        raise _WrongError(f"{place}name", "must be the name of a tool")
    arguments = _object(call, "arguments" if "arguments" in call else "kwargs", place)
    if arguments is None:
        raise _WrongError(f"{place}arguments", "must be an object")
    compared = None if call.get("compare_args") is None else list(_texts(call, "compare_args", place))
    return PlannedCall(requestor, name, arguments, compared)


def _id(fields: Fields, name: str) -> str:
    value = fields.get(name)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip():
        raise _WrongError(name, "is missing" if value is None else "must be a text that is not blank")
    if len(text) > MAX_ID:
        raise _WrongError(name, f"is longer than {MAX_ID} characters")
    return text


def _text(fields: Fields, name: str, place: str = "") -> str | None:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value
    raise _WrongError(place + name, "must be a text")


def _flag(fields: Fields, name: str, place: str = "") -> bool | None:
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise _WrongError(place + name, "must be true or false")


def _number(fields: Fields, name: str, place: str = "") -> int | Decimal | None:
    value = fields.get(name)
    if value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool)):
        return value
    raise _WrongError(place + name, "must be a number")


def _object(fields: Fields, name: str, place: str = "") -> Fields | None:
    value = fields.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise _WrongError(place + name, "must be an object")


def _list(fields: Fields, name: str, place: str = "") -> list[object] | None:
    value = fields.get(name)
    if value is None or isinstance(value, list):
        return value
    raise _WrongError(place + name, "must be a list")


def _objects(fields: Fields, name: str, place: str = "") -> list[Fields]:
    found: list[Fields] = []
    for number, item in enumerate(_list(fields, name, place) or []):
        if not isinstance(item, dict):
            raise _WrongError(f"{place}{name}[{number}]", "must be an object")
        found.append(item)
    return found


def _texts(fields: Fields, name: str, place: str = "") -> tuple[str, ...]:
    found: list[str] = []
    for number, item in enumerate(_list(fields, name, place) or []):
        if not isinstance(item, str):
            raise _WrongError(f"{place}{name}[{number}]", "must be a text")
        found.append(item)
    return tuple(found)
