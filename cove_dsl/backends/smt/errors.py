"""What the solver's answers are called, for people."""

from ...source import Diagnostic, Label, Span

HISTORY = "rests on what happened before"
LANGUAGE = "rests on what was said"
WRITTEN_TABLE = "a value that is taken as it comes"
OPAQUE = "taken as some function of its arguments"
CHANGED = "a list whose items may have changed since it was made"
LOOP = "a loop over a list whose items are not known"
SYNC = "what `sync` does after a call"
ROWS = "a change of which only that it happened is known"
UNWRITTEN = "a tool whose effect nobody wrote"
WAYS = "too many ways to meet the goals: not all of them were tried"
MOST_WAYS = 4  # that are named in a line
GENERAL = "said of the rows in play, not of all rows"

MOST_CHANGERS = 3  # that are named


def changed_first(tools: list[str]) -> str:
    """Tools that could make another world of it, which are not looked at before what goals name."""
    shown = [f"`{n}`" for n in tools] if len(tools) <= MOST_CHANGERS else [*(f"`{n}`" for n in tools[:2]), "another"]
    names = ", ".join(shown[:-1]) + (" or " if shown[1:] else "") + shown[-1]
    return f"a call to {names} may change what these look at: if one is to come first, name it as a goal of its own"


def more_conflicts(scenario: str) -> str:
    return f"this is not the only conflict: `covec solve … --scenario {scenario} --all-cores` shows every one"


def unsatisfiable(
    count: int, primary: tuple[Span, str], others: list[tuple[Span, str]], rule: str, clash: list[str],
    ways_out: list[list[str]], any_one: bool, told: tuple[str, ...] = (), several: bool = False,
) -> Diagnostic:  # fmt: skip
    """A scenario whose requirements conflict. `rule`: one that could be meant to refuse it; `clash`: several that leave
    no way, whoever asks; `ways_out`: the smallest sets of what could be dropped; `any_one`: each of the requirements is
    one; `told`: what else to know of it; `several`: not all of them are in the way of each way to meet the goals."""
    labels = (
        Label(*primary),
        *(Label(span, text, primary=False) for span, text in others),
    )
    these = f"these {count} requirements together" if count > 1 else "this requirement"
    others_too = any_one and len(ways_out) > count
    if any_one and count > 1 and not others_too:
        notes: tuple[str, ...] = (
            f"no conflict is left without {'either' if count == 2 else 'any one'} of the {_word(count)}",
        )
    else:
        notes = (_out(ways_out),) if ways_out else ()
    help = (f"write `expect refusal by {rule}` if the refusal is the point",) if rule else ()
    if clash:
        room = "let one make room for the other" + ("s" if len(clash) > 2 else "")
        help = (f"{_listed(clash)} leave no way to do this, whoever asks: {room}",)
    message = f"no conversation can meet {these}"
    message = f"{these} leave no way to meet the goals".removeprefix("these ") if several else message
    return Diagnostic("unsatisfiable", message, labels, notes=(*notes, *told), help=help)


def _listed(names: list[str]) -> str:
    quoted = [f"`{n}`" for n in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _out(ways: list[list[str]]) -> str:
    """What to drop for all conflicts to end: one of several things, or several at once."""
    named = list(dict.fromkeys(" and ".join(dict.fromkeys(way)) for way in ways))
    shown = named[:MOST_WAYS] + (["…"] if len(named) > MOST_WAYS else [])
    if any(len(way) > 1 for way in ways):
        return f"it takes {_word(len(ways[0]))} changes: no conflict is left without {'; or without '.join(shown)}"
    return f"no conflict is left without {', or without '.join(shown)}"


def not_forced(scenario: str, rule: str, primary: Span, weakened: int) -> Diagnostic:
    """A refusal that is expected, in a scenario in which nothing was found to force it."""
    places = f"{weakened} place{'s were' if weakened > 1 else ' was'}"
    return Diagnostic(
        "refusal-not-forced",
        f"`{scenario}` expects a refusal, but nothing that was looked at forces it",
        (Label(primary, f"`{rule}` may allow this"),),
        severity="warning",
        notes=(f"{places} only approximated, and may force it after all",) if weakened else (),
        help=("require of the picks what makes the rule refuse, or state as an `invariant` what every world obeys",),
    )


def _word(count: int) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[count] if count < len(words) else str(count)


ASKED = "this scenario asks for it"
CALLED, ONE_CALLED = "this call must be made", "one way is to make this call"
REACHED, ONE_REACHED = "this must be so at the end", "one way is that this is so at the end"
DONE_FOR_IT = "no call but what a goal names is made for it"
FROM_THE_BEGINNING = "no goal names a call: what is to be reached has to be so from the beginning"
CLAUSE_TEXTS = {
    "pick": "this scenario picks it so",
    "given": "it is given",
    "goal": "this must be done",
    "require": "the tool requires this",
    "effect": "the tool changes this",
    "rule": "the policy requires this",
    "field": "this always holds",
    "invariant": "this always holds",
}
