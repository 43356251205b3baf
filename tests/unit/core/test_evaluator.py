"""What expressions mean: over a known world, over one that is not known whole, and over the past."""

from decimal import Decimal

import pytest
from attrs import define, field

from cove_dsl.core.evaluator import DOUBTFUL, Evaluator, Past, fold
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.values import UNKNOWN

EXPRESSIONS = """
define all_amounts -> list[money] = [t.amount for t in tickets]
define owned(owner: text) -> bool = some (tickets where .owner == owner)
define tags_of(key: id) -> list[text]? = tickets[key]?.tags
define cheapest -> list[Ticket] = tickets with lowest .amount
define soonest -> date? = min(tickets.due)
define total -> money = sum(tickets.amount)
define mail_of(t: Ticket) -> list[text] = [c.address for c in values(t.contacts) where c is mail]
define later(d: date) -> date = d + 2 days
define late(d: date) -> bool = d < date_of(clock)
define pairs -> list[text] = ["{t.ticket_id}:{tag}" for t in tickets for tag in t.tags]
define third(xs: list[text]) -> text? = xs[2]
define either(c: bool, a: int, b: int) -> int = if c then a else b
define hears(m: message) -> bool = mentions(m, "yes")
define yes_heard -> bool = some (earlier user message where hears(it))
define looked -> list[ref tickets] = [c.ticket_id for c in earlier ok call to look]
define shown -> list[Ticket] = [c.result for c in earlier ok call to look]
define greeting -> text? = last(earlier call to greet)?.result
define reasons -> list[text?] = [c.reason for c in earlier call to close]
define refused -> list[text?] = [c.error for c in earlier failed call]
"""


@define
class Listener:
    """Hears `yes` in what it is given; does not know what to make of `perhaps`."""

    asked: list = field(factory=list)

    def language(self, op, args, history):
        self.asked.append((op, history.point))
        said = args[0].text
        return None if "perhaps" in said else args[1] in said

    def random(self, op, args):
        raise AssertionError


@pytest.fixture(scope="module")
def spec(desk):
    return desk(EXPRESSIONS)


@pytest.fixture
def value(spec, world):
    def evaluate(name, *args, unknown=False, past=None, host=None, **tables):
        define_ = spec.defines[name]
        names = dict(zip((p.name for p in define_.params), args, strict=True))
        found = Evaluator(spec, world(spec, unknown, **tables), host or Listener(), past or Past())
        return found.evaluate(define_.body, names)

    return evaluate


def test_reading_a_world(value):
    assert value("all_amounts") == [10, 3]
    assert value("total") == 13
    assert value("owned", "mia") is False
    assert value("tags_of", "T1") == ["a", "b"]
    assert value("tags_of", "T9") is None
    assert [t["ticket_id"] for t in value("cheapest")] == ["T2"]
    assert value("soonest") == "2024-05-20"
    assert value("pairs") == ["T1:a", "T1:b", "T2:a", "T2:b"]
    assert value("mail_of", {"contacts": {"a": {"kind": "phone"}, "b": {"kind": "mail", "address": "x"}}}) == ["x"]


def test_an_empty_world(value):
    assert value("total", tickets={}) == 0
    assert value("soonest", tickets={}) is None
    assert value("cheapest", tickets={}) == []


def test_positions_and_dates(value):
    assert [value("third", xs) for xs in (["a", "b", "c"], [], None, UNKNOWN)] == ["c", None, None, UNKNOWN]
    assert value("later", "2024-02-28") == "2024-03-01"
    assert [value("late", d) for d in ("2024-05-14", "2024-05-15", "nonsense")] == [True, False, UNKNOWN]


def test_a_world_that_is_not_known_whole(value):
    assert value("total", unknown=True) is UNKNOWN
    assert value("owned", "mia", unknown=True) is UNKNOWN
    assert value("tags_of", "T1", unknown=True) == ["a", "b"]
    assert value("tags_of", "T9", unknown=True) is UNKNOWN
    assert value("tags_of", UNKNOWN) is UNKNOWN
    assert value("tags_of", None) is None


def test_an_unknown_condition_may_not_matter(value):
    assert value("either", UNKNOWN, 1, 1) == 1
    assert value("either", UNKNOWN, 1, 2) is UNKNOWN
    assert value("either", UNKNOWN, UNKNOWN, UNKNOWN) is UNKNOWN


def test_a_doubtful_item_matters_only_where_it_decides(value, state):
    known, doubtful = dict(state["tickets"]["T1"]), dict(state["tickets"]["T2"])
    doubtful["owner"], known["owner"] = UNKNOWN, "mia"
    assert value("owned", "mia", tickets={"T2": doubtful, "T1": known}) is True
    assert value("owned", "leo", tickets={"T2": doubtful, "T1": known}) is UNKNOWN


FOLDS = [
    ("some", [DOUBTFUL, 1], True),
    ("some", [DOUBTFUL], UNKNOWN),
    ("some", [], False),
    ("no", [DOUBTFUL, 1], False),
    ("no", [DOUBTFUL], UNKNOWN),
    ("no", [], True),
    ("every", [True, False, DOUBTFUL], False),
    ("every", [True, DOUBTFUL], UNKNOWN),
    ("every", [UNKNOWN, True], UNKNOWN),
    ("every", [], True),
    ("first", [1, DOUBTFUL], 1),
    ("first", [DOUBTFUL, 1], UNKNOWN),
    ("first", [], None),
    ("last", [DOUBTFUL, 1], 1),
    ("last", [1, DOUBTFUL], UNKNOWN),
    ("only", [1], 1),
    ("only", [1, 2], None),
    ("only", [], None),
    ("only", [1, DOUBTFUL], UNKNOWN),
    ("count", [1, UNKNOWN], 2),
    ("count", [1, DOUBTFUL], UNKNOWN),
    ("sum", [], 0),
    ("sum", [1, Decimal("0.5")], Decimal("1.5")),
    ("sum", [1, UNKNOWN], UNKNOWN),
    ("min", [], None),
    ("max", [1, 3, 2], 3),
    ("min", ["2024-01-02", "2023-12-31"], "2023-12-31"),
    ("max", [1, DOUBTFUL], UNKNOWN),
]


@pytest.mark.parametrize(("op", "items", "expected"), FOLDS)
def test_folds(op, items, expected):
    found = fold(op, items, 0)
    assert found is UNKNOWN if expected is UNKNOWN else found == expected


def look(key, ok=True, result=None):
    return ("look", {"ticket_id": key}, ok, result)


def past_of(talk, point=None):
    return Past(talk.events, talk.steps, len(talk.events) if point is None else point)


def test_the_past_ends_strictly_before_its_point(value, talk, state):
    said = talk().says("user", "hello").calls(look("T1", True, state["tickets"]["T1"]), look("T9", False, "Error: no"))
    assert value("looked", past=past_of(said)) == ["T1"]
    assert value("looked", past=past_of(said, 1)) == []
    assert value("shown", past=past_of(said)) == [state["tickets"]["T1"]]
    assert value("refused", past=past_of(said)) == ["Error: no"]


def test_what_a_tool_gave_is_believed_only_in_its_structure(value, talk):
    said = talk().calls(
        look("T1", True, {"ticket_id": "T1"}), ("look", {"ticket_id": 7}, True, "x"), ("look", {}, True, None)
    )
    assert value("shown", past=past_of(said)) == [UNKNOWN] * 3
    assert value("looked", past=past_of(said)) == ["T1", UNKNOWN, UNKNOWN]


def test_an_optional_argument_may_be_missing(value, talk):
    said = talk().calls(
        ("close", {}, None, None), ("close", {"reason": None}, None, None), ("close", {"reason": 1}, None, None)
    )
    assert value("reasons", past=past_of(said)) == [None, None, UNKNOWN]


def test_text_is_text_on_the_wire(value, talk):
    assert value("greeting", past=past_of(talk().calls(("greet", {"name": "5"}, True, 5)))) == "5"
    assert value("greeting", past=past_of(talk().calls(("greet", {"name": "5"}, None, None)))) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(["no", "yes"], True), (["no"], False), (["perhaps", "no"], UNKNOWN), (["perhaps", "yes"], True)],
)
def test_language_is_asked_of_the_host(value, talk, texts, expected):
    said = talk()
    for text in texts:
        said.says("user", text)
    host = Listener()
    assert value("yes_heard", past=past_of(said), host=host) is expected
    assert set(host.asked) == {("mentions", len(texts))}


def test_a_naive_time_is_that_of_the_clock(spec):
    evaluator = Evaluator(spec, MemoryWorld(spec))
    assert evaluator.zone == -5 * 3600
