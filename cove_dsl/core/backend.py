"""What every back end is: a function from a checked specification to files, and problems where it has no words."""

from typing import Protocol

from attrs import field, frozen

from ..source import Diagnostic, Label, Span
from .nodes import Node
from .spec import Spec


@frozen
class Artifact:
    """What a back end made: texts by relative path, and what it could not express."""

    files: dict[str, str]
    problems: tuple[Diagnostic, ...] = field(default=())


class Backend(Protocol):
    """A reader of the core. `supports` gives the reason why a node can't be expressed, or None."""

    @property
    def name(self) -> str: ...

    def supports(self, node: Node) -> str | None: ...

    def emit(self, spec: Spec) -> Artifact: ...


def unsupported(backend: str, what: str, span: Span) -> Diagnostic:
    """The problem of a construct that a back end can't express."""
    return Diagnostic("unsupported-construct", f"the {backend} back end cannot express {what}", (Label(span),))
