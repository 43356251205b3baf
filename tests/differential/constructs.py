"""What of the language a text says: every kind of node of the surface, each alternative in it, and every built-in.

What there is to say is read off the syntax tree's classes: a field that is one of several words, a truth, or may be
absent, has an alternative for each. So a construct that is added is missed as long as nothing writes it.
"""

import inspect
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from cove_dsl.semantics.builtins import BUILTINS
from cove_dsl.source import SourceFile
from cove_dsl.syntax import ast, pieces
from cove_dsl.syntax.parser import parse_piece

NODES = {n: c for n, c in vars(ast).items() if inspect.isclass(c) and attrs.has(c) and c.__module__ == ast.__name__}
PRIMS = ("text", "int", "money", "decimal", "bool", "date", "datetime", "time", "duration", "id", "email", "json")


def all_there_is() -> set[str]:
    """Every construct of the language."""
    found = {*NODES, *(f"{name}(…)" for name in BUILTINS), *(f"type {name}" for name in PRIMS)}
    for name, node in NODES.items():
        for field in attrs.fields(node):
            found |= {f"{name}.{field.name} {way}" for way in _ways(field.type)}
    return found


def _ways(kind: Any) -> Iterator[str]:
    if kind is bool:
        yield from ("true", "false")
    elif get_origin(kind) is Literal:
        yield from get_args(kind)
    elif get_origin(kind) in (UnionType, Union) and NoneType in get_args(kind):
        inner = [way for part in get_args(kind) if get_origin(part) is Literal for way in _ways(part)]
        yield from ("absent", *(inner or ["there"]))


def said_in(text: str) -> set[str]:
    """The constructs that a text holds."""
    found: set[str] = set()
    for piece in pieces.split(SourceFile("desk.cove", text))[0]:
        declarations, problems = parse_piece(piece)
        assert not problems, piece.text
        for declaration in declarations:
            _collect(declaration, found)
    return found


def _collect(thing: Any, found: set[str]) -> None:
    if isinstance(thing, tuple):
        for item in thing:
            _collect(item, found)
    name = type(thing).__name__
    if NODES.get(name) is not type(thing):
        return
    found.add(name)
    found |= _named(thing)
    for field in attrs.fields(type(thing)):
        value = getattr(thing, field.name)
        ways = set(_ways(field.type))
        if ways:
            said = "absent" if value is None else str(value).lower() if isinstance(value, bool) else value
            found.add(f"{name}.{field.name} {said if isinstance(said, str) and said in ways else 'there'}")
        _collect(value, found)


def _named(thing: Any) -> set[str]:
    match thing:
        case ast.CallOf(word) if word.text in BUILTINS:
            return {f"{word.text}(…)"}
        case ast.NamedType(word) if word.text in PRIMS:
            return {f"type {word.text}"}
    return set()


__all__ = ["all_there_is", "said_in"]
