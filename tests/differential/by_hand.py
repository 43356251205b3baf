"""Conversations written by hand in which one thing decides: a boundary, an order, or one event that is just in time.

A `Told` is a rule or two, what is said and called, and the verdicts that the language's reference gives. It names the
mistakes in the solver's encoding (`encoder_mutants`) that would change them.
"""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from attrs import frozen

from cove_dsl.backends.python.runtime.texts import to_json
from cove_dsl.core.interpreter import Interpreter
from cove_dsl.core.memory_world import MemoryWorld

from .machine import Desk, Messages, desk_of
from .scenes import Turn

HEAD = """domain shelf "Boxes on a shelf."
clock 2024-05-15T15:00:00-05:00
record Part { name: text, price: money, amount: int? }
record Box {
  box_id: id, open: bool, weight: int, parts: list[Part], mark: text?, due: date, seen: datetime, inside: ref boxes?,
  words: list[text]?,
}
record Tally { calls: int, log: list[text], coins: map[id, money] }
table boxes: Box key box_id
state tally: Tally
read tool look(box_id: ref boxes) -> Box "Shows a box." {
  let box = boxes[box_id]  else fail "no such box"
  return box
}
write tool shut(box_id: ref boxes, why: text?) -> text "Shuts a box." {
  let box = boxes[box_id]  else fail "no such box"
  set box.mark = "first"
  set box.mark = why
  require box.open  else fail "it is shut"
  if box.weight > 5 { set box.weight = 0 } else { set box.weight = 1 }
  set box.open = false
  return "done"
}
write tool note(texts: list[text]) -> text "Writes down texts up to the first `stop`." {
  for t in texts {
    if t == "stop" { return "stopped" }
    insert t into tally.log
  }
  return "done"
}
write tool keep(share: int, texts: list[text]) -> text "Keeps a share of the texts, and adds others to them." {
  set tally.log = take(["a", "b"], ceiling(2 / share))
  insert all texts into tally.log
  return "done"
}
write tool weigh(box_id: ref boxes, share: int) -> text "Weighs a share of a box, and pays for it." {
  let box = boxes[box_id]  else fail "no such box"
  set box.weight = ceiling(10 / share)
  set box.mark = if 1 / share > 0 then "heavy" else "light"
  increase tally.coins["c"] by $1
  return "done"
}
write tool copy(box_id: ref boxes, as_id: id) -> text "Copies a box." {
  let box = boxes[box_id]  else fail "no such box"
  insert Box(box_id: as_id, open: box.open, weight: box.weight, parts: box.parts, due: box.due, seen: box.seen)
    into boxes
  return "done"
}
tool greet() -> text "Says hello." { return "hello" }
sync { increase tally.calls by 1 }
"""
WORLD: dict[str, Any] = {
    "boxes": {
        "B1": {
            "box_id": "B1", "open": True, "weight": 5, "due": "2024-05-20", "seen": "2024-05-15T14:00:00-05:00",
            "parts": [{"name": "lid", "price": Decimal("2.50"), "amount": 1}, {"name": "nail", "price": Decimal(4)}],
        },
        "B2": {
            "box_id": "B2", "open": False, "weight": 7, "due": "2024-05-15", "seen": "2024-05-15T23:30:00-05:00",
            "parts": [], "inside": "B1",
        },
    },
    "tally": {"calls": 0, "log": [], "coins": {"a": Decimal("1.50"), "b": Decimal(2)}},
}  # fmt: skip


@frozen
class Said:
    """What one party does at once: a text, and calls by name and arguments."""

    role: str
    text: str | None
    calls: tuple[tuple[str, dict[str, Any]], ...]

    @property
    def turn(self) -> Turn:
        return Turn(self.role, self.text is not None, tuple(name for name, _ in self.calls))


@frozen
class Told:
    """Rules, a conversation, and the verdicts, as `rule.label verdict` in the order in which they are given."""

    name: str
    rules: str
    said: tuple[Said, ...]
    verdicts: tuple[str, ...]
    mistakes: tuple[str, ...]

    def desk(self) -> Desk:
        made = desk_of(HEAD + self.rules)
        assert made is not None, self.rules
        return made

    def messages(self, desk: Desk) -> Messages:
        """The conversation, with what the tools make of the calls."""
        interpreter = Interpreter(desk.spec, MemoryWorld(desk.spec, deepcopy(WORLD)))
        found: Messages = []
        for said in self.said:
            ids = [f"c{len(found)}.{n}" for n in range(len(said.calls))]
            wanted = [{"id": i, "name": n, "arguments": a} for i, (n, a) in zip(ids, said.calls, strict=True)]
            role = {"agent": "assistant", "user": "user"}[said.role]
            found.append({"role": role, "content": said.text, **({"tool_calls": wanted} if wanted else {})})
            for call_id, (name, given) in zip(ids, said.calls, strict=True):
                outcome = interpreter.call(name, deepcopy(given))
                content = outcome.value if isinstance(outcome.value, str) else to_json(outcome.value)
                answer = {"content": content if outcome.ok else f"Error: {content}", "error": not outcome.ok}
                found.append({"role": "tool", "tool_call_id": call_id, **answer})
        return found


# --- writing them down ------------------------------------------------------------------------------------------------


def agent(text: str | None = None, *calls: tuple[str, dict[str, Any]]) -> Said:
    return Said("agent", text, calls)


def user(text: str, *calls: tuple[str, dict[str, Any]]) -> Said:
    return Said("user", text, calls)


def look(box: str = "B1") -> tuple[str, dict[str, Any]]:
    return "look", {"box_id": box}


def shut(box: str = "B1", **more: Any) -> tuple[str, dict[str, Any]]:
    return "shut", {"box_id": box, **more}


def note(*texts: str) -> tuple[str, dict[str, Any]]:
    return "note", {"texts": list(texts)}


def keep(share: int, *texts: str) -> tuple[str, dict[str, Any]]:
    return "keep", {"share": share, "texts": list(texts)}


def weigh(box: str, share: int) -> tuple[str, dict[str, Any]]:
    return "weigh", {"box_id": box, "share": share}


def copy(as_id: str) -> tuple[str, dict[str, Any]]:
    return "copy", {"box_id": "B1", "as_id": as_id}


GREET: tuple[str, dict[str, Any]] = ("greet", {})


def rule(body: str, name: str = "r") -> str:
    return f'rule {name} "…" {{ {body} }}\n'


def told(name: str, body: str, said: tuple[Said, ...], verdicts: str, *mistakes: str) -> Told:
    """A rule `r`, if it is no whole rule or several. Verdicts of `r` stand by their labels alone, or by none."""
    rules = body if body.startswith(("rule ", "exception ")) else rule(body)
    found = (v.strip() for v in verdicts.split(",") if v.strip())
    named = (v if " " in v else f" {v}" for v in found)
    return Told(name, rules, said, tuple(v if "." in v else f"r.{v}" for v in named), mistakes)


def holds(name: str, condition: str, *mistakes: str, verdict: str = "satisfied") -> Told:
    """A condition on the world as it is given, judged before the only call; `box` is the first, which is open."""
    body = f'before call to greet  let box = boxes["B1"]  else skip  require n: {condition}'
    return told(name, body, (agent(None, GREET),), f"n {verdict}", *mistakes)


def leads(name: str, condition: str, *calls: tuple[str, dict[str, Any]], mistakes: tuple[str, ...] = ()) -> Told:
    """A condition on the world that calls lead to."""
    return told(name, f"at end  require n: {condition}", tuple(agent(None, c) for c in calls), "n satisfied", *mistakes)


# --- conditions -------------------------------------------------------------------------------------------------------

CONDITIONS = (
    holds("the last row is one", "some (boxes where .weight == 7)", "some without the last item"),
    holds("the last row is not open", "every(b.open for b in boxes)", "every without the last item",
          verdict="violated"),
    holds("the first row", 'first(boxes)?.box_id == "B1"', "first is last"),
    holds("two rows", "count(boxes) == 2", "count one more"),
    holds("all of a sum", "sum(b.weight for b in boxes) == 12", "sum without the last item"),
    holds("the least", "min(b.weight for b in boxes) == 5", "least is greatest"),
    holds("equal ones once", "count(distinct([b.weight - b.weight for b in boxes])) == 1", "distinct keeps all"),
    holds("the heaviest first", 'first(boxes ordered by .weight descending)?.box_id == "B2"', "order the other way"),
    holds("of equal keys the first", 'first(boxes ordered by .weight - .weight)?.box_id == "B1"', "ties turned round"),
    holds("of equal keys the first, descending", 'first(boxes ordered by .weight - .weight descending)?.box_id == "B1"',
          "ties turned round"),
    holds("the first part", 'box.parts[0]?.name == "lid"', "position one further"),
    holds("one of several is not the only one", "only(boxes) is absent", "any one is the only one"),
    holds("so many and no more", "count(take(boxes, 1)) == 1", "one more is taken"),
    holds("as often as it is wanted", "contains_all([box.weight, 7], [5, 5])", "once is often enough",
          verdict="violated"),
    holds("an absent item holds its place beside another", "count(zip([p.amount for p in box.parts], [1, 2])) == 2"),
    holds("an absent item holds its place in an order", "last([p.amount for p in box.parts] ordered by 1) is absent"),
    holds("of equal keys the last value", 'map_of(("x", b.weight) for b in boxes)["x"] == 7',
          "the first of equal keys"),
    holds("of equal keys the first place", 'keys(map_of((k, 1) for k in ["y", "x", "y"])) == ["y", "x"]'),
    holds("the same in what is written out", 'values({"y": 1, "x": 2, "y": 3}) == [3, 2]', "the first of equal keys"),
    holds("both parts of an and", "box.open and count(boxes) > 2", "and without its last part", verdict="violated"),
    holds("one way of an if", "(if box.open then 1 else 2) == 1", "if swapped"),
    holds("a field that is there", "box.parts[0]?.amount is present", "present denied"),
    holds("a field that is not there", "box.mark is absent", "present denied"),
    holds("the row of this key", 'boxes["B2"]?.weight == 7', "look-up without a key"),
    holds("no key, no row", "box.inside is absent and boxes[box.inside] is absent", "what is absent is a key"),
    holds("nothing is in what is absent", '"lid" in box.words', "what is absent is looked into", verdict="violated"),
    holds("divided by nothing", "box.weight / (box.weight - 5) > 0", "arithmetic that is never unknown",
          verdict="unknown"),
    holds("what is unknown is not summed", "sum(1 / (b.weight - 5) for b in boxes) > 0", "sums know their items",
          verdict="unknown"),
    holds("rounded up", "round(box.weight * 0.35, 0) == 2", "round down"),
    holds("a tie to the even digit, down", "round(box.weight / 2, 0) == 2", "ties are rounded up"),
    holds("a tie to the even digit, up", "round(box.weight * 0.7, 0) == 4", "round down"),
    holds("the last of a list is in it", "7 in [b.weight for b in boxes]", "in without its last item"),
    holds("at the boundary, less", "box.weight < 5", "less is at most", verdict="violated"),
    holds("at the boundary, at least", "box.weight >= 5", "at least is more"),
    holds("at the boundary, at most", "box.weight <= 5", "at most is less"),
    holds("at the boundary, more", "box.weight > 5", "more is at least", verdict="violated"),
    holds("at the boundary, a day", "box.due - 5 days >= date_of(clock)", "at least is more"),
    holds("at the boundary, a moment", "clock - box.seen <= 1 hour", "at most is less"),
    holds("taken away", "box.weight - 2 == 3", "minus is plus"),
)  # fmt: skip

TIMES = (
    holds("one moment in two zones", "box.seen == 2024-05-15T19:00:00Z", "zones the other way"),
    holds("an order across zones", "box.seen < 2024-05-15T13:30:00-06:00"),
    holds("the day where it is written", "date_of(2024-05-16T02:00:00Z) == 2024-05-16 and 2024-05-16T02:00:00Z > clock",
          "every time is the clock's"),
    holds("the hour where it is written", "time_of(2024-05-15T20:30:00+09:30) == 20:30", "every time is the clock's"),
    holds("the clock's zone where none is written", "2024-05-15T14:00:00 == box.seen"),
    holds("a zone stays as it is written, though summer begins",
          "time_of(2024-03-31T01:30:00+01:00 + 1 hour) == 02:30"),
    holds("a day has 24 hours, though summer begins",
          "date_of(2024-03-30T23:30:00+01:00 + 1 day) == 2024-03-31 and "
          "2024-03-30T23:30:00+01:00 + 1 day == 2024-03-31T23:30:00+01:00"),
    holds("midnight is no time of the day before", "time_of(box.seen) + 10 hours == 00:00", "a day is a second longer",
          verdict="unknown"),
    holds("a month to the day", "months_between(box.due, 2024-06-20) == 1", "a month takes a day longer"),
    holds("a month but a day", "months_between(box.due, 2024-06-19) == 0"),
    holds("a month back", "months_between(2024-06-20, box.due) == 0 - 1"),
    holds("from a leap day to the last of a short month", "months_between(2024-02-29, box.due - 81 days) == 0"),
)  # fmt: skip

# --- the past ---------------------------------------------------------------------------------------------------------

TWO = (agent("One.", look()), user("Two."), agent("Three.", look("B9")), agent(None, GREET))

PAST = (
    told("what went through", "before call to greet  require n: count(earlier ok call) == 1", TWO, "n satisfied",
         "status forgotten"),
    told("what failed", "before call to greet  require n: count(earlier failed call) == 1", TWO, "n satisfied",
         "status forgotten"),
    told("tried, whatever came of it", "before call to greet  require n: count(earlier call) == 2", TWO, "n satisfied"),
    told("who said it", "before call to greet  require n: count(earlier user message) == 1", TWO, "n satisfied",
         "role forgotten"),
    told("a call is not past before it is made", "before call to greet  require n: no earlier call to greet", TWO,
         "n satisfied", "the present is past"),
    told("a call is past after it is made", "after ok call to greet  require n: some earlier call to greet", TWO,
         "n satisfied"),
    told("strictly before", "before call to greet  let m = first(earlier user message)  else skip"
         "  require n: count(earlier message before m) == 1", TWO, "n satisfied", "windows one event off"),
    told("strictly after", "before call to greet  let m = first(earlier user message)  else skip"
         "  require n: count(earlier message after m) == 1", TWO, "n satisfied", "windows one event off"),
    told("strictly between", "before call to greet  let a = first(earlier message)  else skip"
         "  let b = last(earlier message)  else skip  require n: count(earlier message after a before b) == 1", TWO,
         "n satisfied", "windows one event off"),
    told("a step is past with its last event", "before call to greet  require n: no earlier agent step",
         (agent("One.", GREET, GREET),), "n satisfied, n satisfied"),
    told("after a step is after its last call", "before call to greet  let s = first(earlier agent step)  else skip"
         "  require n: count(earlier call after s) == 1", (agent("One.", look()), agent(None, look()),
         agent(None, GREET)), "n satisfied", "a step ends where it begins"),
    told("what failed has no result", "at end  let c = last(earlier call to look)  else skip"
         "  require n: c.result is absent  require e: c.error is present", (agent(None, look("B9")),),
         "n satisfied, e satisfied"),
    told("what is not known narrows in doubt", "before call to greet  when 1 / (count(earlier call) - 2) > 0"
         "  require n: no earlier call", TWO, "n unknown", "a doubtful when is passed"),
    told("a when that does not hold", "before call to greet  when count(earlier call) > 2  require n: no earlier call",
         TWO, "", "when is passed"),
    told("the second way", "before call to greet  if count(earlier call) > 2 { require n: 1 == 2 } "
         "else { require m: 1 == 1 }", TWO, "m satisfied", "branches of rules swapped"),
    told("perhaps left",
         "before call to greet  if 1 / (count(earlier call) - 2) > 0 { skip }  require n: no earlier call",
         TWO, "n unknown"),
    told("perhaps left at the first of several",
         "before call to greet  for b in boxes { if 1 / (b.weight - 5) > 0 { unknown }  require n: b.weight == 5 }",
         TWO, "unknown, n satisfied, unknown", "one way out is enough"),
    told("perhaps left in a turn, for every later one",
         "before call to greet  for b in boxes { if 1 / (b.weight - 5) > 1 { unknown }  require n: b.weight == 5 }",
         TWO, "unknown, n satisfied, n unknown", "a doubt ends with its turn, whatever it was"),
    told("perhaps left in a turn of an inner loop",
         "before call to greet  for b in boxes { for w in [b.weight] { if 1 / (w - 5) > 1 { unknown } } }"
         "  require n: 1 == 2",
         TWO, "unknown, n unknown", "a doubt ends with its turn, whatever it was"),
    told("perhaps left with a verdict",
         "before call to greet  if 1 / (count(earlier call) - 2) > 0 { unknown } else { skip }  require n: 1 == 2",
         TWO, "unknown"),
    told("unknown, where it does not hold", "before call to greet  require n: some earlier call to shut  else unknown",
         TWO, "n unknown", "else unknown accuses"),
    told("what is presupposed was broken", 'rule base "…" { before call to greet  require b: no earlier call }\n'
         'rule r "…" presupposes base { before call to greet  require n: no earlier call }\n', TWO, "base.b violated",
         "nothing presupposed"),
)  # fmt: skip

LIMITS = (
    told("one more than the limit", "at most 1 ok call to look", (agent(None, look(), look(), look()),),
         "at_most satisfied, at_most violated, at_most violated", "less is at most"),
    told("what failed does not count", "at most 1 ok call to copy per .box_id",
         (agent(None, copy("B2"), copy("B3"), copy("B4")),),
         "at_most satisfied, at_most satisfied, at_most violated", "status forgotten"),
    told("a limit that is only tried", "at most 1 ok call to shut per .box_id", (agent(None, shut(), shut()),),
         "at_most satisfied, at_most attempted", "attempts are blamed", "limits accuse attempts"),
    told("tried beyond a limit", 'rule r "…" { at most 1 ok call to shut }\nrule q "…" { before call to greet\n'
         '  let once = first(earlier ok call to shut)  else fail "not yet"\n'
         "  require n: some earlier failed call to shut after once }\n",
         (agent(None, shut(), shut(), GREET),), "r.at_most satisfied, r.at_most attempted, q.n satisfied",
         "limits accuse attempts"),
    told("a guard of the tool's own is only tried", 'before call to shut  require n: boxes[call.box_id]?.open == true',
         (agent(None, shut("B2")),), "n attempted", "attempts are blamed"),
    told("a guard of the past is not excused", "before call to shut  require n: some earlier call to look",
         (agent(None, shut("B2")),), "n violated"),
    told("per two arguments", "at most 1 call to shut per .box_id, .why",
         (agent(None, shut(why="a"), shut(why="b"), shut("B2", why="b"), shut(why="a")),),
         "at_most satisfied, at_most satisfied, at_most satisfied, at_most attempted"),
)  # fmt: skip

EXCEPTIONS = (
    told("excepted", 'rule r "…" { before call to shut  require n: some earlier call to look }\n'
         'exception e to r.n "…" { before call to shut  when call.why == "fire" }\n',
         (agent(None, shut(why="fire"), shut(why="rain")),), "n satisfied, n violated"),
    told("excepted for one tool", 'rule r "…" { before call to {shut, greet}  require n: some earlier call to look }\n'
         'exception e to r.n "…" { before call to greet }\n', (agent(None, shut(), GREET),), "n violated, n satisfied"),
    told("a let that finds nothing excepts nothing",
         'rule r "…" { before call to shut  require n: some earlier call to look }\n'
         'exception e to r.n "…" { before call to shut  let b = boxes[call.box_id]?.inside  else skip }\n',
         (agent(None, shut(), shut("B2")),), "n violated, n satisfied"),
)  # fmt: skip

# --- duties -----------------------------------------------------------------------------------------------------------

AFTER = "after user message  "

DUTIES = (
    told("a step that settles a duty is not the next's", AFTER + "then agent step  then call to shut",
         (user("Go."), agent(None, shut()), agent(None, look())), "then satisfied, then violated",
         "a step counts after itself"),
    told("nothing after a step is nothing after its last call", AFTER + "then agent step  then nothing",
         (user("Go."), agent("Well.", look()),), "then satisfied, nothing satisfied", "a step counts after itself"),
    told("nothing after a step, and then something", AFTER + "then agent step  then nothing",
         (user("Go."), agent("Well.", look()), agent("Bye.")), "then satisfied, nothing violated"),
    told("the next call", "after ok call to look  then call to shut", (agent(None, look(), GREET, shut()),),
         "then violated"),
    told("the next call of the agent", "after ok call to look  then call to shut",
         (agent(None, look()), agent("Wait."), user("I wait."), agent(None, shut())), "then violated"),
    told("the next message of the agent, not the user's", "after ok call to look  then agent message",
         (agent(None, look()), user("And?"), agent("Well.")), "then satisfied", "anybody is next"),
    told("nothing more of the agent; the user may", "after ok call to greet  then nothing",
         (agent(None, GREET), user("Bye.")), "nothing satisfied", "anybody is next"),
    told("nothing, and no more of the chain", "after ok call to greet  then nothing  then agent message",
         (agent(None, GREET), user("Bye.")), "nothing satisfied"),
    told("something more of the agent", "after ok call to greet  then nothing",
         (agent(None, GREET), user("Bye."), agent("Bye.")), "nothing violated", "no duties"),
    told("what opens a duty does not meet it", "after call to greet  eventually call to greet", (agent(None, GREET),),
         "eventually violated", "duties end with the conversation"),
    told("what opens a duty beforehand does not meet it", "before call to greet  eventually call to greet",
         (agent(None, GREET),), "eventually violated", "what opens a duty meets it"),
    told("what opens a duty beforehand does not break it", "before call to greet  never call to greet",
         (agent(None, GREET),), "never satisfied", "what opens a duty meets it"),
    told("what opens a duty beforehand is not the next", "before call to greet  then call to look",
         (agent(None, GREET, look()),), "then satisfied", "what opens a duty meets it"),
    told("what opens a duty does not break it", "after call to greet  never call to greet", (agent(None, GREET),),
         "never satisfied"),
    told("in the end", "after call to look  eventually call to greet", (agent(None, look()), user("?"),
         agent(None, GREET)), "eventually satisfied"),
    told("not in the end", "after call to look  eventually call to greet", (agent(None, look()), user("?")),
         "eventually violated", "duties end with the conversation"),
    told("never until, and before", "after ok call to look  never call to greet until user message",
         (agent(None, look()), agent(None, GREET), user("Go.")), "never violated", "no duties"),
    told("never until, and after", "after ok call to look  never call to greet until user message",
         (agent(None, look()), user("Go."), agent(None, GREET)), "never satisfied", "never without until"),
    told("what ends a duty does not break it", "after ok call to look  never agent message until agent message",
         (agent(None, look()), agent("Go."), agent("Go on.")), "never satisfied", "what ends a duty breaks it"),
    told("perhaps over",
         "after ok call to look  never call to greet until call to shut where 1 / (tally.calls - 2) > 0",
         (agent(None, look()), agent(None, shut()), agent(None, GREET)), "never unknown", "perhaps over is not over"),
    told("perhaps broken, then over",
         "after ok call to look  never call to shut where 1 / (tally.calls - 2) > 0 until user message",
         (agent(None, look()), agent(None, shut()), user("Go.")), "never unknown", "perhaps broken is kept"),
    told("two, one after the other", "after ok call to look  then agent message  then agent message",
         (agent(None, look()), agent("One."), agent("Two."), agent("Three.")), "then satisfied, then satisfied"),
    told("only the first of two", "after ok call to look  then agent message  then agent message",
         (agent(None, look()), agent("One.")), "then satisfied, then violated"),
)  # fmt: skip

# --- calls ------------------------------------------------------------------------------------------------------------

CALLS = (
    leads("written", 'boxes["B1"]?.open == false', shut(), mistakes=("no writes",)),
    leads("one way of a tool", 'boxes["B1"]?.weight == 1', shut(), mistakes=("branches of tools swapped",)),
    leads("the last of two writes", 'boxes["B1"]?.mark == "why"', shut(why="why"), mistakes=("no writes",)),
    leads("a call that fails changes nothing", 'boxes["B2"]?.mark is absent', shut("B2", why="why"),
          mistakes=("failed calls leave traces", "undone to the last change")),
    leads("what follows runs after a call that fails", "tally.calls == 2", shut("B2"), shut("B9"),
          mistakes=("nothing follows a call that fails",)),
    leads("added behind", "tally.log == [\"a\", \"b\", \"c\"]", note("a", "b"), note("c"), mistakes=("set for add",)),
    leads("several added behind", 'tally.log == ["a", "c", "d"]', keep(2, "c", "d"), mistakes=("set for add",)),
    told("added to what is not known", "at end  require n: some (tally.log where it == \"c\")",
         (agent(None, keep(0, "c")),), "n unknown", "what is added to is known"),
    told("of what is not known nobody knows whether it is there",
         'at end  require n: boxes["B1"]?.weight is present  require m: boxes["B1"]?.mark is absent',
         (agent(None, weigh("B1", 0)),), "n unknown, m unknown", "what is unknown is there"),
    told("among what is not known there may be anything",
         "at end  require n: 8 in [b.weight for b in boxes]  require m: 7 in [b.weight for b in boxes]",
         (agent(None, weigh("B1", 0)),), "n unknown, m satisfied"),
    told("what is not known leaves in doubt",
         'at end  let w = boxes["B1"]?.weight else skip  require n: w > 0 and 1 == 2',
         (agent(None, weigh("B1", 0)),), "n unknown", "what is unknown is there"),
    told("where there is no row, what is not known of others does not matter",
         'at end  require n: boxes["B9"]?.weight is absent and boxes["B1"]?.weight == 5',
         (agent(None, weigh("B2", 0)),), "n satisfied"),
    told("what was supposed to be there",
         'at end  require n: tally.coins["c"] is absent  require m: tally.coins["d"] is absent',
         (agent(None, weigh("B1", 1)),), "n unknown, m satisfied", "what is unknown is there"),
    leads("a loop is left with the call", "count(tally.log) == 0", note("stop", "a")),
    leads("a new row", 'count(boxes) == 3 and boxes["B3"]?.weight == 5', copy("B3"), mistakes=("no writes",)),
    leads("a key that is taken", "count(boxes) == 2 and no earlier ok call and count(earlier failed call) == 1",
          copy("B2"), mistakes=("keys may be taken twice",)),
    told("an absent argument is absent", "after call to shut  require n: call.why is absent", (agent(None, shut()),),
         "n satisfied", "present denied"),
)  # fmt: skip

EVERY = (*CONDITIONS, *TIMES, *PAST, *LIMITS, *EXCEPTIONS, *DUTIES, *CALLS)
