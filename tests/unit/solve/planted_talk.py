"""Small desks whose rules contradict each other through what is said and looked up, and their clean twins.

A `Clash` is a pair of rules (or more) that leave no way to do what the scenario asks for, in however long a
conversation; in the twin the last one is exchanged for a milder rule.
"""

from collections.abc import Iterator

from attrs import frozen

from .planted import Plant

HEAD = """domain kiln "A pottery."
clock 2025-01-01
enum Model { tall, flat }
record Pot { pot_id: id, name: text, minutes: int?, glazed: bool }
table pots: Pot key pot_id
define fee(model: Model) -> money "What a glaze costs." = if model == tall then $45 else $30
read tool list_pots() -> list[Pot] "Lists the pots." { return pots }
read tool get_pot(pot_id: ref pots) -> Pot "Shows a pot." { let p = pots[pot_id] else fail "None"  return p }
write tool fire(pot_id: ref pots, minutes: int) -> text "Fires a pot." {
  let p = pots[pot_id] else fail "None"
  require minutes >= 5 else fail "Too short"
  set p.minutes = minutes
  return "done"
}
write tool glaze(pot_id: ref pots, model: Model) -> text "Glazes a pot." {
  let p = pots[pot_id] else fail "None"
  set p.glazed = true
  return "done"
}
tool hand_over(summary: text) -> text "Hands over." { return "done" }
"""
FIRE = 'scenario s "…" {\n  pick pot from pots\n  goal fire(pot.pot_id, 30)\n}\n'
GLAZE = 'scenario s "…" {\n  pick pot from pots\n  pick model from Model\n  goal glaze(pot.pot_id, model)\n}\n'
BOTH = 'scenario s "…" {\n  pick pot from pots\n  goal fire(pot.pot_id, 30)\n  goal glaze(pot.pot_id, tall)\n}\n'
TALL = 'scenario s "…" {\n  pick pot from pots\n  goal glaze(pot.pot_id, tall)\n}\n'
TWICE = """scenario s "…" {
  pick a from pots
  pick b from pots where .pot_id != a.pot_id
  goal fire(a.pot_id, 50)
  goal fire(b.pot_id, 60)
}
"""

LOOK = """rule look "Look at a pot first." {
  before call to {fire, glaze}
  require looked: some (earlier ok call to get_pot where .pot_id == call.pot_id) or some (earlier ok call to list_pots)
}
"""
SEEN = """rule seen "See the pot itself first." {
  before call to fire
  require seen: some (earlier ok call to get_pot where .pot_id == call.pot_id)
}
"""
BARE = """rule bare "Fire before anything is handed over." {
  before call to fire
  require n: no earlier call to hand_over
}
"""
YES = """rule yes "List the details and have a yes." {
  before call to {fire, glaze}
  let answer = last(earlier user message)  else fail "nothing was said"
  let proposal = earlier agent message before answer
  require affirmed: affirms(answer)
  require listed: lists(proposal, call)
}
"""
FIRED = """rule fired "Fire a pot before it is glazed." {
  before call to glaze
  require fired: some (earlier ok call to fire where .pot_id == call.pot_id)
}
"""
TELL = """rule tell "Tell the fee." {
  after ok call to glaze
  eventually agent message where says_amount(it, fee(call.model))
}
"""


def fire(requires: str, name: str = "other") -> str:
    return f'rule {name} "…" {{ before call to fire  require n: {requires} }}\n'


def after(event: str, duties: str, name: str = "other") -> str:
    return f'rule {name} "…" {{ after {event}  {duties} }}\n'


def message(requires: str) -> str:
    return f'rule other "…" {{ before agent message  require n: {requires} }}\n'


PRICED = fire('some (earlier agent message where says(it, "A flaw costs $45 a pot."))', "line")


@frozen
class Clash:
    """The rules that clash, which are to be named, and a milder one in place of the last."""

    name: str
    rules: str
    last: str
    milder: str
    named: frozenset[str]
    scenario: str = FIRE


def _clash(name: str, rules: str, last: str, milder: str, named: str, scenario: str = FIRE) -> Clash:
    return Clash(name, rules, last, milder, frozenset(named.split()), scenario)


CLASHES = (
    _clash("look and do not", LOOK, fire("no (earlier ok call to {get_pot, list_pots})"),
           fire("no (earlier ok call to list_pots)"), "look other"),
    _clash("a yes before any word", YES, fire("no earlier agent message"), fire("count(earlier agent message) <= 3"),
           "yes other"),
    _clash("a silent agent", YES, message("count(earlier user message) < 0"), message("some earlier user message"),
           "yes other"),
    _clash("the fee is never said", TELL,
           after("ok call to glaze", "never agent message where says_amount(it, fee(call.model))"),
           after("ok call to get_pot", "never agent message where says_amount(it, $31)"), "tell other", GLAZE),
    _clash("no prices in messages", TELL, message("not (says_amount(message, $30) or says_amount(message, $45))"),
           message("not says_amount(message, $31)"), "tell other", GLAZE),
    _clash("no change after a look", SEEN, after("ok call to get_pot", "never call to fire"),
           after("ok call to list_pots", "never call to fire"), "seen other"),
    _clash("not until what is ruled out", SEEN + BARE,
           after("ok call to get_pot", "never call to fire until call to hand_over"),
           after("ok call to get_pot", "never call to fire until user message"), "seen bare other"),
    _clash("never, but for what ends it", SEEN, after("ok call to get_pot", "never call to fire"),
           after("ok call to get_pot", "never call to fire until call to fire"), "seen other"),
    _clash("next what is ruled out", SEEN + BARE, after("ok call to get_pot", "then call to hand_over"),
           after("ok call to get_pot", "then call to {hand_over, fire}"), "seen bare other"),
    _clash("nothing after a look", SEEN, after("ok call to get_pot", "then nothing"),
           after("failed call to get_pot", "then nothing"), "seen other"),
    _clash("no exception", SEEN, fire("no earlier ok call to get_pot"),
           fire("no earlier ok call to get_pot")
           + 'exception short to other.n "…" { before call to fire  when call.minutes <= 30 }\n', "seen other"),
    _clash("an exception to an exception", SEEN, fire("no earlier ok call to get_pot")
           + 'exception short to other.n "…" { before call to fire  when call.minutes <= 30 }\n'
           'exception thirty to short "…" { before call to fire  when call.minutes == 30 }\n',
           fire("no earlier ok call to get_pot")
           + 'exception short to other.n "…" { before call to fire  when call.minutes <= 30 }\n'
           'exception thirty to short "…" { before call to fire  when call.minutes < 30 }\n', "seen other"),
    _clash("what is only a warning", SEEN, fire("no earlier ok call to get_pot"),
           'rule other "…" warning { before call to fire  require n: no earlier ok call to get_pot }\n', "seen other"),
    _clash("each before the other",
           FIRED,
           fire("some (earlier ok call to glaze where .pot_id == call.pot_id)"),
           fire("some (earlier ok call to get_pot where .pot_id == call.pot_id)"), "fired other", BOTH),
    _clash("handed over, then more", fire("some earlier ok call to hand_over", "over"),
           after("ok call to hand_over", 'then agent message where says(it, "Bye.")  then nothing'),
           after("ok call to hand_over", 'then agent message where says(it, "Bye.")'), "over other"),
    _clash("what a look needs", SEEN
           + 'rule listed "…" { before call to get_pot  require n: some earlier call to list_pots }\n',
           fire("no earlier call to list_pots"), fire("no earlier call to hand_over"), "seen listed other"),
    _clash("never in all", SEEN, 'rule other "…" { at end  require n: no earlier ok call to get_pot }\n',
           'rule other "…" { at end  require n: no earlier failed call to get_pot }\n', "seen other"),
    _clash("twice and once", "", 'rule other "…" { at most 1 ok call to fire }\n',
           'rule other "…" { at most 1 ok call to fire per .pot_id }\n', "other", TWICE),
    _clash("sorry and never sorry", fire('some (earlier agent message where mentions(it, "sorry"))', "calm"),
           message('not mentions(message, {"sorry", "apologies"})'), message('not mentions(message, "apologies")'),
           "calm other"),
    _clash("sorry in a sentence", fire('some (earlier agent message where says(it, "I am sorry, it is hot."))', "line"),
           message('not mentions(message, {"sorry", "apologies"})'), message('not mentions(message, "apologies")'),
           "line other"),
    _clash("a price in a sentence", PRICED,
           message("not says_amount(message, $45)"), message("not says_amount(message, $4)"), "line other"),
    _clash("a word after a price", PRICED,
           message('not mentions(message, {"costs", "flaw"})'), message('not mentions(message, {"pots", "flaws"})'),
           "line other"),
    _clash("the fee in a sentence",
           'rule line "…" { before call to glaze  when call.model == tall\n'
           '  require n: some (earlier agent message where says(it, "It is $45 for a tall pot.")) }\n',
           'rule other "…" { before call to glaze  when call.model == tall\n'
           "  require n: no (earlier agent message where says_amount(it, fee(call.model))) }\n",
           'rule other "…" { before call to glaze  when call.model == tall\n'
           "  require n: no (earlier agent message where says_amount(it, fee(flat))) }\n", "line other", TALL),
    _clash("often and rarely", fire("count(earlier ok call to get_pot) >= 2", "often"),
           'rule other "…" { at most 1 call to get_pot }\n', 'rule other "…" { at most 2 call to get_pot }\n',
           "often other"),
    _clash("the last word is a yes", fire("no (earlier user message where affirms(it))", "never"),
           YES, fire("some earlier user message"), "never yes"),
)  # fmt: skip


def clashes() -> Iterator[Plant]:
    """Every contradiction, each followed by its clean twin."""
    for clash in CLASHES:
        for name, last, code in ((clash.name, clash.last, "unsatisfiable"), (f"{clash.name}:clean", clash.milder, "")):
            yield Plant(name, HEAD + clash.rules + last + clash.scenario, code, "scenario", "s")


__all__ = ["CLASHES", "clashes"]
