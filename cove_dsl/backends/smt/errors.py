"""What the solver's answers are called, for people."""

from ...source import Diagnostic, Label, Span

HISTORY = "rests on what happened before"
LANGUAGE = "rests on what was said"
WRITTEN_TABLE = "a value that is taken as it comes"
OPAQUE = "taken as some function of its arguments"
CHANGED = "a list whose items may have changed since it was made"
LOOP = "a loop over a list whose items are not known"
ROWS = "a change of which only that it happened is known"
UNWRITTEN = "a tool whose effect nobody wrote"
ORDERS = "more than three goals are tried in the order written"
ALTERNATIVES = "further alternatives are left out"


def unsatisfiable(count: int, primary: Span, others: list[tuple[Span, str]], rule: str) -> Diagnostic:
    """A scenario whose requirements conflict."""
    labels = (Label(primary, "this scenario asks for it"), *(Label(span, text, primary=False) for span, text in others))
    these = f"these {count} requirements together" if count > 1 else "this requirement"
    notes = (f"dropping any one of the {_word(count)} resolves the conflict",) if count > 1 else ()
    help = (f"write `expect refusal by {rule}` if the refusal is the point",) if rule else ()
    return Diagnostic("unsatisfiable", f"no trajectory can meet {these}", labels, notes=notes, help=help)


def not_forced(scenario: str, rule: str, primary: Span) -> Diagnostic:
    """A refusal that is expected, in a scenario that leaves room for doing what was asked."""
    return Diagnostic(
        "refusal-not-forced", f"`{scenario}` expects a refusal, but what it asks for can be done", (Label(primary, "this call can be allowed"),),
        severity="warning", notes=(f"some world fits the scenario in which `{rule}` does not stand in the way",),
        help=("require of the picks what makes the rule refuse",),
    )  # fmt: skip


def _word(count: int) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[count] if count < len(words) else str(count)


CLAUSE_TEXTS = {
    "pick": "this scenario picks it so", "given": "it is given", "goal": "this must be done", "require": "the tool requires this",
    "effect": "the tool changes this", "rule": "the policy requires this", "field": "this always holds", "invariant": "this always holds",
}  # fmt: skip
