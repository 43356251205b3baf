"""Text, places in it, and problems as data. Imports nothing of ours."""

from . import code  # before all else: it notes which code is being loaded
from .diagnostics import DataProblem, Diagnostic, Fix, Label, Severity
from .spans import NOWHERE, Location, Piece, SourceFile, SourceMap, Span
from .suggest import suggest

__all__ = [
    "NOWHERE",
    "DataProblem",
    "Diagnostic",
    "Fix",
    "Label",
    "Location",
    "Piece",
    "Severity",
    "SourceFile",
    "SourceMap",
    "Span",
    "code",
    "suggest",
]
