"""A checker as a program of its own: a file of conversations in, reports out."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from .engine import Run
from .exact import parse_json
from .moments import moment_said, set_clock
from .opening import BadInput, open_world
from .report import refused, verify_conversation
from .sandbox import Program
from .soundness import MOST_PROBLEMS, Checker, LooseEnds
from .texts import to_json
from .world import World

NO_STATE = "without --state the end of a conversation cannot be judged, and only what results reveal is known"
WITHOUT_TASK = "{} no task, so there is no score: `gold_actions` or `cove` in a record says what was wanted{}"
WITHOUT_WORDS = "{} no messages: nothing was done in it, so no rule was broken"
WHAT_IS_READ = 'one line of JSON for each conversation is read, such as {"id": "a", "messages": [{"role": "user", '
WHAT_IS_READ += '"content": "Hello"}]}'
Near = Callable[[str, Iterable[str]], Sequence[str]]


def main(names: dict[str, Any], near: Near) -> None:
    """checker.py CONVERSATIONS.jsonl [--state DB.json] [--now MOMENT] [--short]: a line of JSON for each, or a few
    words; how many came to what goes to standard error. Exits 1 for a violation, a refused line or a bad database, 2
    for what cannot be read, 3 where a verdict is unknown, else 0.

    `names`: the checker's module; `near`: names that may have been meant.
    """
    reader = argparse.ArgumentParser(description=f"Checks conversations of the desk {names['PROGRAM'].name}.")
    reader.add_argument("conversations", help="JSON Lines of {id, messages, gold_actions?, cove?}")
    reader.add_argument("--state", help="the database before each conversation, as JSON")
    reader.add_argument("--now", metavar="MOMENT", help="what `clock` says, such as 2026-04-06T10:00")
    reader.add_argument("--short", action="store_true", help="a line of words for each, instead of its whole report")
    asked = reader.parse_args()
    now = _set_moment(names, asked.now, reader)
    program: Program = names["PROGRAM"]
    counts: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    try:
        with open(asked.conversations, encoding="utf-8-sig", errors="replace") as lines:
            world = _world(program, asked.state, near)
            for number, line in enumerate(lines, 1):
                row = check_line(program, line, number, world, lacking)
                came_to = "refused" if "error" in row else row["verdict"]
                counts[came_to] += 1
                if now is not None and "error" not in row:
                    row["now"] = now
                print(in_words(row, came_to, number) if asked.short else to_json(row))
        sys.stdout.flush()
    except OSError as error:
        reader.error(f"cannot read {asked.conversations}: {error.strerror}")
    if asked.state is None and set(counts) - {"refused"}:
        _say(NO_STATE)
    for line in told_lacking(lacking):
        _say(line)
    _say(" · ".join(f"{counts[c]} {c}" for c in sorted(counts)) or f"no conversations: {asked.conversations} is empty")
    if not set(counts) - {"refused"}:
        _say(WHAT_IS_READ)
    sys.exit(1 if {"refused", "violated"} & set(counts) else 3 if "unknown" in counts else 0)


def lacks(row: dict[str, Any], messages: Any) -> Iterator[str]:
    """What a report could not be about: a record that says nothing of what was wanted, or in which nothing happens."""
    if "error" not in row and row["score"] is None and row["outcome"]["state"] == "absent":
        yield WITHOUT_TASK
    if "error" not in row and not messages:
        yield WITHOUT_WORDS


def told_lacking(lacking: Counter[str], otherwise: str = "") -> list[str]:
    """A line for each kind. `otherwise`: how else a task is given."""
    have = {n: f"{n} conversations have" if n > 1 else "1 conversation has" for n in lacking.values()}
    return [line.format(have[lacking[line]], otherwise) for line in (WITHOUT_TASK, WITHOUT_WORDS) if lacking[line]]


def _say(line: str) -> None:
    print(_visible(line), file=sys.stderr)


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _set_moment(names: dict[str, Any], now: str | None, reader: argparse.ArgumentParser) -> str | None:
    if now is None:
        return None
    program = names["PROGRAM"]
    try:
        moment = moment_said(program.name, program.clock, now)
    except ValueError as error:
        reader.error(str(error))
    set_clock(names, moment)
    return moment


def _world(program: Program, path: str | None, near: Near) -> World | None:
    """A database that fits its types and conditions; one that does not is told of, and the program ends. What is odd
    about one that is meant to be whole is warned of."""
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8-sig") as file:
            world = open_world(program, parse_json(file.read()))
    except OSError as error:
        _bad_state(path, [f"cannot be read: {error.strerror}"])
    except UnicodeDecodeError as error:
        _bad_state(path, [f"is not UTF-8 text: byte {error.start}"])
    except (ValueError, BadInput) as error:
        _bad_state(path, [str(error)])
    run = Run(program, world)
    problems = list(islice(Checker(program.asked, program.rows, run, near, whole=False).values(), MOST_PROBLEMS))
    if problems:
        _bad_state(path, problems)
    for line in LooseEnds(program.asked, program.rows, run, near).found():
        _say(f"warning: {path}: {line}")
    return world


def _bad_state(path: str, problems: list[str]) -> Any:
    for problem in problems:
        _say(f"error[bad-state]: {path}: {problem}")
    sys.exit(1)


def in_words(row: dict[str, Any], came_to: str, number: int) -> str:
    """A report in a line: what it came to, and what made it so."""
    name = row["id"] if row["id"] is not None else "" if "error" in row else f"line {number}"
    why = row["error"] if "error" in row else ", ".join(_reasons(row, came_to))
    return _visible(f"{came_to} {': '.join(str(part) for part in (name, why) if part != '')}")


def _reasons(row: dict[str, Any], came_to: str) -> Iterator[str]:
    """The rules, and the parts of the outcome, that a verdict rests on."""
    if came_to == "satisfied":
        return
    yield from (r["rule"] for r in row["rules"] if r["verdict"] == came_to)
    wanting = "unmet" if came_to == "violated" else "unknown"
    outcome = row["outcome"]
    parts = {"state": "state", "said": "what was to be said", "asserted": "what was to be reached"}
    yield from (f"{words} {wanting}" for part, words in parts.items() if outcome.get(part) == wanting)


def check_line(
    program: Program, line: str, number: int, world: World | None, lacking: Counter[str] | None = None
) -> dict[str, Any]:
    """The report of one line, whatever it holds. `lacking`: counts what could not be judged for want of it."""
    try:
        record = parse_json(line)
    except ValueError as error:
        return {"id": None, **refused(f"line {number}: {error}")}
    if not isinstance(record, dict):
        return {"id": None, **refused(f"line {number}: not an object")}
    report = verify_conversation(program, record.get("messages"), world, record, start=record.get("start"))
    if lacking is not None:
        lacking.update(lacks(report, record.get("messages")))
    return {"id": record.get("id"), **report}
