"""What goes wrong between a model and its replay, and what the answers are called, for people."""

from collections.abc import Iterable, Sequence

from ..source import Diagnostic, Label, Span
from .looked import Looked, within

BEYOND = "this cannot be said of small worlds"
GAVE_UP = "it takes the solver more steps than it has"
OUT_OF_TIME = "the time for the whole specification was up"
CRASHED = "the solver failed"
MISREAD = "the reference evaluator does not agree with what the solver found"
UNHEARD = "no words were found that a checker hears as they are meant"
FINER_WOULD_DO = "money to the cent (finer amounts would do)"
WAYS = "there are too many ways to meet the goals: not all of them were tried"

REPLAYED = "a conversation that replays"
EVERY_WORLD = "every world, whatever is said and looked up first"
BOUNDED = "none within the bounds"
TESTED = "a test of the specification"
PLAYED = "a conversation that was held in the specification's own world"


class Refuted(Exception):
    """The reference evaluator does not agree with a model: what did not hold, and where it stands."""

    def __init__(self, what: str, span: Span | None = None) -> None:
        super().__init__(what)
        self.what, self.span = what, span


# --- what is said of rules and tools ----------------------------------------------------------------------------------

KNOBS = {
    "--steps": "give every question more steps (`--steps`)",
    "--budget": "give the whole specification more time (`--budget`)",
    "--rows": "look at larger worlds (`--rows`)",
    "larger": "look at what stands in the way: larger worlds were looked at, too, and are no help",
    "together": "look at what stands in the way: it is not about rows, so larger worlds are no help; whether another"
    " change that comes first makes room was not looked at",
    "failing": "see for yourself whether it can be: no call that fails first was looked at, nor in larger worlds",
    "again": "see for yourself whether it can be: in larger worlds no more is called or said, and this counts that",
    "coins": "look at the amounts: only some finer than a cent would do; if they are meant, write one, as in `$0.005`",
    "--memory": "give it more memory (`--memory`)",
    "--seed": "try another `--seed`",
    "exact": "say this in another way, as small worlds only approximate it; or write a test that plays it out",
    "words": "see whether it forbids the words that another rule wants; or write a test in which they are said",
    "body": "write what the tool does, or a test in which it `gives` what the rule is about",
}


def unwritten(tool: str) -> str:
    return f"what `{tool}` gives is not known, as nobody wrote what it does"


def only_judged(test: str) -> str:
    return f"the test “{test}” judges it, but no conversation that was looked at does"


def only_of(limits: Iterable[str]) -> str:
    return f"none was found, and only {' and '.join(limits)} were looked at"


def never_judged(name: str, span: Span, looked: Looked) -> Diagnostic:
    return Diagnostic(
        "never-judged", f"no conversation was found in which `{name}` is judged", (Label(span),), severity="warning",
        notes=(f"looked for within {within(looked)}; no test judges it",),
        help=("look at its trigger, its `when` and its `else skip`: together they leave nothing",),
    )  # fmt: skip


def never_broken(name: str, span: Span, looked: Looked) -> Diagnostic:
    return Diagnostic(
        "never-broken", f"no conversation was found that breaks `{name}`", (Label(span),), severity="warning",
        notes=(f"it is judged, and holds, within {within(looked)}; no test breaks it",),
        help=("look whether its types, an `invariant` or the tools already say what it requires",
              "if it can be broken, write a test that does: what a test shows is taken as shown"),
    )  # fmt: skip


def always_excepted(name: str, span: Span, exceptions: list[Span], looked: Looked) -> Diagnostic:
    return Diagnostic(
        "always-excepted", f"an exception applies whenever `{name}` would be broken",
        (Label(span), *(Label(s, "this takes all of it away", primary=False) for s in exceptions)), severity="warning",
        notes=(f"looked for within {within(looked)}; no test breaks it",),
        help=("look at the condition of the exception: does it leave the rule anything to forbid?",),
    )  # fmt: skip


def says_the_same(name: str, span: Span, others: list[tuple[str, Span]], looked: Looked) -> Diagnostic:
    with_it, verb = " and ".join(f"`{n}`" for n, _ in others), "is" if len(others) == 1 else "are"
    return Diagnostic(
        "says-the-same", f"no conversation was found that breaks `{name}` alone: {with_it} {verb} broken with it",
        (Label(span), *(Label(s, "this forbids it as well", primary=False) for _, s in others)), severity="info",
        notes=(f"looked for within {within(looked)}; no test breaks it alone",),
    )  # fmt: skip


def never_kept(name: str, span: Span, looked: Looked, core: list[tuple[Span, str]], rules: list[str]) -> Diagnostic:
    """What a rule owes and nobody can do: what stands in the way, as far as was looked."""
    return Diagnostic(
        "never-kept", f"no conversation was found that keeps `{name}` where it demands something",
        (Label(span), *_in_the_way(span, core)), severity="warning",
        notes=(f"looked for within {within(looked)}; no test shows one",),
        help=(_room([r for r in rules if r != name], "it demands"),),
    )  # fmt: skip


def unreachable_tool(
    name: str, span: Span, looked: Looked, core: list[tuple[Span, str]], rules: list[str]
) -> Diagnostic:
    """A tool without use: what stands in the way, as far as was looked."""
    return Diagnostic(
        "unreachable-tool", f"no conversation was found in which `{name}` succeeds and no rule is broken",
        (Label(span), *_in_the_way(span, core)), severity="warning",
        notes=(f"looked for within {within(looked)}; no test shows one",), help=(_room(rules, "the tool requires"),),
    )  # fmt: skip


def unreachable_value(
    tool: str, param: str, value: str, span: Span, looked: Looked, core: list[tuple[Span, str]], rules: list[str]
) -> Diagnostic:
    """A value that a parameter takes, and that nothing can be done with."""
    return Diagnostic(
        "unreachable-value",
        f"no conversation was found in which `{tool}` succeeds with `{param}` as `{value}` and no rule is broken",
        (Label(span), *_in_the_way(span, core)), severity="warning",
        notes=(f"looked for within {within(looked)}; no test shows one",),
        help=(_room(rules, f"gives `{value}` its meaning"), f"if it is never to be used, let `{tool}` take it no more"),
    )  # fmt: skip


def unreachable_branch(tool: str, span: Span, looked: Looked, core: list[tuple[Span, str]]) -> Diagnostic:
    """A part of what a tool does that is never done."""
    return Diagnostic(
        "unreachable-branch", f"no call of `{tool}` was found that comes here",
        (Label(span), *_in_the_way(span, core)), severity="warning",
        notes=(f"looked for within {within(looked)}; no test shows one",),
        help=("look at the condition it stands under: the checks before it, a type or an `invariant` rule it out",),
    )  # fmt: skip


def _in_the_way(span: Span, core: list[tuple[Span, str]]) -> tuple[Label, ...]:
    return tuple(Label(s, text, primary=False) for s, text in core if s != span)


def _room(rules: list[str], what: str) -> str:
    """Which rules to look at; what they forbid, in words."""
    if not rules:
        return f"look for a rule that forbids what {what}"
    if len(rules) == 1:
        return f"`{rules[0]}` leaves no room for it"
    return f"{', '.join(f'`{n}`' for n in rules[:-1])} and `{rules[-1]}` together leave no room for it"


def undecided(
    what: str, why: str, knob: str, span: Span, blame: Span | None, conflict: Sequence[Span] = ()
) -> Diagnostic:
    """A question that stayed open: the clause that is to blame, or those that conflict as far as was looked, and the
    knob that helps."""
    text = "this was looked at" if knob in ("--steps", "--budget") else "because of this"
    other = [Label(blame, text, primary=False)] if blame is not None and blame != span else []
    there = (s for s in dict.fromkeys(conflict) if s != span)
    other += [Label(s, "this stands in the way there", primary=False) for s in there]
    return Diagnostic(
        "undecided", f"`{what}` stays undecided: {why}", (Label(span), *other), severity="warning",
        help=(KNOBS[knob],) if knob in KNOBS else (),
    )  # fmt: skip


HELP_IDLE = "let the picks exclude what is so already, or name a goal that changes something"
HELP_NOTHING = "name what is right to do: a call, such as one that hands over, or what the user is to learn"


def met_by_nothing(scenario: str, span: Span, goal: str) -> Diagnostic:
    """A scenario whose tasks pay an agent that does nothing. `goal`: the kind of what needs nothing done."""
    found = {"do": "this never changes anything", "nothing": "nothing else is asked for"}
    return Diagnostic(
        "idle-goal", f"`{scenario}` is met by doing nothing",
        (Label(span, found.get(goal, "this holds from the beginning")),),
        severity="warning", notes=("looked for in small worlds: a task of it pays an agent that does nothing",),
        help=(HELP_NOTHING if goal == "nothing" else HELP_IDLE,),
    )  # fmt: skip


def refused_otherwise(scenario: str, rule: str, span: Span, also: list[str], looked: Looked) -> Diagnostic:
    """A refusal that is not the named rule's, as far as was looked."""
    return Diagnostic(
        "refused-otherwise", f"no conversation was found in which `{rule}` forbids what `{scenario}` asks for",
        (Label(span),), severity="warning",
        notes=("another rule, or a tool's own check, stands in the way", f"looked for within {within(looked)}"),
        help=(f"name {' or '.join(f'`{n}`' for n in also)} instead" if also else "name the rule that forbids it",),
    )  # fmt: skip


def refused_anyway(
    scenario: str, rule: str, span: Span, core: list[tuple[Span, str]], others: Sequence[str], looked: Looked | None
) -> Diagnostic:
    """A refusal that the named rule is not needed for: what stands in the way without it."""
    rest = tuple(Label(s, text, primary=False) for s, text in core if s != span)
    how = f"looked for within {within(looked)}" if looked is not None else f"proved of {EVERY_WORLD}"
    instead = f"name {' or '.join(f'`{n}`' for n in others)} instead, or " if others else ""
    return Diagnostic(
        "refused-anyway", f"`{scenario}` would be refused without `{rule}`, too",
        (Label(span, "this must be done"), *rest), severity="info", notes=(how,),
        help=(f"{instead}let the picks leave nothing but `{rule}` in the way",),
    )  # fmt: skip


def not_forced(scenario: str, rule: str, span: Span, gist: str, why: Sequence[tuple[Span, str]]) -> Diagnostic:
    """An expected refusal that a compliant conversation goes without: its gist, how to see all of it, and why the rule
    lets it pass."""
    return Diagnostic(
        "refusal-not-forced", f"`{scenario}` expects a refusal, but it can be done within the rules",
        (Label(span, f"`{rule}` allows this"), *(Label(s, text, primary=False) for s, text in why)), severity="warning",
        notes=(f"this conversation breaks no rule: {gist}",
               f"`covec solve … --scenario {scenario} --stories` tells all of it"),
        help=("require of the picks what makes the rule refuse, or state as an `invariant` what every world obeys",),
    )  # fmt: skip


# --- what is said of scenarios that nobody can act on -----------------------------------------------------------------


def never_shown(scenario: str, key: str, tool: str, span: Span) -> Diagnostic:
    message = f"no tool's result shows {key}, and the user of `{scenario}` does not know it"
    return Diagnostic(
        "never-shown", message, (Label(span, f"`{tool}` needs it, and no agent could learn it"),), "warning",
        help=("let a read tool show it, such as one that lists what somebody has, or let the user know it: `knows …`",),
    )  # fmt: skip


def never_seen(rule: str, field: str, span: Span) -> Diagnostic:
    message = f"`{rule}` decides by `{field}`, and no tool's result shows it"
    return Diagnostic(
        "never-seen", message, (Label(span, "no agent could know this"),), "warning",
        help=("let a read tool show it, or let the tool that is called check it itself",),
    )  # fmt: skip


def never_said(scenario: str, rule: str, fact: str, doc: str, span: Span, needed: Span) -> Diagnostic:
    name = fact.removeprefix("stated.")
    labels = (Label(span, "nothing that this user knows says it"), Label(needed, "needed here", primary=False))
    return Diagnostic(
        "never-said", f"the user of `{scenario}` cannot say {doc or f'`{name}`'}, and `{rule}` asks for it", labels,
        "warning", help=("let the user know it: `knows …`, in a value or in words that the fact hears",),
    )  # fmt: skip


def never_heard(scenario: str, rule: str, fact: str, values: list[str], span: Span, rows: Span) -> Diagnostic:
    name, listed = fact.removeprefix("stated."), " or ".join(f"`{v}`" for v in values)
    labels = (Label(span, "the user may have to say it"), Label(rows, "no row gives it", primary=False))
    return Diagnostic(
        "never-said", f"`{name}` hears nothing as {listed}: the user of `{scenario}` cannot say it, and `{rule}` asks",
        labels, "warning", help=("add a row for it, or draw only what is heard",),
    )  # fmt: skip
