"""Waivers: violations that somebody has agreed to live with, for a reason and until a day.

In: a TOML file of `[[waiver]]` tables (shape: `docs/schemas/waivers.json`) and the names of a specification's rules.
Out: waivers, or diagnostics that point into the file. What is allowed for good is no waiver but an `exception` of the
specification, so every waiver ends.
"""

import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from ..source import NOWHERE, Diagnostic, Label, Piece, SourceFile, SourceMap, Span, suggest
from .findings import Finding

FIELDS: dict[str, tuple[type, str]] = {
    "rule": (str, "a text: a rule's name, or a pattern such as `own_*`"),
    "label": (str, "a text: the label of a requirement"),
    "conversation": (str, "a text: a conversation's id, or a pattern"),
    "message": (int, "a whole number: a message's index, from 0"),
    "reason": (str, "a text: why this is acceptable"),
    "expires": (date, "a date without quotes, such as 2026-12-31"),
}
REQUIRED = ("rule", "reason", "expires")


class WaiversError(ValueError):
    """A waiver file that cannot be used. `problems` say where and why."""

    def __init__(self, problems: list[Diagnostic], sources: SourceMap) -> None:
        super().__init__(problems[0].message)
        self.problems, self.sources = problems, sources


@frozen
class Waiver:
    """What is accepted: the findings of matching rules, at matching places, up to and including the day `expires`."""

    rule: str
    reason: str
    expires: date
    label: str | None = None
    conversation: str = "*"
    message: int | None = None
    span: Span = field(default=NOWHERE, eq=False)

    def covers(self, finding: Finding) -> bool:
        key = finding.key
        return (
            not key.is_goal
            and fnmatchcase(key.rule, self.rule)
            and (key.conversation == self.conversation or fnmatchcase(key.conversation, self.conversation))
            and self.label in (None, key.label)
            and self.message in (None, key.message)
        )

    def note(self) -> dict[str, str]:
        """What a verify line says of it."""
        return {"reason": self.reason, "expires": self.expires.isoformat()}


@define(eq=False)
class Waivers:
    """The waivers of a file on a given day, and what they came to while conversations were judged."""

    waivers: tuple[Waiver, ...]
    today: date
    sources: SourceMap
    _used: set[int] = field(factory=set, init=False)
    _late: dict[int, int] = field(factory=dict, init=False)

    def apply(self, found: Iterable[Finding]) -> None:
        """Marks what is waived. An expired waiver waives nothing; that it would have is kept in mind."""
        for finding in found:
            covering = [i for i, w in enumerate(self.waivers) if w.covers(finding)]
            valid = next((i for i in covering if self.waivers[i].expires >= self.today), None)
            if valid is not None:
                self._used.add(valid)
                finding.waived = self.waivers[valid].note()
            elif covering:
                self._late[covering[0]] = self._late.get(covering[0], 0) + 1

    def problems(self, judged: Iterable[str]) -> list[Diagnostic]:
        """Waivers that are past their day, and those of judged rules that were not needed."""
        return [p for i, w in enumerate(self.waivers) if (p := self._problem(i, w, list(judged))) is not None]

    def _problem(self, index: int, waiver: Waiver, judged: list[str]) -> Diagnostic | None:
        if index in self._late:
            count = self._late[index]
            again = "a violation counts" if count == 1 else f"{count} violations count"
            return Diagnostic(
                "waiver-expired",
                f"the waiver of `{waiver.rule}` expired on {waiver.expires}: {again} again",
                (Label(waiver.span, f"for the reason: {waiver.reason}"),),
                "warning",
                help=("put the cause right, renew the waiver, or write an `exception` if it is to stay allowed",),
            )
        if index in self._used or not any(fnmatchcase(n, waiver.rule) for n in judged):
            return None
        return Diagnostic(
            "waiver-unused",
            f"the waiver of `{waiver.rule}` covers nothing here",
            (Label(waiver.span, "no violation in these conversations matches it"),),
            "warning",
            help=("take it out if what it was for is no longer there",),
        )


def read_waivers(path: str | Path, rules: Iterable[str], today: date) -> Waivers:
    """The waivers of a file. Raises WaiversError for a wrong one, OSError where it cannot be read."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(str(path), "", [Diagnostic("not-utf8", f"{path} is not UTF-8: {error.reason}")]) from None
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of a thousand digits, a list in a list in a list …
        raise _refused(str(path), text, [_syntax(error, text)]) from None
    reader = _Reader(text, tuple(rules))
    made = [reader.waiver(i, entry) for i, entry in enumerate(reader.entries(data))]
    if reader.problems:
        raise _refused(str(path), text, reader.problems)
    return Waivers(tuple(w for w in made if w is not None), today, _sources(str(path), text))


_PIECE = "waivers"


def _sources(path: str, text: str) -> SourceMap:
    return SourceMap({_PIECE: Piece(_PIECE, SourceFile(path, text), 0, text)})


def _refused(path: str, text: str, problems: list[Diagnostic]) -> WaiversError:
    return WaiversError(problems, _sources(path, text))


_AT = re.compile(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)


def _syntax(error: Exception, text: str) -> Diagnostic:
    """What the TOML reader said, at the place that it named."""
    said = _AT.match(str(error))
    message, line, column = said.groups() if said else (str(error), None, None)
    at = SourceFile("", text).line_starts[int(line) - 1] + int(column) - 1 if line and column else len(text)
    span = Span(_PIECE, min(at, max(len(text) - 1, 0)), at + 1)
    return Diagnostic("bad-waiver", f"not TOML: {message[:1].lower()}{message[1:]}", (Label(span),))


# --- the shape of a file ----------------------------------------------------------------------------------------------


class _Reader:
    """Checks entries one by one, so that one slip does not hide another."""

    def __init__(self, text: str, rules: tuple[str, ...]) -> None:
        self.places, self.rules = _Places(text), rules
        self.problems: list[Diagnostic] = []

    def entries(self, data: dict[str, Any]) -> list[Any]:
        for name in (n for n in data if n != "waiver"):
            self._wrong(f"a waiver file has no `{name}`", self.places.word(name), "only `[[waiver]]` stands here")
        entries = data.get("waiver", [])
        if isinstance(entries, list):
            return entries
        self._wrong("`waiver` is one table", self.places.word("waiver"), "write `[[waiver]]`, once for each waiver")
        return []

    def waiver(self, index: int, entry: Any) -> Waiver | None:
        """A waiver, or None: then something was found wrong."""
        before, whole = len(self.problems), self.places.table(index)
        if not isinstance(entry, dict):
            self._wrong("a waiver must be a table", whole, "this is none")
            return None
        for name in (n for n in entry if n not in FIELDS):
            near = " or ".join(f"`{n}`" for n in suggest(name, FIELDS))
            hint = f"did you mean {near}?" if near else f"fields are {', '.join(FIELDS)}"
            self._wrong(f"a waiver has no field `{name}`", self.places.key(index, name, 1), hint)
        for name in REQUIRED:
            if name not in entry:
                self._wrong(f"a waiver needs `{name}`", whole, f"`{name}` is missing: {FIELDS[name][1]}")
        for name in (n for n in FIELDS if n in entry):
            self._check(index, name, entry[name])
        return Waiver(**entry, span=whole) if len(self.problems) == before else None

    def _check(self, index: int, name: str, value: Any) -> None:
        kind, wanted = FIELDS[name]
        place = self.places.key(index, name)
        if not isinstance(value, kind) or isinstance(value, (bool, datetime)):  # one is an int, the other a date
            self._wrong(f"`{name}` of a waiver has the wrong type", place, f"it must be {wanted}")
        elif isinstance(value, str) and not value.strip():
            self._wrong(f"`{name}` of a waiver is empty", place, f"it must be {wanted}")
        elif isinstance(value, int) and value < -1:
            self._wrong(f"`{name}` of a waiver is below -1", place, "-1 stands for the end of the conversation")
        elif name == "rule":
            self._check_rule(str(value), place)

    def _check_rule(self, value: str, place: Span) -> None:
        if not any(fnmatchcase(n, value) for n in self.rules):
            near = " or ".join(f"`{n}`" for n in suggest(value.strip("*?"), self.rules))
            hint = f"did you mean {near}?" if near else "nothing in the specification is called so"
            self._wrong(f"no rule matches `{value}`", place, hint)

    def _wrong(self, message: str, place: Span, remark: str) -> None:
        self.problems.append(Diagnostic("bad-waiver", message, (Label(place, remark),)))


class _Places:
    """Where the tables and keys of a TOML text stand. A line that looks like one counts only where the text before it
    is TOML in itself, so never inside a longer text or a comment."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._headers = [m.span() for m in re.finditer(r"^[ \t]*\[\[[ \t]*waiver[ \t]*\]\]", text, re.M)]
        self._checked = False

    def headers(self) -> list[tuple[int, int]]:
        if not self._checked:
            self._headers, self._checked = [s for s in self._headers if self._stands_alone(s[0])], True
        return self._headers

    def _stands_alone(self, at: int) -> bool:
        try:
            tomllib.loads(self.text[:at])
        except tomllib.TOMLDecodeError:
            return False
        return True

    def table(self, index: int) -> Span:
        """The header of a table; where they are written in one line, the word `waiver`."""
        found = self.headers()
        if index >= len(found):
            return self.word("waiver")
        start, end = found[index]
        return Span(_PIECE, end - len(self.text[start:end].lstrip()), end)

    def key(self, index: int, name: str, part: int = 2) -> Span:
        """A key's value on its line; `part` 1: the key itself."""
        found = self.headers()
        if index >= len(found):
            return self.word("waiver")
        start = found[index][1]
        stop = found[index + 1][0] if index + 1 < len(found) else len(self.text)
        pattern = rf"^[ \t]*([\"']?{re.escape(name)}[\"']?)[ \t]*=[ \t]*(\"[^\"\n]+\"|'[^'\n]+'|[^#\n]*[^#\s])"
        for match in re.compile(pattern, re.M).finditer(self.text, start, stop):
            if self._stands_alone(match.start()):
                return Span(_PIECE, *match.span(part))
        return self.table(index)

    def word(self, word: str) -> Span:
        at = re.search(rf"\b{re.escape(word)}\b", self.text)
        return Span(_PIECE, *at.span()) if at else Span(_PIECE, 0, 1)
