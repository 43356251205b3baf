"""The prompt of the party that plays the user. Enters: a scenario, and for a sampled task what was drawn. Leaves: text.

Guaranteed: of everything drawn, only what the scenario lets the user know, volunteer or describe is looked at. A value
that is not asked for by `placeholders` can't appear, whatever is handed in. What a scenario says of itself to those who
read it, its doc, is left out: it may tell how the matter ends.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import assert_never

from attrs import field, frozen

from ...core.nodes import (
    Apply,
    Collect,
    Const,
    Disclosure,
    Expr,
    Fold,
    Get,
    Goal,
    Let,
    Make,
    Param,
    Scenario,
    Tool,
    Var,
    Write,
)
from ...core.spec import Spec
from ...core.types import ANY, DATE, DATETIME, INT, TEXT, EnumType, RecordType, Ref, strip
from ...core.walk import walk
from . import phrases as say
from .counts import measured
from .english import English, local_name
from .nouns import is_odd
from .words import (
    closed,
    infinitive,
    literal,
    opening,
    plural,
    sentence,
    series,
    shown,
    singular,
    to_you,
    told_moment,
    words,
)

PARTICLES = ("back", "down", "off", "out", "over", "up")
PREPOSITIONS = frozenset({"to", "by", "for", "from", "in", "on", "with", "of", "at", "up", "out", "off"})


@frozen
class Placeholder:
    """A value that the user's prompt shows: the sampler evaluates `expr` under the picks and gives it as `name`."""

    name: str
    expr: Expr


@frozen
class Visit:
    """One scenario of a task: `values` by placeholder, and one sentence for each thing that is only described."""

    scenario: Scenario
    values: Mapping[str, object] = field(factory=dict)
    facts: Sequence[str] = ()


def placeholders(scenario: Scenario) -> tuple[Placeholder, ...]:
    """Everything that the user's prompt needs the value of, each once, in the order in which it is disclosed."""
    told = [e for d in scenario.disclosures if d.kind != "describes" for e in told_in(d)]
    told += [e for g in walk(scenario.goals) if isinstance(g, Goal) and g.says is not None for e in holes_of(g.says)]
    return tuple({p.name: p for p in (Placeholder(placeholder(e), e) for e in told)}.values())


def told_in(told: Disclosure) -> tuple[Expr, ...]:
    """The values that a disclosure says: the holes of its sentence, if it is one."""
    return holes_of(told.says[0]) if told.says else (told.expr,)


def holes_of(said: Expr) -> tuple[Expr, ...]:
    """The values in a sentence, each once."""
    return tuple(dict.fromkeys(p for p in _parts(said) if not _is_text(p)))


def _parts(said: Expr) -> tuple[Expr, ...]:
    return said.items if isinstance(said, Make) else ()


def _is_text(part: Expr) -> bool:
    return isinstance(part, Const) and isinstance(part.value, str)


def _filled(said: Expr, values: Mapping[str, str]) -> str:
    """A sentence with its holes filled."""
    return "".join(str(p.value) if isinstance(p, Const) else _in_words(p, values) for p in _parts(said))


def _in_words(hole: Expr, values: Mapping[str, str]) -> str:
    """What stands in a hole of a sentence; a day or a moment as people say it, with its year."""
    value = values[placeholder(hole)]
    return told_moment(value) if _is_moment(hole) else value


def render_user(scenario: Scenario, spec: Spec, values: Mapping[str, object], facts: Sequence[str] = ()) -> str:
    """The user's prompt for a sampled task.

    `values` holds the value of each of `placeholders(scenario)`, as JSON with exact decimals; others are ignored.
    `facts` holds a sentence for each thing that is only described, such as `describe` makes; the caller has checked
    that it finds exactly one row. A `KeyError` names a value that is missing.
    """
    return render_visits([Visit(scenario, values, facts)], spec)


def render_visits(visits: Sequence[Visit], spec: Spec) -> str:
    """The prompt of a user who comes with several things at once."""
    values = [{p.name: shown(v.values[p.name], p.expr.type) for p in placeholders(v.scenario)} for v in visits]
    facts = [sentence(f) for v in visits for f in v.facts]
    return _prompt([v.scenario for v in visits], spec, values, facts)


def render_template(scenario: Scenario, spec: Spec) -> str:
    """The user's prompt with `{placeholders}` where a sampled task has values."""
    names = {p.name: "{" + p.name + "}" for p in placeholders(scenario)}
    described = [_way_in_words(d, spec) for d in scenario.disclosures if d.kind == "describes"]
    return _prompt([scenario], spec, [names], described)


def describe(thing: str, parts: Sequence[tuple[Sequence[str], bool, object]], called: str = "") -> str:
    """A row as somebody names it who does not know its key. A part is the field names, whether one of several values is
    meant, and the value: `("items", "name"), True, "Desk Lamp"`. `called`: what the author has it called by."""
    if called:
        return sentence(say.CALLED.format(thing=f"the {words(thing)}", words=called))
    return sentence(_with(f"the {words(thing)}", [_detail(path, some, value) for path, some, value in parts]))


@frozen
class Detail:
    """What sets a thing apart. `alone`: it follows the thing as it is (`called Juno`, `at Mill Farm`)."""

    text: str
    alone: bool = False


def _detail(path: Sequence[str], some: bool, value: object, is_moment: bool = False) -> Detail:
    """`is_moment`: the value is a placeholder for a day or a moment."""
    said = shown(value, ANY)
    if some:
        return Detail(say.AMONG_ITS.format(value=said, list=words(path[0])))
    if is_name(path):
        return Detail(say.NAMED.format(name=said), alone=True)
    told = after_noun(path[-1], said, is_moment or (isinstance(value, str) and told_moment(value) != value))
    return Detail(told, alone=True) if told else Detail(f"{words(' '.join(path))} {said}")


def after_noun(name: str, said: str, is_moment: bool) -> str:
    """A detail by a field whose name is no noun, as it follows what it belongs to: `at Mill Farm`, `on 5 May` of what
    is `at` a moment, `placed on 8 June`, `with check-in on 5 May`; nothing where the name is a noun. `said`: the
    value in words."""
    field_ = words(name)
    before, _, last = field_.rpartition(" ")
    that = "that " if is_doing(field_.split(" ")[0], is_moment) else ""
    if is_moment and before and last in say.PARTICLES:
        return f"with {before}-{last} on {said}"
    if last in say.PLAIN_PREPOSITIONS:
        return that + " ".join(filter(None, (before, "on" if is_moment and last in say.PLACING else last, said)))
    if that and not before:
        return f"that {field_} on {said}" if is_moment else f"that {field_} {said}"
    return f"{field_} on {said}" if is_moment and is_odd(field_) else ""


def is_doing(word: str, is_moment: bool = False) -> bool:
    """Whether a field's name says what something does: `owes`, or what it does at a moment, which is no plural:
    `arrives`."""
    return word in say.MEASURING or (is_moment and infinitive(word) != "" and plural(singular(word)) == word)


def is_name(path: Sequence[str], row: str = "") -> bool:
    """Whether a field holds what a thing is called: its own name, not that of another (`dog_name` of a stay)."""
    return path[-1].endswith(say.NAME_FIELDS) and not named_in(path, row)


def named_in(path: Sequence[str], row: str) -> str:
    """What is named in a row that is something else: the dog of `dog_name`."""
    whose, _, name = words(path[-1]).rpartition(" ")
    own = not whose or whose in say.OF_A_NAME or not row or whose in words(row).split()
    return "" if own or not name.endswith(say.NAME_FIELDS) else whose


def _with(thing_: str, details: Sequence[Detail]) -> str:
    """A thing with its details: `the bird called Juno with weight 600`."""
    others = [d.text for d in details if not d.alone]
    whole = " ".join([thing_, *(d.text for d in details if d.alone)])
    return say.DESCRIBED.format(thing=whole, details=series(others)) if others else whole


def _thing_described(told: Disclosure) -> str:
    return local_name(told.label, told.expr).text


def _way_in_words(told: Disclosure, spec: Spec) -> str:
    ways: list[list[Detail]] = []
    called: list[str] = []
    for way, said in zip_longest(told.by, told.says):
        paths = way.value if isinstance(way, Const) else []
        if said is not None and (parts := _parts(said)):
            names = {placeholder(p): "{" + placeholder(p) + "}" for p in parts if not isinstance(p, Const)}
            called.append(say.CALLED.format(thing=_thing_described(told), words=_filled(said, names)))
        else:
            holes = [(path, some, "{" + ".".join([told.label, *path]) + "}") for path, some in paths]
            ways.append([_detail(path, some, hole, _is_of_a_moment(told, path, spec)) for path, some, hole in holes])
    if any(detail.alone for way in ways for detail in way):
        return sentence(series([*called, *(_with(_thing_described(told), way) for way in ways)], "or"))
    listed = series((series(d.text for d in way) for way in ways), "or")
    with_ = [say.DESCRIBED.format(thing=_thing_described(told), details=listed)] if ways else []
    return sentence(series([*called, *with_], "or"))


def _is_of_a_moment(told: Disclosure, path: Sequence[str], spec: Spec) -> bool:
    """Whether a detail of what is described is a day or a moment."""
    kind = strip(told.expr.type)
    for name in path:
        fields = spec.records[kind.name].fields if isinstance(kind, RecordType) else {}
        kind = strip(fields[name].type) if name in fields else ANY
    return kind in (DATE, DATETIME)


# --- the page ---------------------------------------------------------------------------------------------------------


def _prompt(scenarios: list[Scenario], spec: Spec, values: list[dict[str, str]], described: list[str]) -> str:
    parts = [say.USER_TITLE, say.USER_INTRO.format(doc=(spec.doc or words(spec.name)).rstrip("."))]
    stories = [s.persona for s in scenarios]
    parts += _section(say.USER_STORY, stories, bullets=len(stories) > 1)
    goals = [g for s, v in zip(scenarios, values, strict=True) for g in Goals(s, spec, v).lines()]
    parts += _section(say.USER_GOAL, goals)
    for kind, title in (("volunteers", say.USER_VOLUNTEERS), ("knows", say.USER_KNOWS)):
        facts = [
            _fact(d, s, v, spec)
            for s, v in zip(scenarios, values, strict=True)
            for d in s.disclosures
            if d.kind == kind
        ]
        parts += _section(title, facts)
    parts += _section(say.USER_DESCRIBES, described, note=say.USER_DESCRIBES_NOTE)
    parts += _section(say.USER_RULES, [*say.USER_RULE_LINES, say.USER_STOP.format(stop=say.STOP)])
    return "\n\n".join(parts) + "\n"


def _section(title: str, lines: Sequence[str], bullets: bool = True, note: str = "") -> list[str]:
    kept = list(dict.fromkeys(line for line in lines if line))
    body = "\n".join(f"- {line}" for line in kept) if bullets else "\n\n".join(kept)
    return [title, *([note] if note else []), body] if kept else []


def _fact(told: Disclosure, scenario: Scenario, values: Mapping[str, str], spec: Spec) -> str:
    if told.says:
        line = say.LINE.format(words=_filled(told.says[0], values))
        return say.FACT.format(label=_label(told, scenario), value=line) if told.label else line
    value = values[placeholder(told.expr)]
    if strip(told.expr.type) == INT and told.label != placeholder(told.expr):
        value = measured(told.label, value, names_of(told.expr, scenario, spec))
    root, _, name = told.label.rpartition(".")
    if told.label == placeholder(told.expr) and root and (after := after_noun(name, value, _is_moment(told.expr))):
        is_you = root == _person(scenario)
        label = say.YOU if is_you else say.THE.format(thing=words(root))
        after = _said_of(after, is_you)
        return say.FACT.format(label=label.capitalize(), value=after)
    return say.FACT.format(label=_label(told, scenario), value=value)


def _said_of(after: str, is_you: bool) -> str:
    """A detail that follows a thing, said of it: `that owes $40` is `owes $40`, and of the reader `owe $40`."""
    that, _, does = after.partition(" ")
    if that != "that":
        return after
    first, _, rest = does.partition(" ")
    return f"{infinitive(first) if is_you else first} {rest}"


def _is_moment(expr: Expr) -> bool:
    return strip(expr.type) in (DATE, DATETIME)


def names_of(expr: Expr, scenario: Scenario, spec: Spec) -> list[str]:
    """What a value is called: where it comes from, and by the tools to which a goal gives it."""
    calls = [n for n in walk(scenario.goals) if isinstance(n, Goal) and n.kind == "do"]
    pairs = [pair for g in calls for pair in zip(spec.tools[g.tool].params, g.args, strict=True)]
    taken = [words(p.name) for p, arg in pairs if placeholder(arg) == placeholder(expr)]
    return [words(placeholder(expr).split(".")[-1].split("(")[0]), *taken]


def _label(told: Disclosure, scenario: Scenario) -> str:
    """The author's words, else the path in words: what belongs to the first pick, the person, is `your`."""
    if told.label != placeholder(told.expr):
        return told.label[:1].upper() + told.label[1:] or words(placeholder(told.expr)).capitalize()
    root, *path = told.label.split(".")
    name = " of your ".join(map(words, reversed(path))) if path else words(root)
    if not path and (re.fullmatch(say.ASKING, words(root)) or words(root) in say.PLAIN_PREPOSITIONS):
        return words(root).capitalize()
    if path and root == _person(scenario):
        return (say.YOUR if len(path) == 1 else say.THE).format(thing=name).capitalize()
    return f"The {words(root)}'s {words(' '.join(path))}" if path else f"The {name}"


def _names(told: Disclosure) -> set[str]:
    return {n.name for n in walk(told.expr) if isinstance(n, Var)}


def _person(scenario: Scenario) -> str | None:
    return next((p.name for p in scenario.picks if p.kind == "pick"), None)


def placeholder(expr: Expr) -> str:
    """A short name of an expression: `user.email`, `called(method)`."""
    match expr:
        case Var(name):
            return name
        case Get(target, name):
            return f"{placeholder(target)}.{name}"
        case Apply(op, args):
            return f"{op.removeprefix('define:')}({', '.join(map(placeholder, args))})"
        case Fold(op, source):
            return f"{op}({placeholder(source)})"
        case Const(value):
            return str(value)
    return type(expr).__name__.lower()


# --- goals ------------------------------------------------------------------------------------------------------------


@frozen
class Goals:
    """What a scenario's user wants, as that person would tell it."""

    scenario: Scenario
    spec: Spec
    values: Mapping[str, str] = field(factory=dict)

    def lines(self) -> list[str]:
        """What is wanted. Where an end is to be reached, the calls beside it are a way there that the user does not
        know."""
        goals = self.scenario.goals
        if any(goal.kind == "reach" for goal in goals):
            goals = tuple(goal for goal in goals if goal.kind in ("reach", "learn"))
        return [self.text(goal) for goal in goals]

    def text(self, goal: Goal) -> str:
        match goal.kind:
            case "do":
                return self._do(goal)
            case "learn":
                return say.LEARN.format(text=self._words(goal) or words(goal.name))
            case "reach":
                return say.WANT_REACHED.format(text=self._words(goal) or self._reached(goal))
            case "nothing":
                return say.NOTHING_WANTED
            case "any":
                return self._listed(goal, say.EITHER_OF, "; or ")
            case "all":
                return self._listed(goal, say.ALL_OF, "; and ")
            case "first":
                return self._first(goal)
            case _:
                assert_never(goal.kind)

    def _words(self, goal: Goal) -> str:
        """The author's words for a goal, with what they hold filled in."""
        return " ".join(_filled(goal.says, self.values).split()) if goal.says is not None else goal.text

    def _listed(self, goal: Goal, phrase: str, between: str) -> str:
        """Several goals at once; what reads the same is said once."""
        texts = list(dict.fromkeys(self.text(g) for g in goal.goals))
        return texts[0] if len(texts) == 1 else phrase.format(goals=closed(between.join(map(opening, texts))))

    def _reached(self, goal: Goal) -> str:
        return English(self.spec).clause(goal.condition) if goal.condition is not None else ""

    def _first(self, goal: Goal) -> str:
        first, *others = goal.goals
        said = [self.text(first)]
        said += [
            say.LEAVE_IT if g.kind == "nothing" else say.OTHERWISE.format(goal=closed(opening(self.text(g))))
            for g in others
        ]
        return " ".join(said)

    def _do(self, goal: Goal) -> str:
        tool = self.spec.tools[goal.tool]
        chosen = dict(goal.choices)
        own = to_you(self._words(goal).rstrip("."))
        given = [(p, arg) for p, arg in zip(tool.params, goal.args, strict=True) if not _is_prose(p, tool)]
        told = [self._argument(p.name, arg, chosen) for p, arg in given]
        told += [] if own else [self._told(arg, chosen) for _, arg in given]
        listed = "; ".join(dict.fromkeys(t for t in told if t))
        details = say.DETAILS.format(details=listed) if listed else ""
        verb = own or verb_phrase(goal.tool, self.spec, self._is_own(goal))
        said = sentence(say.DO.format(verb=verb, details=details))
        if goal.condition is None or chosen.keys() & {n.name for n in walk(goal.condition) if isinstance(n, Var)}:
            return said  # what is chosen is the agent's to find, by what the user knows
        return say.ONLY_WHEN.format(condition=English(self.spec).clause(goal.condition), goal=closed(opening(said)))

    def _is_own(self, goal: Goal) -> bool:
        """Whether a call is about the person who makes the request."""
        return any(isinstance(n, Var) and n.name == _person(self.scenario) for n in walk(goal.args))

    def _argument(self, param: str, arg: Expr, chosen: Mapping[str, Expr]) -> str:
        """What the user would say about an argument that is the same in every task, or left to the agent."""
        free = [n.name for n in walk(arg) if isinstance(n, Var) and n.name in chosen]
        if free:
            return (
                say.ANY_WILL_DO.format(param=thing(param))
                if not (one := self._preferred(chosen[free[0]]))
                else f"{thing(param)}: {one}"
            )
        if isinstance(arg, Const) and arg.value not in (None, "", []):
            value = words(str(arg.value)) if isinstance(arg.type, EnumType) else literal(arg.value, arg.type)
            return say.DETAIL.format(param=thing(param), value=value)
        return ""

    def _told(self, arg: Expr, chosen: Mapping[str, Expr]) -> str:
        """Under which of the author's words the prompt says what an argument is made of."""
        about = {n.name for n in walk(arg) if isinstance(n, Var)} - {_person(self.scenario)}
        disclosures = [d for d in self.scenario.disclosures if d.kind != "describes" and _names(d) & about]
        labels = [d.label for d in disclosures if " " in d.label and not re.fullmatch(say.ASKING, d.label)]
        return "; ".join(say.SEE.format(label=label) for label in dict.fromkeys(labels) if not about & chosen.keys())

    def _preferred(self, source: Expr) -> str:
        """`the one with the lowest price, if possible among those …`; nothing where any will do."""
        match source:
            case Let(_, inner, Let(_, Fold("min" | "max" as op, Collect(_, key)))):
                one = (say.THE_LOWEST if op == "min" else say.THE_HIGHEST).format(key=English(self.spec)._key_name(key))
                return say.WITH_PREFERENCE.format(one=one) if isinstance(inner, Let) else one
        return ""


def _is_prose(param: Param, tool: Tool) -> bool:
    """Whether a parameter takes words that the desk chooses: such as a summary, where a tool changes nothing."""
    changes = tool.body is None or any(isinstance(n, Write) for n in walk(tool.body))
    return strip(param.type) == TEXT and not changes


def verb_phrase(tool: str, spec: Spec, own: bool) -> str:
    """`cancel_pending_order` as something a person asks for: `cancel the order`.

    Words that are values of an enum say how things must stand, which is for the agent to find out: they are left out.
    """
    states = {value for enum in spec.enums.values() for value in enum.values}
    first, *rest = words(tool).split()
    rest = [w for w in rest[:-1] if w not in states] + rest[-1:]
    if rest and rest[0] in PARTICLES:
        row = rest[1:] or [_row_of(spec.tools[tool], spec)] if tool in spec.tools else rest[1:]
        return " ".join(filter(None, [first, rest[0], "the" if any(row) else "", *row]))
    if not rest or rest[0] in PREPOSITIONS:
        return " ".join([first, *rest])
    if rest[0] == "user" and len(rest) > 1:
        return f"{first} {(say.YOUR if own else say.SOMEBODYS).format(thing=' '.join(rest[1:]))}"
    rows = {words(name) for name in spec.records}
    owner = "'s" if len(rest) > 1 and rest[0] in rows else ""
    return " ".join([first, "the", rest[0] + owner, *rest[1:]])


def _row_of(tool: Tool, spec: Spec) -> str:
    """What the row is called that a tool is about: the first whose key it takes."""
    tables = [p.type.table for p in tool.params if isinstance(p.type, Ref) and p.type.table in spec.tables]
    return words(spec.tables[tables[0]].record) if tables else ""


def thing(param: str) -> str:
    """A parameter as a thing: `new_item_ids` are new items."""
    name = re.sub(r" ids$", "s", re.sub(r" id$", "", words(param)))
    return plural(singular(name)) if name.endswith("ss") else name


__all__ = [
    "Goals",
    "Placeholder",
    "Visit",
    "after_noun",
    "describe",
    "is_doing",
    "is_name",
    "names_of",
    "placeholders",
    "render_template",
    "render_user",
    "render_visits",
]
