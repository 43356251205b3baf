"""Blocks that make or change worlds (`generate`, fixtures, `given`) and loose expressions, as functions over a `Run`.

In: a specification and named blocks of core statements. Out: for each a function of a `Run` (and of the block's
parameters) that carries the statements out and gives back its expressions as functions of a `Run`, so that they can be
evaluated later, in a world that has moved on. Chance is drawn from `c.random`, which only `generate` needs.
"""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, frozen

from ...core.nodes import Apply, Expr, Stmt, Var, Write
from ...core.partial import written
from ...core.spec import Spec
from ...core.types import INT
from .emit import RUNTIME, _define, _owning
from .expressions import ExpressionEmitter, name_of
from .runtime.sandbox import Pattern
from .runtime.world import Fail
from .statements import Body

RANDOM = frozenset({"choose", "choose_some", "between", "chance", "digits", "unique_digits", "fake"})

Later = Callable[[Any], Any]
Made = Callable[..., tuple[Later, ...]]


@frozen
class Block:
    """Statements, then expressions that see the names they bound. `params` are names that the caller gives."""

    stmts: tuple[Stmt, ...] = ()
    exprs: tuple[Expr, ...] = ()
    params: tuple[str, ...] = ()


@frozen
class Blocks:
    """Compiled blocks by name, and the event patterns that their expressions look back at."""

    functions: dict[str, Made]
    patterns: tuple[Pattern, ...]


@define
class BlockExpressions(ExpressionEmitter):
    """Expressions that may throw dice."""

    def _apply(self, expr: Apply) -> str:
        if expr.op not in RANDOM:
            return super()._apply(expr)
        args = [f"known({self.emit(a)})" for a in expr.args]
        if expr.op == "between":
            args.append(repr(expr.type == INT))
        return f"c.random.{expr.op}({', '.join(args)})"


@define
class BlockBody(Body):
    """Statements whose targets may turn out not to be there, which is then said in the author's words."""

    def _write(self, stmt: Write) -> None:
        if not (isinstance(stmt.target, Var) and "." in stmt.target.name):
            place = self.expressions.spec.sources.locate(stmt.target.span)
            shown = " ".join(place.text.split()) if place is not None else "the target"
            self.line(f"there({self.expressions.emit(stmt.target)}, {shown!r})")
        super()._write(stmt)


def blocks_source(spec: Spec, blocks: Mapping[str, Block]) -> str:
    """The functions of some blocks, with all that they stand on."""
    emitter = BlockExpressions(spec)
    functions = [_function(name, block, spec, emitter) for name, block in blocks.items()]
    defines = [_define(d, emitter) for d in spec.defines.values()]
    owning = _owning(spec, emitter)
    imports = "\n".join(f"from cove_dsl.backends.python.runtime.{m} import *" for m in RUNTIME)
    names = ", ".join(f"{name!r}: block_{i}" for i, name in enumerate(blocks))
    head = f"from decimal import Decimal\n{imports}\n\nCLOCK = {spec.clock!r}\nZONE = zone_of(CLOCK)"
    numbered = [f"def block_{i}{f}" for i, f in enumerate(functions)]
    return "\n\n\n".join([head, _patterns(emitter), *defines, *owning, *numbered, f"BLOCKS = {{{names}}}"]) + "\n"


def _patterns(emitter: ExpressionEmitter) -> str:
    made = [
        f"{name} = Pattern({p.kind!r}, {p.role!r}, frozenset({sorted(p.tools)!r}), {p.status!r})"
        for p, name in emitter.patterns.items()
    ]
    return "\n".join([*made, f"PATTERNS = [{', '.join(emitter.patterns.values())}]"])


def _function(name: str, block: Block, spec: Spec, emitter: BlockExpressions) -> str:
    """A function without its name."""
    emitter.owned_tables = written(block.stmts, spec.defines)
    body = BlockBody(emitter, "tool")
    body.line("fresh_budget()")
    for stmt in block.stmts:
        body.statement(stmt)
    emitter.owned_tables = frozenset()
    body.line(f"return ({''.join(f'lambda c: (fresh_budget(), {emitter.emit(e)})[1], ' for e in block.exprs)})")
    params = ", ".join(["c", *map(name_of, block.params)])
    return f"({params}):  # {name}\n" + "\n".join(body.lines)


def compile_blocks(spec: Spec, blocks: Mapping[str, Block]) -> Blocks:
    """Blocks ready to run."""
    names: dict[str, Any] = {"__name__": f"cove_blocks_{spec.name}", "there": there}
    exec(compile(blocks_source(spec, blocks), f"<cove:{spec.name} blocks>", "exec"), names)
    return Blocks(names["BLOCKS"], tuple(names["PATTERNS"]))


def there(place: Any, shown: str) -> None:
    """The place of a change must be there. Raises `Fail`."""
    if place is None:
        raise Fail(f"there is no `{shown}` to change")


__all__ = ["RANDOM", "Block", "BlockExpressions", "Blocks", "blocks_source", "compile_blocks", "there"]
