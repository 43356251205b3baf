"""Choosing rules by name, the same way for every command. A pattern that matches nothing is refused: a misspelt name
must not silently check nothing."""

from collections.abc import Callable, Collection, Iterable
from fnmatch import fnmatchcase
from typing import Any

import click

from ..source import suggest


def rule_options(verb: str, skip: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--rule` and `--skip-rule`; `verb` and `skip` say in the help what is done with rules."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for name, done in (("--skip-rule", skip), ("--rule", verb)):
            text = f"{done[0].upper()}{done[1:]} rules whose name matches."
            command = click.option(name, multiple=True, metavar="GLOB", help=text)(command)
        return command

    return add


def chosen(
    names: Collection[str], only: Iterable[str], without: Iterable[str] = (), what: str = "rule"
) -> frozenset[str] | None:
    """The names that match some of `only` (all, if it is empty) and none of `without`; None where nothing was asked.

    Raises UsageError for a pattern that matches no name, and where nothing is left.
    """
    only, without = tuple(only), tuple(without)
    if not only and not without:
        return None
    for glob in (*only, *without):
        if not any(fnmatchcase(n, glob) for n in names):
            raise click.UsageError(f"no {what} matches `{glob}`{_hint(glob, names)}")
    found = frozenset(
        n
        for n in names
        if (not only or any(fnmatchcase(n, g) for g in only)) and not any(fnmatchcase(n, g) for g in without)
    )
    if not found:
        raise click.UsageError(f"no {what} is left by these options")
    return found


def _hint(glob: str, names: Iterable[str]) -> str:
    near = suggest(glob.strip("*?"), names)
    return "; did you mean " + " or ".join(f"`{n}`" for n in near) + "?" if near else ""
