"""Small desks, each with one gap that an agent, its user or the solver cannot bridge, and their clean twins.

A `Gap` is what is missing and what fills it: the same in every `Trade`, a field of business with its own words.
"""

from collections.abc import Iterator

from attrs import frozen

from .planted import Plant


@frozen
class Trade:
    """What rows are called, one and many, what is done to one of them, what it owes, and two reasons with the words in
    which a user gives them."""

    name: str
    one: str
    many: str
    act: str
    owes: str
    reasons: tuple[tuple[str, str], tuple[str, str]]


TRADES = (
    Trade("library", "loan", "loans", "renew", "fine", (("away", "on holiday"), ("unread", "not read it yet"))),
    Trade("clinic", "visit", "visits", "move", "bill", (("ill", "a fever"), ("busy", "have to work"))),
    Trade("garage", "car", "cars", "inspect", "debt", (("noise", "a strange noise"), ("due", "the sticker runs out"))),
)

HEAD = """domain {name} "A {name}."
clock 2024-05-15T15:00:00-05:00
enum Reason {{ {first}, {second} }}
record Row {{ {one}_id: id, {owes}: money where it >= $0, open: bool, mark: text }}
table {many}: Row key {one}_id
write tool {act}({one}_id: ref {many}, reason: Reason) -> text "Does it." {{
  let row = {many}[{one}_id]  else fail "Not found"
  require row.open  else fail "Closed"
  set row.open = false
  return "Done"
}}
"""
SHOW = """read tool show({one}_id: ref {many}) -> Row "Shows one." {{
  let row = {many}[{one}_id]  else fail "Not found"
  return row
}}
"""
KEYS = 'read tool find() -> list[ref {many}] "All that are open." {{ return ({many} where .open).{one}_id }}\n'
OWED = """read tool owed({one}_id: ref {many}) -> money "What is open for one." {{
  let row = {many}[{one}_id]  else fail "Not found"
  return row.{owes}
}}
"""
DUES = """rule dues "Not while something is owed." {{
  before call to {act}
  let row = {many}[call.{one}_id]  else skip
  require paid: row.{owes} < $50
}}
"""
FACT = """fact why: Reason? "the reason" from user version 1 {{
  when mentions(it, "{words}") then {first}
{row}}}
rule told "The reason is told." {{
  before call to {act}
  require told: call.reason == stated.why
}}
"""
OTHER = '  when mentions(it, "{more}") then {second}\n'


def scenario(drawn: str, knows: str = "") -> str:
    return f"""scenario s "Somebody asks for it." {{{{
  pick row from {{many}} where .open
  {drawn}
  goal {{act}}(row.{{one}}_id, {"why" if "pick why" in drawn else "{first}"})
  {knows}
}}}}
"""


KNOWN = scenario("", "knows row.{one}_id")
TOLD = scenario("pick why from Reason", 'knows row.{one}_id\n  knows why "why"')
LONG = 'require length("{{row.mark}}!") == 5'  # small worlds know no text by its length


@frozen
class Gap:
    """A code, what it is found about, what leads to it, and what does not."""

    code: str
    kind: str
    planted: str
    clean: str


GAPS = {
    "key": Gap("never-shown", "gaps", SHOW + scenario(""), SHOW + KEYS + scenario("")),
    "field": Gap("never-seen", "gaps", KEYS + DUES, KEYS + OWED + DUES),
    "fact": Gap(
        "never-said", "gaps", SHOW + FACT.replace("{row}", OTHER) + KNOWN, SHOW + FACT.replace("{row}", OTHER) + TOLD
    ),
    "reason": Gap(
        "never-said", "gaps", SHOW + FACT.replace("{row}", "") + TOLD, SHOW + FACT.replace("{row}", OTHER) + TOLD
    ),
    "doubt": Gap("undecided", "scenario", SHOW + scenario(LONG), SHOW + scenario('require row.mark == "some"')),
}


def gaps() -> Iterator[Plant]:
    """Every gap in every trade, each followed by its clean twin."""
    for trade in TRADES:
        (first, words), (second, more) = trade.reasons
        names = {"name": trade.name, "one": trade.one, "many": trade.many, "act": trade.act, "owes": trade.owes}
        names |= {"first": first, "words": words, "second": second, "more": more}
        for name, gap in GAPS.items():
            for text, code, end in ((gap.planted, gap.code, ""), (gap.clean, "", ":clean")):
                yield Plant(f"{name}:{trade.name}{end}", (HEAD + text).format(**names), code, gap.kind, "s")


__all__ = ["gaps"]
