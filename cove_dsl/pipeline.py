"""The whole compiler on one screen: files → pieces → surface tree → environment → core → `Spec`.

Every phase is a function from a value to a value and problems. A `Compiler` remembers pieces and declarations that did
not change, so an editor pays for what was edited.
"""

import re
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from .core.nodes import Const, Expr
from .core.spec import Spec
from .core.types import ANY, ToolSet
from .semantics import errors
from .semantics.assemble import WITHOUT_PAST, assemble, digest_of, no_past
from .semantics.declarations import declare
from .semantics.environment import Entry, Environment, collect, tools_named
from .semantics.expressions import Expressions
from .semantics.scope import Scope
from .source import Diagnostic, Label, Piece, SourceFile, SourceMap, Span, suggest
from .source.files import find_spec, module_files, shown_path, spec_files, specs_folder
from .syntax import ast, decode, parse_piece, split, whole_file


@frozen
class Compiled:
    """A specification if it has no errors, every problem found, and where they are."""

    spec: Spec | None
    problems: tuple[Diagnostic, ...]
    sources: SourceMap

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(p for p in self.problems if p.severity == "error")


@define
class Compiler:
    """Remembers what it has parsed and checked; safe to use again and again on changing texts."""

    _parsed: dict[str, tuple[list[ast.Declaration], list[Diagnostic]]] = field(factory=dict)
    _checked: dict[tuple[str, str, int], Any] = field(factory=dict)

    def compile(self, files: list[tuple[str, bytes]], modules: dict[str, tuple[str, bytes]]) -> Compiled:
        """Checks the files of one specification. `modules` are those that `use` may name: name → (path, text)."""
        texts, problems = _read(files)
        pieces = [p for text in texts for p in self._pieces(text, problems)]
        entries = self._entries(pieces, problems)
        used, module_texts, module_pieces = self._modules(entries, modules, problems)
        sources = _source_map([*texts, *module_texts], [*pieces, *module_pieces])
        env = collect([*entries, *used])
        problems += env.problems
        env.problems = []
        problems += [
            errors.not_allowed("`module`", "here", e.node.span, MODULE_FILE)
            for e in entries
            if isinstance(e.node, ast.Module)
        ]
        filled = [Entry(e.node, e.holes) for e in entries] + self._filled(entries, used, env, problems)
        parts, uses = self._declare(filled, env, problems)
        spec, more = assemble(filled, parts, uses, env, sources, digest_of(t.text for t in [*texts, *module_texts]))
        problems += more
        problems = settled(problems, sources, env.missing)
        if not any(p.severity == "error" for p in problems):
            problems += [errors.untyped(p[2]) for p in parts if isinstance(p, tuple) and p[0] == "unclear"][:1]
        broken = any(p.severity == "error" for p in problems)
        return Compiled(None if broken else spec, tuple(problems), sources)

    def _pieces(self, text: SourceFile, problems: list[Diagnostic]) -> list[Piece]:
        pieces, more = split(text)
        problems += more
        return pieces

    def _entries(self, pieces: list[Piece], problems: list[Diagnostic]) -> list[Entry]:
        found = []
        for piece in pieces:
            if piece.name not in self._parsed:
                self._parsed[piece.name] = parse_piece(piece)
            nodes, more = self._parsed[piece.name]
            problems += more
            found += [Entry(node) for node in nodes]
        return found

    def _modules(
        self, entries: list[Entry], modules: dict[str, tuple[str, bytes]], problems: list[Diagnostic]
    ) -> tuple[list[Entry], list[SourceFile], list[Piece]]:
        """The declarations of every module that is used."""
        found: list[Entry] = []
        texts: list[SourceFile] = []
        pieces: list[Piece] = []
        seen: dict[str, Span] = {}
        for node in [e.node for e in entries if isinstance(e.node, ast.Use)]:
            if node.name.text in seen:
                problems.append(errors.used_twice(node.name.text, node.name.span, seen[node.name.text]))
                continue
            seen[node.name.text] = node.name.span
            if node.name.text not in modules:
                near = suggest(node.name.text, modules)
                help = ("did you mean " + " or ".join(f"`{n}`" for n in near) + "?",) if near else ()
                problems.append(
                    Diagnostic(
                        "unknown-module",
                        f"there is no module called `{node.name.text}`",
                        (Label(node.name.span),),
                        help=help,
                    )
                )
                continue
            read, more = _read([modules[node.name.text]])
            problems += more
            module_pieces = [p for text in read for p in self._pieces(text, problems)]
            made = self._entries(module_pieces, problems)
            problems += _not_a_module(node, made)
            found += [e for e in made if not isinstance(e.node, ast.Use)]
            texts += read
            pieces += module_pieces
        return found, texts, pieces

    def _filled(
        self, entries: list[Entry], used: list[Entry], env: Environment, problems: list[Diagnostic]
    ) -> list[Entry]:
        """The declarations of modules with their parameters filled in by the `use` that brought them."""
        uses = {e.node.name.text: e.node for e in entries if isinstance(e.node, ast.Use)}
        filled, holes = [], {}
        for entry in used:
            if isinstance(entry.node, ast.Module):
                holes = fill(entry.node, uses.get(entry.node.name.text), env, problems)
            filled.append(Entry(entry.node, holes))
        return filled

    def _declare(
        self, entries: list[Entry], env: Environment, problems: list[Diagnostic]
    ) -> tuple[list[Any], dict[str, tuple[set[str], Span]]]:
        parts: list[Any] = []
        uses: dict[str, tuple[set[str], Span]] = {}
        users: list[tuple[ast.Declaration, set[str]]] = []
        key = env.key
        for entry in entries:
            memo = (
                f"{entry.node.span.piece}:{entry.node.span.start}",
                key,
                hash(repr(entry.holes)) if entry.holes else 0,
            )
            if memo not in self._checked:
                self._checked[memo] = declare(entry, env)
            made, more, used = self._checked[memo]
            if type(entry.node) in WITHOUT_PAST:
                users.append((entry.node, used))
            parts += made
            problems += more
            if isinstance(entry.node, (ast.DefineDecl, ast.RecogniserDecl, ast.LookupDecl)):
                uses[entry.node.name.text] = (used, entry.node.name.span)
            elif isinstance(entry.node, ast.FactDecl):
                uses[f"stated.{entry.node.name.text}"] = (used, entry.node.name.span)
        problems += no_past(users, uses)
        return parts, uses


def fill(module: ast.Module, use: ast.Use | None, env: Environment, problems: list[Diagnostic]) -> dict[str, Expr]:
    """What a module's parameters stand for."""
    given = {w.text: (w, value) for w, value in use.args} if use else {}
    holes: dict[str, Expr] = {}
    checker = Expressions(env)
    for param in module.params:
        kind = env.resolve_type(param.type)
        if param.name.text not in given:
            span = use.span if use else module.span
            problems.append(
                Diagnostic(
                    "wrong-arguments",
                    f"`{module.name.text}` needs `{param.name.text}`",
                    (Label(span, "not given"), Label(param.span, "asked for here", primary=False)),
                )
            )
            every = ToolSet(frozenset(env.tools))
            holes[param.name.text] = Const(None, every if isinstance(kind, ToolSet) else ANY, span)
            continue
        _, value = given.pop(param.name.text)
        if isinstance(value, (ast.Name, ast.ListExpr)) and str(kind) == "tools":
            items = (value,) if isinstance(value, ast.Name) else value.items
            words = [i for i in items if isinstance(i, ast.Name)]
            problems += [errors.not_a_tool(i.span) for i in items if not isinstance(i, ast.Name)]
            names = ast.ToolNames(tuple(ast.Word(w.name, w.span) for w in words), value.span)
            holes[param.name.text] = Const(None, ToolSet(tools_named(env, names, {})), value.span)
        else:
            holes[param.name.text] = checker.want(value, Scope("define"), kind, f"`{param.name.text}`")
    for word, _ in given.values():
        problems.append(
            Diagnostic("wrong-arguments", f"`{module.name.text}` has no parameter `{word.text}`", (Label(word.span),))
        )
    problems += [*checker.problems, *env.problems]
    env.problems = []
    return holes


def _read(files: list[tuple[str, bytes]]) -> tuple[list[SourceFile], list[Diagnostic]]:
    texts: list[SourceFile] = []
    problems: list[Diagnostic] = []
    for path, data in files:
        text, more = decode(path, data)
        texts.append(text)
        problems += more
    return texts, problems


def _source_map(texts: list[SourceFile], pieces: list[Piece]) -> SourceMap:
    whole = [Piece(whole_file(t.path), t, 0, t.text) for t in texts]
    return SourceMap({p.name: p for p in [*whole, *pieces]})


def _not_a_module(use: ast.Use, entries: list[Entry]) -> list[Diagnostic]:
    """A module's file begins with its own `module`, and uses no other."""
    problems = []
    if not any(isinstance(e.node, ast.Module) and e.node.name.text == use.name.text for e in entries):
        problems.append(errors.no_module_in_file(use.name.text, use.name.span))
    for entry in entries:
        if isinstance(entry.node, (ast.Use, ast.Domain)):
            word = "use" if isinstance(entry.node, ast.Use) else "domain"
            problems.append(errors.not_allowed(f"`{word}`", "in a module", entry.node.span))
    return problems


MODULE_FILE = "put the module into a file of its own, `modules/NAME.cove` beside the specification"
REFERRING = frozenset(
    {
        "unknown-name",
        "unknown-tool",
        "unknown-rule",
        "unknown-value",
        "unknown-field",
        "unknown-label",
        "no-tools",
        "missing-field",
    }
)
MOST_PLACES = 3


def settled(problems: list[Diagnostic], sources: SourceMap, missing: set[str]) -> list[Diagnostic]:
    """One slip, one error: what follows from a declaration that could not be read is left out, and a name that is
    unknown in many places is reported once.
    """
    broken = [
        sources.pieces[p.span.piece].text
        for p in problems
        if p.code in UNREAD and p.span and p.span.piece in sources.pieces
    ]
    names = missing.union(*(set(WORD.findall(text)) for text in broken))
    everything = any(text.startswith("use") for text in broken) or any(
        p.code in ("unknown-module", "file-too-large", "not-utf8") for p in problems
    )
    if any(text.split(None, 1)[0] in TYPES for text in broken):
        problems = [p for p in problems if p.code in UNREADABLE]
    kept: dict[Any, list[Diagnostic]] = {}
    for problem in problems:
        place = sources.locate(problem.span) if problem.span else None
        if problem.code == "no-tools" and any(p.code == "unknown-tool" for p in problems):
            continue
        follows = problem.code in REFERRING and (everything or (place is not None and place.text in names))
        if follows or (problem.code == "no-domain" and (broken or everything)):
            continue
        key = problem.message if problem.code in REFERRING else (problem.message, problem.span)
        kept.setdefault((problem.code, key), []).append(problem)
    return [_merged(alike) for alike in kept.values()]


UNREAD = frozenset(
    {"unexpected", "unclosed-text", "bad-text", "bad-literal", "expected-declaration", "nested-too-deeply"}
)
UNREADABLE = UNREAD | {"file-too-large", "not-utf8", "forbidden-character", "unknown-module"}
TYPES = frozenset({"enum", "record", "variant", "table", "state"})
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _merged(alike: list[Diagnostic]) -> Diagnostic:
    """The first of several that say the same, with the places of the others."""
    first = alike[0]
    others = list({p.span: p for p in alike[1:] if p.span and p.span != first.span}.values())
    if not others:
        return first
    places = tuple(Label(p.span, "and here", primary=False) for p in others[:MOST_PLACES] if p.span)
    more = len(others) - len(places)
    notes = (f"and in {more} more place{'s' if more != 1 else ''}",) if more else ()
    return evolve(first, labels=(*first.labels, *places), notes=(*first.notes, *notes))


def compile_path(path: Path, compiler: Compiler | None = None) -> Compiled:
    """Checks the specification at a path."""
    return (compiler or Compiler()).compile(spec_files(path), module_files(path))


__all__ = [
    "Compiled",
    "Compiler",
    "compile_path",
    "find_spec",
    "module_files",
    "settled",
    "shown_path",
    "spec_files",
    "specs_folder",
]
