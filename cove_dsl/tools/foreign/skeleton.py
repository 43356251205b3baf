"""A skeleton of a specification for other people's tools. In: a document's path. Out: a `Skeleton`: text that checks
without a problem, and what of the document it does not hold. Guaranteed: every tool is there, or said not to be.
"""

import re
from fnmatch import fnmatchcase
from pathlib import Path

from attrs import frozen

from ...pipeline import Compiler
from ...semantics.builtins import BUILTINS
from ...source import DataProblem
from ...syntax.pieces import LIMIT_BYTES
from .documents import Document, ForeignError, WrongShape, read_document
from .schemas import Loss, Reader
from .shapes import ForeignTool, find_tools, passed_by
from .wording import clean, comment, plain_name, quoted, wire_name, words_of

READING = frozenset(
    {"get", "list", "find", "search", "read", "fetch", "lookup", "look", "query", "describe", "count", "check", "show"}
    | {"view", "retrieve", "browse", "inspect", "is", "has", "calculate", "estimate", "compare", "preview"}
)

GUESSES = {"read": "reads", "write": "changes something", "generic": "hands the conversation over, changes nothing"}
_NAMED_HAND_OVER = re.compile(
    r"\bescalat(e|ion)\b|\bhand ?(over|off)\b|\b(transfer|forward|connect|route) (user |customer |caller )?(to )?"
    r"(a )?(live )?(human|agent|person|operator|representative|supervisor|colleague|staff)s?\b"
)
_TOLD_HAND_OVER = re.compile(
    r"\b(hand|transfer|escalat|forward|connect|rout|pass)\w*\s+((the|this|a)\s+)?"
    r"(conversation|chat|call|caller|user|customer|client|patient|guest)\s+(over|off|on|to)\b"
    r"|\bescalat\w+\s.*\bto\s+(a|an|the)\s",
    re.IGNORECASE,
)


@frozen
class Imported:
    """One tool: its name, how it is declared, whether that was a guess, and what was lost of it."""

    name: str
    kind: str
    guessed: bool
    losses: tuple[Loss, ...]
    text: str | None


@frozen
class Skeleton:
    """The text of a specification, its tools, and what its author should look at."""

    text: str
    tools: tuple[Imported, ...]
    problems: tuple[DataProblem, ...]


def import_tools(path: str, only: tuple[str, ...] = (), name: str | None = None) -> Skeleton:
    """The skeleton for a document's tools, or for those whose name fits a pattern of `only`. Raises ForeignError,
    OSError."""
    document = read_document(path)
    try:
        found, sort = find_tools(document)
        chosen = [t for t in found if not only or any(fnmatchcase(t.name, p) for p in only)]
        if not chosen:
            raise WrongShape("", f"no tool fits {', '.join(only)}; there are {len(found)}")
        _all_different(chosen)
        made = _Writer(document, chosen).skeleton(sort, name)
    except WrongShape as wrong:
        raise ForeignError(document.refusal(wrong.pointer, wrong.message)) from None
    _must_check(made, document)
    return made


def _all_different(tools: list[ForeignTool]) -> None:
    seen: dict[str, ForeignTool] = {}
    for tool in tools:
        if tool.name in seen:
            raise WrongShape(tool.pointer, f"there are two tools called `{clean(tool.name)[:60]}`")
        seen[tool.name] = tool


def _must_check(made: Skeleton, document: Document) -> None:
    size = len(made.text.encode())
    if size > LIMIT_BYTES:
        message = f"these {len(made.tools)} tools make {size:,} bytes; choose some with --only"
        raise ForeignError(document.refusal("", message))
    found = Compiler().compile([("skeleton.cove", made.text.encode())], {})
    if found.problems:
        first = found.problems[0]
        place = found.sources.locate(first.span) if first.span else None
        raise AssertionError(f"the skeleton does not check: {first.message} (line {place.line if place else '?'})")


class _Writer:
    """Writes the skeleton of one document."""

    def __init__(self, document: Document, tools: list[ForeignTool]) -> None:
        self.document, self.tools = document, tools
        self.reader = Reader({t.name for t in tools} | set(BUILTINS))

    def skeleton(self, sort: str, name: str | None) -> Skeleton:
        title, doc = self._title(name)
        made = [self._tool(t) for t in self.tools]
        types = list(self.reader.declarations.values())
        missing = tuple(Loss(pointer, message) for pointer, message in passed_by(self.document))
        losses = [*missing, *(x for d in types for x in d.losses), *(x for t in made for x in t.losses)]
        blocks = [self._head(sort, title, doc, made, len(losses)), *(["\n".join(_notes(missing))] if missing else [])]
        if types:
            blocks.append(
                "# Types ------------------------------------------------------------------------------------"
            )
            blocks += ["\n".join([*_notes(d.losses), d.text]) for d in types]
        blocks.append("# Tools ------------------------------------------------------------------------------------")
        blocks += [t.text if t.text is not None else "\n".join(_notes(t.losses)) for t in made]
        problems = tuple(self.document.loss(x.pointer, x.message) for x in dict.fromkeys(losses))
        return Skeleton("\n\n".join(blocks) + "\n", tuple(made), problems)

    def _title(self, name: str | None) -> tuple[str, str]:
        info = self.document.value.get("info") if isinstance(self.document.value, dict) else None
        doc = info.get("title") if isinstance(info, dict) else None
        stem = _stem(Path(self.document.path))
        title = plain_name(name or (doc if isinstance(doc, str) else "") or stem, "desk")
        return title, doc if isinstance(doc, str) else f"The tools of {Path(self.document.path).name}"

    def _head(self, sort: str, title: str, doc: str, made: list[Imported], lost: int) -> str:
        lines = comment(f"Imported from {Path(self.document.path).name}, a{_n(sort)} {sort}, by `covec import`.")
        if lost:
            lines += comment(
                f"NOT KEPT marks {lost} thing{'s' if lost > 1 else ''} that these declarations do not say."
            )
        if any(t.guessed for t in made):
            lines += comment("GUESSED marks tools of which nothing says whether they change anything: put that right.")
        lines += comment(
            "Nothing is known of the world behind these tools yet, so they touch nothing of it. A table makes it "
            "known: `record`, `table`, then `touches TABLE`, or a body that says what a tool does."
        )
        lines += comment(
            "Rules can use what a result holds once the tool says what it gives: `-> Order`, with a `record Order "
            "{ … }`. Rules that ask what time it is need a line below `domain`, such as "
            "`clock 2026-05-04T08:00:00+02:00`."
        )
        return "\n".join([*lines, "", f"domain {title} {quoted(doc)}"])

    def _tool(self, tool: ForeignTool) -> Imported:
        kind, guessed = (tool.kind, False) if tool.kind else (_guess(tool.name, tool.doc), True)
        self.reader.losses = [Loss(p, f"{what} is not read") for p, what in tool.unread]
        self.reader.root = tool.root
        written = wire_name(tool.name)
        if written is None or written == "writes":
            loss = Loss(tool.pointer, f"the tool `{clean(tool.name)[:60]}` is left out: that name cannot be written")
            return Imported(tool.name, kind, guessed, (loss,), None)
        params = [self._argument(tool, i) for i in range(len(tool.arguments))]
        if any(p is None and a.required for p, a in zip(params, tool.arguments, strict=True)):
            self.reader.losses.append(Loss(tool.pointer, f"the tool `{tool.name}` is left out: it needs such a name"))
            return Imported(tool.name, kind, guessed, tuple(self.reader.losses), None)
        returns = self._result(tool)
        losses = tuple(self.reader.losses)
        words = [*(["user"] if tool.of_user else []), *([kind] if kind != "generic" else []), "tool"]
        head = f"{' '.join(words)} {written}"
        text = _declaration(head, [p for p in params if p is not None], returns, tool.doc)
        notes = [*_notes(losses), *(comment(f"GUESSED: {GUESSES[kind]}.") if guessed else [])]
        return Imported(tool.name, kind, guessed, losses, "\n".join([*notes, text]))

    def _argument(self, tool: ForeignTool, number: int) -> str | None:
        a = tool.arguments[number]
        return self.reader.member(a.name, a.schema, a.pointer, a.required, tool.name, a.doc)

    def _result(self, tool: ForeignTool) -> str:
        if tool.result is None:
            return "json"
        self.reader.root = tool.root if tool.root[1] == "" else tool.result
        found = self.reader.read(*tool.result, f"{tool.name} result")
        return f"{found.text}?" if found.optional else found.text


def _stem(path: Path) -> str:
    """A file's name; for one that every project has, its folder's."""
    stem = path.name.split(".")[0]
    return path.resolve().parent.name if stem.lower() in ("tools", "openapi", "mcp", "functions", "api") else stem


def _guess(name: str, doc: str) -> str:
    """What a tool that nothing is said of most likely does; a change, in doubt, since these are asked about first."""
    words = [w.lower() for w in words_of(name)]
    if any(w in READING for w in words[:2]):
        return "read"
    return "generic" if _NAMED_HAND_OVER.search(" ".join(words)) or _TOLD_HAND_OVER.search(doc) else "write"


def _declaration(head: str, params: list[str], returns: str, doc: str) -> str:
    text = f" {quoted(doc)}" if doc.strip() else ""
    flat = f"{head}({', '.join(params)}) -> {returns}{text} touches nothing"
    if len(flat) <= 118 and "\n" not in flat:
        return flat
    listed = "(\n" + "".join("  " + p.replace("\n", "\n  ") + ",\n" for p in params) + ")" if params else "()"
    signature = f"{head}({', '.join(params)}) -> {returns}"
    if len(signature) > 118 or "\n" in signature:
        signature = f"{head}{listed} -> {returns}"
    return f"{signature}\n {text}\n  touches nothing" if text else f"{signature} touches nothing"


def _notes(losses: tuple[Loss, ...]) -> list[str]:
    return [
        line for loss in dict.fromkeys(losses) for line in comment(f"NOT KEPT {_place(loss.pointer)}: {loss.message}.")
    ]


def _place(pointer: str) -> str:
    """A pointer, short enough to read."""
    return pointer if len(pointer) <= 80 else f"…{pointer[-79:]}"


def _n(word: str) -> str:
    return "n" if word[0] in "AEIOMaeio" else ""


__all__ = ["Imported", "Skeleton", "import_tools"]
