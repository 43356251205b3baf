"""How amounts and times are worked out: the definitions that the policy and the tools rest on, in words.

Enters: a specification. Leaves: a line for each definition that gives a number, an amount or a time, and for those that
these are made of. An agent can quote a fee only if it is told how it comes about.
"""

from ...core.nodes import Apply, Fold, If, Var
from ...core.spec import Define, Spec
from ...core.walk import walk
from ...core.workings import told_definitions
from . import phrases as say
from .english import English, Unphrased, local_name
from .nouns import defined_name, is_many
from .words import article, plural, sentence, series, singular, verb

WORKINGS = frozenset(("add", "subtract", "multiply", "divide", "shift", "negate", "round", "elapsed", "months_between"))


def formulas(spec: Spec) -> list[str]:
    """The definitions as sentences, in the order of the specification."""
    wanted = told_definitions(spec)
    made = [d for d in spec.defines.values() if d.name in wanted and d.kind == "define"]
    return [line for d in made if (line := _formula(d, spec)) is not None]


def _formula(made: Define, spec: Spec) -> str | None:
    """`The fee of a rental is …`; None where there are no words for it."""
    if not any(_is_working(n) for n in walk(made.body)):
        return None
    nouns = {p.name: local_name(p.name, Var(p.name, p.type)) for p in made.params}
    try:
        value = English(spec).calling(**nouns).text(made.body)
    except Unphrased:
        return None
    of = [_some(n.text.removeprefix("the ")) for n in nouns.values()]
    form = say.FORMULA if of else say.FORMULA_PLAIN
    whose = f"{'of' if len(of) == 1 else 'for'} {series(of)}"
    told = form.format(name=defined_name(made), of=whose, be=verb("be", "plain", many=is_many(made)), value=value)
    return f"{sentence(made.doc)} {told}" if made.doc else told


def _is_working(node: object) -> bool:
    """Whether a part of a definition works something out, rather than finding it in the data."""
    match node:
        case If() | Fold("sum" | "min" | "max"):
            return True
        case Apply(op):
            return op in WORKINGS
    return False


def _some(name: str) -> str:
    """A parameter as any of its kind: `a day`, `hours`."""
    return name if plural(singular(name)) == name else article(name)


__all__ = ["formulas"]
