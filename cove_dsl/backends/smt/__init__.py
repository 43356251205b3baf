"""The solver's back end: questions about a specification as SMT-LIB text, and their answers in terms of its source.

`backend.emit(spec)` gives the questions; `check_scenario` asks one, `diagnose` says what there is to say about it.
"""

from attrs import frozen

from ...core.backend import Artifact
from ...core.nodes import Events, Node
from ...core.spec import Spec
from . import errors
from .diagnosis import diagnose
from .feasibility import (
    CoreClause,
    Feasibility,
    check_scenario,
    exhausted,
    passed_over,
    plans,
    question,
    questions,
    short_plans,
)
from .solve import Answer, Budget


@frozen
class SmtBackend:
    """Core → SMT-LIB. A scenario with several ways to meet its goals has a file for each."""

    name: str = "smt"

    def supports(self, node: Node) -> str | None:
        """What looks back in a conversation is beyond a question about one world."""
        return errors.HISTORY if isinstance(node, Events) else None

    def emit(self, spec: Spec) -> Artifact:
        files: dict[str, str] = {}
        for scenario in spec.scenarios.values():
            for n, made in enumerate(questions(spec, scenario), 1):
                files[f"smt/{scenario.name}{f'.{n}' if n > 1 else ''}.smt2"] = made.script.text()
        return Artifact(files)


backend = SmtBackend()

__all__ = [
    "Answer",
    "Budget",
    "CoreClause",
    "Feasibility",
    "SmtBackend",
    "backend",
    "check_scenario",
    "diagnose",
    "exhausted",
    "passed_over",
    "plans",
    "question",
    "questions",
    "short_plans",
]
