"""Worlds are drawn from a seed alone, and none is handed out that breaks its own specification."""

import sys
from decimal import Decimal

import pytest
from attrs import evolve

from cove_dsl.backends.python.blocks import Block, compile_blocks
from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.world import Fail
from cove_dsl.pipeline import Compiler
from cove_dsl.world.generate import Dice, GenerateError, empty_world, generate_world, state_of
from cove_dsl.world.load import load_spec
from cove_dsl.world.program import program_of
from cove_dsl.world.soundness import world_problems
from cove_dsl.world.state import dumps

ZOO = """
domain zoo "Animals and their keepers"
clock 2024-05-01T12:00:00Z

enum Diet { hay, fish, mixed = "a bit of all" }
record Keeper { keeper_id: id, wage: money where it > $0 }
record Toy    { toy_id: id, price: money }
record Animal {
  name: id, diet: Diet, keeper: ref keepers, toys: map[id, Toy], favourite: ref animals.toys?,
  weight: int where it >= 1 and it < 5000,
}
table keepers: Keeper key keeper_id
table animals: Animal key name as list
invariant enough_keepers "A keeper looks after at most two animals." = count(animals) <= 2 * count(keepers)

generate {
  for i in 1..5 { insert Keeper(keeper_id: "K{unique_digits(1)}", wage: between($10, $10.05)) into keepers }
  for i in 1..10 {
    let toys = [Toy(toy_id: "T{unique_digits(3)}", price: between($1, $2)) for n in 1..between(1, 3)]
    insert Animal(
      name: "{fake("first_name")}{unique_digits(4)}", diet: choose(Diet), keeper: choose(keepers).keeper_id,
      toys: map_of((t.toy_id, t) for t in toys), favourite: if chance(0.5) then choose(toys).toy_id else absent,
      weight: between(1, 4999),
    ) into animals
  }
}
"""  # fmt: skip


def spec_of(text):
    compiled = Compiler().compile([("zoo.cove", text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return compiled.spec


@pytest.fixture(scope="module")
def zoo():
    return spec_of(ZOO.replace('{fake("first_name")}', "Ape "))


@pytest.fixture(scope="module")
def retail():
    return load_spec("retail")


@pytest.fixture(scope="module")
def shop(retail):
    return generate_world(retail, 0)


# --- worlds -----------------------------------------------------------------------------------------------------------


def test_retail_makes_a_whole_shop(retail, shop):
    assert {table: len(rows) for table, rows in shop.items()} == {"users": 500, "orders": 1000, "products": 50}
    assert world_problems(retail, shop) == ()


def test_airline_makes_a_whole_world():
    spec = load_spec("airline")
    world = generate_world(spec, 0)
    assert {table: len(rows) for table, rows in world.items()} == {"users": 500, "flights": 300, "reservations": 2000}
    assert world_problems(spec, world) == ()
    days = [d["status"] for f in world["flights"].values() for d in f["dates"].values()]
    assert len(days) == 9000
    assert set(days) == {"available", "on time", "delayed", "flying", "landed", "cancelled"}


def test_the_fixture_of_airline_is_a_world_of_the_desk():
    spec = load_spec("airline")
    run = Run(program_of(spec), empty_world(program_of(spec)))
    compile_blocks(spec, {"small": Block(spec.fixtures["small_airline"])}).functions["small"](run)
    assert world_problems(spec, state_of(run.world)) == ()


def test_equal_seeds_give_equal_bytes(retail, shop):
    assert dumps(generate_world(retail, 0)) == dumps(shop)
    assert dumps(generate_world(retail, 1)) != dumps(shop)


def test_the_fixture_of_retail_is_a_world_of_the_desk(retail):
    run = Run(program_of(retail), empty_world(program_of(retail)))
    compile_blocks(retail, {"shop": Block(retail.fixtures["shop"])}).functions["shop"](run)
    assert world_problems(retail, state_of(run.world)) == ()


def test_money_is_in_whole_cents(shop):
    prices = [v["price"] for p in shop["products"].values() for v in p["variants"].values()]
    assert all(isinstance(p, Decimal) and p == round(p, 2) for p in prices)


def test_every_kind_of_type_comes_out_as_declared(zoo):
    state = generate_world(zoo, 7)
    assert [len(state[t]) for t in ("keepers", "animals")] == [5, 10]
    assert isinstance(state["animals"], list)
    assert {a["diet"] for a in state["animals"]} <= {"hay", "fish", "a bit of all"}
    assert all(Decimal(10) <= k["wage"] <= Decimal("10.05") for k in state["keepers"].values())


# --- what is wrong with a world ---------------------------------------------------------------------------------------


WRONG = {
    "a type": (("weight", "heavy"), "must be a whole number"),
    "an enum": (("diet", "grass"), "is `grass`, which is no Diet: it may be `hay`, `fish`, `a bit of all`"),
    "a reference": (("keeper", "K77"), "is `K77`, which leads to nothing in keepers"),
    "a nested reference": (("favourite", "T77"), "is `T77`, which leads to nothing in animals.toys"),
    "a condition": (("weight", 5000), "/weight is 5000, against its `where it >= 1 and it < 5000`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_world_must_fit_its_types(zoo, name):
    (field, value), message = WRONG[name]
    state = generate_world(zoo, 7)
    state["animals"][0][field] = value
    [problem] = world_problems(zoo, state)
    assert message in problem.message
    assert problem.message.startswith(f"/animals/{state['animals'][0]['name']}/{field}")


def test_a_world_must_keep_invariants(zoo):
    state = generate_world(zoo, 7)
    orphaned = state | {"keepers": {}}
    assert world_problems(zoo, orphaned)[-1].message == (
        "the invariant `enough_keepers` does not hold: A keeper looks after at most two animals."
    )


def test_a_world_that_breaks_its_specification_is_not_handed_out():
    spec = spec_of(ZOO.replace('{fake("first_name")}', "Ape ").replace("for i in 1..5", "for i in 1..4"))
    with pytest.raises(GenerateError, match="breaks the specification: the invariant `enough_keepers`") as found:
        generate_world(spec, 0)
    assert [p.code for p in found.value.problems] == ["bad-state"]


def test_a_specification_without_generate_makes_nothing(zoo):
    with pytest.raises(GenerateError, match="`zoo` has no `generate` block"):
        generate_world(evolve(zoo, generate=None), 0)


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ("choose(keepers)", "`choose` was given an empty list"),
        ('between($2, $1)', "`between` was given 2 and 1, which have nothing between them"),
        ('["{unique_digits(1)}" for i in 1..11]', r"`unique_digits\(1\)` has given every number of 1 digits"),
        ('fake("unicorn")', "`fake` knows no kind `unicorn`"),
        ('["{unique_digits(0)}" for i in 1..2]', "a number of 0 digits was asked for; it has from 1 to 100"),
        ('digits(1 - 3)', "a number of -2 digits was asked for; it has from 1 to 100"),
        ('digits(5000)', "a number of 5000 digits was asked for; it has from 1 to 100"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(slip, message):
    head = ZOO[: ZOO.index("generate {")]
    with pytest.raises(GenerateError, match=f"`generate` failed: {message}"):
        generate_world(spec_of(f"{head}generate {{ let x = {slip} }}"), 0)


def test_without_faker_its_extra_is_named(retail, monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(GenerateError, match=r"install `cove-dsl\[data\]`"):
        generate_world(retail, 0)


# --- dice -------------------------------------------------------------------------------------------------------------


def test_unique_digits_never_repeat_and_use_all_there_are():
    dice = Dice(0)
    assert sorted(dice.unique_digits(2) for _ in range(90)) == [str(n) for n in range(10, 100)]
    with pytest.raises(Fail):
        dice.unique_digits(2)


def test_between_gives_both_ends_and_only_whole_cents():
    dice = Dice(0)
    drawn = {dice.between(Decimal("0.994"), Decimal("1.021"), whole=False) for _ in range(200)}
    assert drawn == {Decimal("1.00"), Decimal("1.01"), Decimal("1.02")}
    assert {dice.between(1, 3, whole=True) for _ in range(100)} == {1, 2, 3}


def test_choose_some_gives_different_places_and_no_more_than_there_are():
    dice = Dice(0)
    assert sorted(dice.choose_some([1, 1, 2], 5)) == [1, 1, 2]
    assert len(set(dice.choose_some(list(range(9)), 4))) == 4
    assert dice.choose_some([1], 0) == []
