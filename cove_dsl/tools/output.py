"""Where a command's results go: standard output or a file put in place at once, as text or JSON Lines."""

import os
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import click

FINE, PROBLEMS, USAGE, UNDECIDED, OUR_BUG, STOPPED = 0, 1, 2, 3, 70, 130


class Output:
    """Lines of a command. With a path, they are written beside it and moved there when all went well."""

    def __init__(self, path: str | None, force: bool, form: str) -> None:
        self.path, self.form = Path(path) if path else None, form
        refuse_existing(path, force)
        self._file: IO[str] | None = None
        self._temporary: str | None = None

    def __enter__(self) -> "Output":
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                handle, self._temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            except OSError as error:
                raise click.UsageError(f"cannot write {self.path}: {error.strerror}") from None
            self._file = os.fdopen(handle, "w", encoding="utf-8", newline="\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None or self._temporary is None or self.path is None:
            return
        self._file.close()
        if kind is None:
            os.chmod(self._temporary, 0o644)
            os.replace(self._temporary, self.path)
        else:
            Path(self._temporary).unlink(missing_ok=True)

    def line(self, text: str) -> None:
        print(text, file=self._file or sys.stdout)

    def row(self, value: Any, text: str = "") -> None:
        """A result: as JSON where JSON is asked for or a file is written, else as text."""
        from ..world.state import dumps

        self.line(dumps(value) if self.form == "json" or not text else text)


def refuse_existing(path: str | None, force: bool) -> None:
    """Raises UsageError for a place that is taken."""
    if path and Path(path).exists() and not force:
        raise click.UsageError(f"{path} exists already; give --force to replace it")


def say(text: str) -> None:
    """A remark to the person at the terminal."""
    print(text, file=sys.stderr)


def use_colour(stream: IO[str]) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")
