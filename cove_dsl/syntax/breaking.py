"""Where the tokens of a line stand apart, and where a line that is too long is broken. In: tokens. Out: text.

Breaking follows Wadler's "A prettier printer": brackets are groups, which stand on one line or are broken as a whole.
"""

from typing import Any

from attrs import define, frozen

WIDTH = 120
STEP = 2
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, frozenset(")]}")
BREAKING = frozenset({"AND", "OR"})
ENOUGH_TO_FILL = 6  # so many plain values fill lines; fewer stand one below the other


@define(eq=False)
class Token:
    """A token or comment. `column` and `gap` are where the author put it: its column, and the spaces before it."""

    text: str
    kind: str
    start: int
    column: int
    gap: int
    first: bool = False
    begins: bool = False
    unary: bool = False
    tight: bool = False  # a brace of a list or map, which stands close to what it holds
    clause: bool = False  # an `else` that leaves, or the `then` of a row
    defines: bool = False  # the sign before what a name stands for
    at: int = 0  # the column it gets

    @property
    def comment(self) -> bool:
        return self.kind == "COMMENT"

    def __len__(self) -> int:
        return len(self.text)


def space(a: Token, b: Token) -> int:
    """How many spaces part two neighbours on a line."""
    if b.comment:
        return 2
    if b.begins:
        return 2 if a.text not in OPEN and a.kind != "ELSE" else int(a.text == "{")
    if b.text in (",", ")", "]", "?", ":", "..") or a.text in ("(", "[", "..", "."):
        return 0
    if a.text == "{" or b.text == "}":
        return 0 if (a.text == "{" and b.text == "}") or (a if a.text == "{" else b).tight else 1
    if b.clause:
        return 2
    if b.text == ".":
        return min(b.gap, 1)
    if a.unary or (a.text == "?" and b.text == "."):
        return 0
    if b.text == "(":
        return 0 if a.kind == "NAME" else 1
    if b.text == "[":
        return 0 if a.kind in ("NAME", "LIST", "MAP", "IT") or a.text in (")", "]", "}") else 1
    return 1


@frozen
class Part:
    """A stretch of a line: a token, or a bracket with what it holds."""

    opening: Token
    inside: tuple["Part", ...] = ()
    closing: Token | None = None

    @property
    def last(self) -> Token:
        return self.closing or self.opening


def break_line(line: list[Token], element: bool = False) -> str | None:
    """A line that is too long, broken at commas, statements, clauses and operators; None where nothing can be broken.
    `element`: it holds elements of a list that was opened on an earlier line."""
    tokens = line[:-1] if line[-1].comment else line
    if not tokens or any("\n" in t.text or t.kind == "ROW" for t in tokens):
        return None
    import wadler_lindig as algebra

    parts, _ = _parts(tokens, 0)
    indent = tokens[0].at
    elements = _elements(parts, algebra) if element else _sequence(parts, algebra)
    body = algebra.GroupDoc(algebra.NestDoc(elements, indent))
    text = " " * indent + algebra.pformat(_Given(body), width=WIDTH - indent)
    made = "\n".join(part.rstrip() for part in text.split("\n"))
    if "\n" not in made:
        return None
    return f"{made}  {line[-1].text}" if line[-1].comment else made


@frozen
class _Given:
    """Hands a document to the algebra as it is."""

    doc: Any

    def __pdoc__(self, **options: Any) -> Any:
        return self.doc


def _parts(tokens: list[Token], at: int, inside: bool = False) -> tuple[tuple[Part, ...], int]:
    """Brackets that open and close within a line become parts; others stay tokens."""
    made: list[Part] = []
    while at < len(tokens):
        token = tokens[at]
        if token.text in CLOSE and inside:
            return tuple(made), at
        if token.text in OPEN and _closes(tokens, at):
            held, end = _parts(tokens, at + 1, inside=True)
            made.append(Part(token, held, tokens[end]))
            at = end + 1
            continue
        made.append(Part(token))
        at += 1
    return tuple(made), at


def _closes(tokens: list[Token], at: int) -> bool:
    depth = 0
    for token in tokens[at:]:
        depth += (token.text in OPEN) - (token.text in CLOSE)
        if depth == 0:
            return True
    return False


def _sequence(parts: tuple[Part, ...], algebra: Any) -> Any:
    """Parts one after the other. A line ends before a clause rather than before an operator that joins conditions."""
    clause = next((n for n, p in enumerate(parts) if n and _begins_clause(p)), None)
    if clause is not None:
        head, tail = _joined(parts[:clause], algebra), _joined(parts[clause:], algebra)
        gap = " " * space(parts[clause - 1].last, parts[clause].opening)
        rest = algebra.NestDoc(algebra.ConcatDoc(algebra.BreakDoc(gap), algebra.GroupDoc(tail)), STEP)
        return algebra.ConcatDoc(algebra.GroupDoc(head), rest)
    return _joined(parts, algebra)


def _begins_clause(part: Part) -> bool:
    return part.opening.clause or part.opening.defines


def _elements(parts: tuple[Part, ...], algebra: Any) -> Any:
    """Elements of a list that was opened on an earlier line."""
    groups, _ = _split(parts, "")
    made = [algebra.GroupDoc(_sequence(groups[0], algebra))]
    for group in groups[1:]:
        more = algebra.ConcatDoc(algebra.BreakDoc(" "), algebra.GroupDoc(_sequence(group, algebra)))
        made += [algebra.GroupDoc(more)]
    return algebra.ConcatDoc(*made)


def _split(parts: tuple[Part, ...], bracket: str) -> tuple[list[tuple[Part, ...]], list[str]]:
    """Parts between commas, or the statements of a block, and the spaces between them."""
    groups: list[list[Part]] = [[]]
    gaps: list[str] = []
    for n, inner in enumerate(parts):
        if n and (parts[n - 1].opening.text == "," or (inner.opening.begins and bracket == "{")):
            gaps.append(" " * space(parts[n - 1].last, inner.opening))
            groups.append([])
        groups[-1].append(inner)
    return [tuple(g) for g in groups], gaps


def _joined(parts: tuple[Part, ...], algebra: Any) -> Any:
    made: list[Any] = []
    rest: list[Any] = []
    for n, part in enumerate(parts):
        joint = n > 0 and part.opening.kind in BREAKING
        gap = " " * space(parts[n - 1].last, part.opening) if n else ""
        into = rest if rest or joint else made
        into += [algebra.BreakDoc(gap) if joint else algebra.TextDoc(gap)] if gap or joint else []
        into.append(_bracketed(part, algebra))
    return (
        algebra.ConcatDoc(*made, algebra.NestDoc(algebra.ConcatDoc(*rest), STEP)) if rest else algebra.ConcatDoc(*made)
    )


def _bracketed(part: Part, algebra: Any) -> Any:
    if part.closing is None:
        return algebra.TextDoc(part.opening.text)
    if not part.inside:
        return algebra.TextDoc(part.opening.text + part.closing.text)
    edge = " " * space(part.opening, part.inside[0].opening)
    if not any(p.opening.text == "," or p.opening.begins for p in part.inside):
        held = _sequence(part.inside, algebra)
        return algebra.ConcatDoc(
            algebra.TextDoc(part.opening.text + edge), held, algebra.TextDoc(edge + part.closing.text)
        )
    groups, gaps = _split(part.inside, part.opening.text)
    filled = len(groups) >= ENOUGH_TO_FILL and all(p.closing is None for p in part.inside)
    made = [algebra.BreakDoc(edge), algebra.GroupDoc(_sequence(groups[0], algebra))]
    for gap, group in zip(gaps, groups[1:], strict=True):
        more = (algebra.BreakDoc(gap), algebra.GroupDoc(_sequence(group, algebra)))
        made += [algebra.GroupDoc(algebra.ConcatDoc(*more))] if filled else more
    inside = algebra.NestDoc(algebra.ConcatDoc(*made), STEP)
    whole = (algebra.TextDoc(part.opening.text), inside, algebra.BreakDoc(edge), algebra.TextDoc(part.closing.text))
    return algebra.GroupDoc(algebra.ConcatDoc(*whole))


__all__ = ["CLOSE", "OPEN", "STEP", "WIDTH", "Token", "break_line", "space"]
