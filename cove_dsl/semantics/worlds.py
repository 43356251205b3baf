"""What a world is described by: paths from a row, and conditions on fields."""

from ..core.nodes import (
    Expr,
    Var,
)
from ..core.spec import (
    Description,
    Path,
)
from ..core.types import (
    AnyType,
    ListType,
    MapType,
    RecordType,
    Type,
    strip,
)
from ..syntax import ast
from . import errors, misnamed
from .scope import Scope
from .statements import Statements


def words_of(part: ast.PathPart) -> tuple[str, ...]:
    return tuple(w.text for w in part.names)


def check_path(part: ast.PathPart, kind: Type, checker: Statements) -> Path:
    """A path of fields from a row, checked against its type."""
    for word in part.names:
        kind = strip(kind)
        if isinstance(kind, ListType):
            kind = strip(kind.item)
        if isinstance(kind, AnyType):
            break
        kind = checker._field_type(kind, word, Scope("define"))
    return Path(words_of(part), part.some)


def check_description(node: ast.DescribeDecl, checker: Statements) -> Description:
    env = checker.env
    table, row = ".".join(word.text for word in node.place), _row_type(node.place, checker)
    if row is None:
        return Description(table, None, (), node.span)
    ways = tuple(tuple(check_path(part, row, checker) for part in way) for way in node.ways)
    within = node.within.text if node.within else None
    singular = {t.record.lower() for t in env.tables.values()} | set(env.tables)
    if node.within is not None and within not in singular:
        checker.report(misnamed.unknown_name("table or record", node.within.text, node.within.span, singular))
    return Description(table, within, ways, node.span)


def _row_type(place: tuple[ast.Word, ...], checker: Statements) -> Type | None:
    """The type of a table's rows, or of the entries of a map in them; None where there is no such place."""
    first, *steps = place
    if first.text not in checker.env.tables:
        checker.report(misnamed.unknown_name("table", first.text, first.span, checker.env.tables))
        return None
    kind: Type = RecordType(checker.env.tables[first.text].record)
    for word in steps:
        held = strip(checker._field_type(kind, word, Scope("define")))
        if isinstance(held, AnyType):
            return None
        if not isinstance(held, MapType):
            checker.report(errors.no_map(str(kind), word.text, word.span))
            return None
        kind = strip(held.value)
    return kind


def check_conditions(
    node: ast.RecordDecl | ast.VariantDecl, checker: Statements
) -> tuple[str, str, dict[tuple[str | None, str], Expr]]:
    """The `where` of each field: a condition on its value, `it`."""
    env = checker.env
    cases = [(None, node.fields)] if isinstance(node, ast.RecordDecl) else [(c.name.text, c.fields) for c in node.cases]
    found: dict[tuple[str | None, str], Expr] = {}
    for case, fields in cases:
        for f in fields:
            if f.where is not None and node.name.text in env.records:
                record = env.records[node.name.text]
                kind = (record.cases[case].fields if case else record.fields)[f.name.text].type
                it = Var("it", strip(kind), f.span)
                found[case, f.name.text] = checker.condition(f.where, Scope("define").with_it(it))
    return ("conditions", node.name.text, found)
