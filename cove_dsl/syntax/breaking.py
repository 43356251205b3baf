"""Where a line that is too long is broken. In: the tokens of the line. Out: text of several lines.

Breaking follows Wadler's "A prettier printer": a document is a tree of groups, and a group stands on one line or is
broken as a whole. A sequence of parts is cut at what binds loosest; brackets fill lines, or hold one element a line.
What is broken here must stay as it is when it is laid out again: what goes on below either stands under the part that
it belongs to, or is indented as `layout` indents what goes on.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise

from attrs import evolve, frozen
from wadler_lindig import AbstractDoc, BreakDoc, ConcatDoc, GroupDoc, NestDoc, TextDoc, pformat

from .spacing import CLOSE, OPEN, SPARED, STEP, WIDTH, Token, space

LISTED = frozenset({"KNOWS", "VOLUNTEERS", "HIDES", "TOUCHES"})  # items that hold a list without brackets
ENDINGS = frozenset({"FAILS", "GIVES"})  # how a call ends
GOALS = frozenset({"GOAL", "OTHERWISE"})
SUFFIXES = frozenset({"WHERE", "PREFERRING", "WITH", "ORDERED"})
CLAUSES = frozenset({"FOR", "LET", "WHERE"})  # of a comprehension
HEADS = SUFFIXES | {"REQUIRE", "WHEN", "RETURN", "YIELD", "THAT", "REACH", "THEN", "ELSE", "OR", "AND"}
FARTHEST = 72  # nothing stands under a part that begins beyond this column


@frozen
class Part:
    """A stretch of a line: a token, or a bracket with what it holds."""

    opening: Token
    inside: tuple["Part", ...] = ()
    closing: Token | None = None

    @property
    def last(self) -> Token:
        return self.closing or self.opening

    @property
    def kind(self) -> str:
        return self.opening.kind

    @property
    def separates(self) -> bool:
        return self.opening.separates

    @cached_property
    def width(self) -> int:
        """How many columns it takes on one line."""
        if self.closing is None:
            return self.opening.counted
        return _width((Part(self.opening), *self.inside, Part(self.closing)))

    def tokens(self) -> Iterator[Token]:
        yield self.opening
        for part in self.inside:
            yield from part.tokens()
        if self.closing is not None:
            yield self.closing


Parts = tuple[Part, ...]


NOTHING = TextDoc("")


@frozen
class Place:
    """Where a sequence begins: `base`, the indentation of its line; `at`, columns after that; whether a bracket that
    was opened on this line is `open`; and the `tail` of signs that stand close behind it."""

    base: int
    at: int = 0
    open: bool = False
    tail: AbstractDoc = NOTHING

    @property
    def hang(self) -> int:
        """How much deeper the next line stands if the sequence goes on there."""
        least = 2 * STEP if self.open else STEP
        return self.at if self.at > 0 and self.base + self.at <= FARTHEST else least

    def further(self, columns: int) -> "Place":
        return evolve(self, at=self.at + columns)

    def below(self, deeper: int) -> "Place":
        return Place(self.base + deeper, tail=self.tail)

    @property
    def bare(self) -> "Place":
        return evolve(self, tail=NOTHING)


def break_line(line: list[Token], kind: str) -> str | None:
    """A line that is too long, broken; None where nothing can be broken. `line`: its tokens, none of which spans lines,
    with at most a comment behind them; `kind`: the line's, as `layout` has it."""
    tokens = line[:-1] if line[-1].comment else line
    parts = _parts(tokens)
    indent = tokens[0].at
    whole = _concat(TextDoc(" " * indent), NestDoc(GroupDoc(_document(parts, kind, Place(indent))), indent))
    made = "\n".join(part.rstrip() for part in pformat(_Given(whole), width=WIDTH).split("\n"))
    if "\n" not in made:
        return None
    return f"{made}  {line[-1].text}" if line[-1].comment else made


def _document(parts: Parts, kind: str, place: Place) -> AbstractDoc:
    left = [n for n, p in enumerate(parts[:-1]) if p.opening.text in OPEN and p.closing is None and not p.opening.block]
    if left:  # open at the end of the line: what follows stands below what stands behind it
        head, rest = parts[: left[-1] + 1], parts[left[-1] + 1 :]
        at = _width(head) + len(_gap(head, rest))
        inside = NestDoc(_filled(_elements(rest), place.below(at)), at)
        return _concat(_flat(head), TextDoc(_gap(head, rest)), inside)
    if kind == "element":  # up to the end of the list, and what follows that
        ends = (n for n, p in enumerate(parts) if n and p.opening.text in CLOSE)
        held, place = _apart(parts, next(ends, None), place)
        return _filled(_elements(held), place)
    if kind != "item":  # a clause of a statement that began on an earlier line stays where it is
        clauses = (n for n, p in enumerate(parts) if n and p.opening.clause)
        parts, place = _apart(parts, next(clauses, None), place)
    return _sequence(parts, place)


def _apart(parts: Parts, n: int | None, place: Place) -> tuple[Parts, Place]:
    """Parts up to one of them; it and what follows become the tail."""
    if n is None:
        return parts, place
    return parts[:n], evolve(place, tail=_concat(*_after(parts[n - 1 :])))


@frozen
class _Given:
    """Hands a document to the algebra as it is."""

    doc: AbstractDoc

    def __pdoc__(self, **options: object) -> AbstractDoc:
        return self.doc


# --- parts ------------------------------------------------------------------------------------------------------------


def _parts(tokens: list[Token]) -> Parts:
    """Brackets that open and close within a line become parts; others stay tokens."""
    made: list[Part] = []
    open_: list[int] = []  # where, in what is made, each bracket stands that is still open
    for token in tokens:
        if token.text in CLOSE and open_:
            at = open_.pop()
            made[at:] = [Part(made[at].opening, tuple(made[at + 1 :]), token)]
            continue
        if token.text in OPEN:
            open_.append(len(made))
        made.append(Part(token))
    return tuple(made)


def _elements(parts: Parts, block: bool = False) -> list[Parts]:
    """Parts between commas, each with its comma; in a block, its statements."""
    made: list[list[Part]] = [[]]
    for n, part in enumerate(parts):
        if n and (parts[n - 1].separates or (block and part.opening.begins)):
            made.append([])
        made[-1].append(part)
    return [tuple(e) for e in made]


def _flat(parts: Parts) -> AbstractDoc:
    """Parts on one line."""
    docs: list[AbstractDoc] = []
    last: Token | None = None
    for token in (t for part in parts for t in part.tokens()):
        docs += [TextDoc(" " * space(last, token))] if last is not None else []
        docs += [_text(token)]
        last = token
    return _concat(*docs)


def _concat(*docs: AbstractDoc) -> AbstractDoc:
    return ConcatDoc(children=docs)  # type: ignore[no-untyped-call]


def _text(token: Token) -> AbstractDoc:
    if token.counted == len(token.text):
        return TextDoc(token.text)
    return _concat(TextDoc(token.text[:SPARED]), TextDoc(token.text[SPARED:], width=False))


def _width(parts: Parts) -> int:
    return sum(p.width for p in parts) + sum(space(a.last, b.opening) for a, b in pairwise(parts))


def _gap(before: Parts, after: Parts) -> str:
    return " " * space(before[-1].last, after[0].opening)


# --- sequences --------------------------------------------------------------------------------------------------------


def _sequence(parts: Parts, place: Place) -> AbstractDoc:
    """Parts one after the other, cut where they bind loosest."""
    if parts[0].kind in LISTED and any(p.separates for p in parts):
        return _listed(parts, place)
    for cut in (_clause, _definition, _choice, _description):
        found = cut(parts, place)
        if found is not None:
            return found
    prefix = _prefix(parts)
    operand = place.further(_width(parts[: prefix + 1]) - _width(parts[prefix : prefix + 1]))
    branches = [n for n, p in enumerate(parts) if n and p.kind == "ELSE"]
    if branches and sum(p.kind == "THEN" for p in parts) > 1:
        return _chain(parts, branches, place, 0 if parts[0].kind == "ELSE" else operand.hang)
    for joint in (_branch, _is_suffix, _word("OR"), _word("AND"), _compares, _adds):
        cuts = [n for n in range(prefix + 1, len(parts)) if joint(parts[n])]
        if joint is _branch and not any(p.kind == "THEN" for p in parts):
            continue
        if joint is _compares and cuts and _width(parts[prefix : cuts[0]]) < _width(parts[cuts[0] :]):
            continue  # the right side breaks
        if cuts:
            return _chain(parts, cuts, place, operand.hang)
    return _row(parts, place)


def _prefix(parts: Parts) -> int:
    """How many parts stand before the expression of a statement or an argument."""
    found = 1 if parts[0].kind in HEADS or (parts[0].kind == "IF" and parts[0].opening.begins) else 0
    for n, part in enumerate(parts):
        named = part.opening.text == ":" and n in (1, 2)
        drawn = (part.kind == "IN" and parts[0].kind == "FOR") or (part.kind == "FROM" and parts[0].kind == "PICK")
        if part.opening.text == "=" or named or drawn:
            found = n + 1
    return found if found < len(parts) else 0


def _word(kind: str) -> Callable[[Part], bool]:
    return lambda part: part.kind == kind


def _branch(part: Part) -> bool:
    return part.kind in ("THEN", "ELSE")


def _is_suffix(part: Part) -> bool:
    return part.kind in SUFFIXES


def _compares(part: Part) -> bool:
    return part.kind == "COMPARE"


def _adds(part: Part) -> bool:
    return part.opening.text in ("+", "-") and not part.opening.unary


def _cut(parts: Parts, cuts: list[int]) -> list[Parts]:
    ends = [0, *cuts, len(parts)]
    return [parts[a:b] for a, b in pairwise(ends)]


def _chain(parts: Parts, cuts: list[int], place: Place, deeper: int) -> AbstractDoc:
    """The first stretch, and each further one on a line of its own."""
    stretches = _cut(parts, cuts)
    docs: list[AbstractDoc] = [GroupDoc(_sequence(stretches[0], place.bare))]
    for before, stretch in pairwise(stretches):
        below = (place if stretch is stretches[-1] else place.bare).below(deeper)
        docs.append(NestDoc(_concat(BreakDoc(_gap(before, stretch)), GroupDoc(_sequence(stretch, below))), deeper))
    return GroupDoc(_concat(*docs))


def _clause(parts: Parts, place: Place) -> AbstractDoc | None:
    """What is said or done if a condition fails, and what a row gives."""
    cuts = [n for n, p in enumerate(parts) if n and (p.opening.clause or p.kind in ENDINGS)]
    if not cuts:
        return None
    stretches = _cut(parts, cuts)
    if place.base + _width(stretches[0]) <= WIDTH or _has_joints(stretches[0]):
        return _chain(parts, cuts, place, STEP)
    docs = [_sequence(stretches[0], place.bare)]  # a bracket breaks: what follows stays behind its end
    for before, stretch in pairwise(stretches):
        more = _concat(BreakDoc(_gap(before, stretch)), _sequence(stretch, place.bare.below(STEP)))
        docs.append(GroupDoc(NestDoc(more, STEP)))
    return _concat(*docs, place.tail)


def _has_joints(parts: Parts) -> bool:
    return any(p.kind in ("AND", "OR") or _is_suffix(p) for p in parts)


def _definition(parts: Parts, place: Place) -> AbstractDoc | None:
    """What a name stands for goes below the sign."""
    cuts = [n + 1 for n, p in enumerate(parts[:-1]) if p.opening.defines]
    if not cuts or (parts[cuts[0]].opening.text in OPEN and parts[cuts[0]].closing is None):
        return None
    return _chain(parts, cuts[:1], place, STEP)


def _choice(parts: Parts, place: Place) -> AbstractDoc | None:
    """What a goal leaves open, and what it is called."""
    cuts = [n for n, p in enumerate(parts) if n and p.kind == "FOR"] if parts[0].kind in GOALS else []
    chosen = parts[0].kind in GOALS or [p.kind for p in parts[:2]] == ["FOR", "ANY"]
    if not cuts and chosen and parts[-1].kind == "STRING" and len(parts) > 2:
        cuts = [len(parts) - 1]
    return _chain(parts, cuts, place, STEP) if cuts else None


def _description(parts: Parts, place: Place) -> AbstractDoc | None:
    """What a declaration is for, below its head."""
    cuts = [n for n, p in enumerate(parts) if n and p.kind == "STRING"] if parts[0].opening.first else []
    if not cuts or cuts[0] < 3:
        return None
    return _chain(parts, cuts[:1], place, STEP)


def _listed(parts: Parts, place: Place) -> AbstractDoc:
    """An item that holds a list without brackets: what goes on stands under the first element."""
    at = place.at + _width(parts[:1]) + 1
    first = _concat(_text(parts[0].opening), TextDoc(" "))
    return _concat(first, NestDoc(_filled(_elements(parts[1:]), place.below(at)), at))


def _row(parts: Parts, place: Place) -> AbstractDoc:
    """Parts that nothing cuts: only brackets can break, each with the signs up to the next."""
    brackets = [n for n, p in enumerate(parts) if p.inside]
    if not brackets:
        return _concat(_flat(parts), place.tail)
    docs: list[AbstractDoc] = []
    width = 0
    stretches = _cut(parts, brackets if brackets[0] else brackets[1:])
    for before, stretch in pairwise([(), *stretches]):
        gap = _gap(before, stretch) if before else ""
        at = place.further(width + len(gap))
        width += len(gap) + _width(stretch)
        last = stretch[-1] is parts[-1]
        rest = _concat(*_after(stretch), place.tail if last else NOTHING)
        docs.append(TextDoc(gap))
        docs.append(_bracket(stretch[0], evolve(at, tail=rest)) if stretch[0].inside else _concat(_flat(stretch)))
    return _concat(*docs)


def _after(stretch: Parts) -> list[AbstractDoc]:
    return [TextDoc(_gap(stretch[:1], stretch[1:])), _flat(stretch[1:])] if len(stretch) > 1 else []


# --- brackets ---------------------------------------------------------------------------------------------------------


def _bracket(part: Part, place: Place) -> AbstractDoc:
    assert part.closing is not None
    edge = " " * space(part.opening, part.inside[0].opening)
    start = TextDoc(part.opening.text + edge)
    end = _concat(TextDoc(edge + part.closing.text), place.tail)
    within = Place(place.base, place.at + len(part.opening.text + edge), True, end)
    statements = any(p.opening.begins for p in part.inside)
    clauses = [n for n, p in enumerate(part.inside) if n and p.kind in CLAUSES]
    if clauses and part.inside[clauses[0]].kind == "FOR" and not statements:
        return GroupDoc(_concat(start, _chain(part.inside, clauses, within, within.hang)))
    single = part.opening.tight and len(part.inside) == 1 and part.inside[0].kind == "STRING"
    if not statements and not single and not any(p.separates for p in part.inside):
        return GroupDoc(_concat(start, _sequence(part.inside, within)))
    elements = _elements(part.inside, block=part.opening.text == "{")
    if not statements and _hugs(elements, place):
        return _hugged(elements, start, within)
    below = Place(place.base + STEP)
    held = _stacked(elements, below) if _stands_apart(part, elements) else _filled(elements, below)
    inside = NestDoc(_concat(BreakDoc(edge), held), STEP)
    closing = _concat(BreakDoc(edge), TextDoc(part.closing.text), place.tail)
    return GroupDoc(_concat(TextDoc(part.opening.text), inside, closing))


def _hugs(elements: list[Parts], place: Place) -> bool:
    """Whether only the last element is broken: a list or map after plain ones, or what would not fit on a line of its
    own."""
    last, prior = elements[-1][-1], tuple(p for e in elements[:-1] for p in e)
    if not last.inside or any(p.inside for p in prior) or place.base + place.at + _width(prior) > FARTHEST:
        return False
    fits = place.base + STEP + sum(_width(e) + 1 for e in elements) <= WIDTH
    return last.opening.text in ("[", "{") or not fits


def _hugged(elements: list[Parts], start: AbstractDoc, within: Place) -> AbstractDoc:
    prior = tuple(p for e in elements[:-1] for p in e)
    gap = _gap(prior, elements[-1]) if prior else ""
    last = _sequence(elements[-1], within.further(_width(prior) + len(gap)))
    return GroupDoc(_concat(start, _flat(prior), TextDoc(gap), last))


def _stands_apart(part: Part, elements: list[Parts]) -> bool:
    """Whether each element has a line of its own: statements, goals, fields, and what is described."""
    described = any(p.kind == "STRING" for e in elements for p in e[3:])
    labelled = part.opening.text == "{" and all(len(e) > 2 and e[1].opening.text == ":" for e in elements)
    named = labelled and all(e[0].kind == "NAME" for e in elements)
    typed = part.opening.text == "(" and described and all(len(e) > 3 and e[1].opening.text == ":" for e in elements)
    return any(e[0].opening.begins for e in elements) or named or typed


def _filled(elements: list[Parts], place: Place) -> AbstractDoc:
    """Elements that fill lines; one that is too long for a line has its lines for itself."""

    def joined(doc: AbstractDoc, *pair: Parts) -> AbstractDoc:
        return doc if any(place.base + _width(e) > WIDTH for e in pair) else GroupDoc(doc)

    return _run(elements, place, joined)


def _stacked(elements: list[Parts], place: Place) -> AbstractDoc:
    """Each element on a line of its own, if any is."""
    return _run(elements, place, lambda doc, *pair: doc)


def _run(elements: list[Parts], place: Place, joined: Callable[..., AbstractDoc]) -> AbstractDoc:
    docs: list[AbstractDoc] = [GroupDoc(_sequence(elements[0], place.bare if elements[1:] else place))]
    for before, element in pairwise(elements):
        inner = place if element is elements[-1] else place.bare
        more = _concat(BreakDoc(_gap(before, element)), GroupDoc(_sequence(element, inner)))
        docs.append(joined(more, before, element))
    return _concat(*docs)


__all__ = ["break_line"]
