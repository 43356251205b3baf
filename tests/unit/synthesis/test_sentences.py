"""What authors have users say: word for word, in each of its ways, and never what fits several things."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cove_dsl.backends.prompt.words import told_moment
from cove_dsl.synthesis.describe import moment
from cove_dsl.synthesis.dialogue import hold_now
from cove_dsl.synthesis.sample import NoTask, Sampler
from cove_dsl.synthesis.scripted_agent import ScriptedAgent
from cove_dsl.synthesis.scripted_user import ScriptedUser
from cove_dsl.tools.cli import covec
from cove_dsl.world.desk import World, load
from cove_dsl.world.generate import generate_world
from cove_dsl.world.state import apply_start, world_of

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
RULE = """
rule cost_is_told "After a cancellation, tell the customer what the order came to." {
  after ok call to cancel_order
  let order = orders[call.order_id] else skip
  eventually agent message where says_amount(it, total(order))
}
"""
SCENARIO = """
scenario in_words "As people talk." {{
  pick customer from customers
  pick order    from orders where .customer_id == customer.customer_id and .status == open
  pick line     from order.lines
  {why}
  goal cancel_order(order.order_id, {reason}) "{wish}"
  knows customer.email, {knows}
  volunteers {said}
  describes order by placed "what I ordered on {{order.placed}}"
}}
"""
WAYS = ["There are {line.grams} g of {line.tea} in it.", "Of {line.tea} I took {line.grams} g."]


@pytest.fixture
def sampler(tmp_path):
    def make(
        said, change=lambda rows: None, rule="", why="", knows='changed_mind "why"', reason="changed_mind",
        wish="cancel your order",
    ):  # fmt: skip
        folder = tmp_path / "desk"
        folder.mkdir(exist_ok=True)
        (folder / "tea.cove").write_text((EXAMPLES / "tea.cove").read_text(encoding="utf-8"), encoding="utf-8")
        (folder / "more.cove").write_text(
            SCENARIO.format(said=said, why=why, knows=knows, reason=reason, wish=wish) + rule, encoding="utf-8"
        )
        rows = json.loads((EXAMPLES / "shop.json").read_text(encoding="utf-8"))
        change(rows)
        (tmp_path / "shop.json").write_text(json.dumps(rows), encoding="utf-8")
        desk = load(str(folder))
        return Sampler(desk, World.from_json(str(tmp_path / "shop.json"), desk), 3, "in_words")

    return make


def test_an_amount_that_a_rule_wants_told_is_told(sampler, tmp_path):
    made = sampler('"I am in a hurry."', rule=RULE)
    for task in map(made.task, range(3)):
        start = World(made.desk.program, apply_start(made.world.inner, list(task.start)))
        agent = ScriptedAgent(task, made.desk, start, made.shape)
        held = hold_now(ScriptedUser(task, made.desk.spec), agent, made.desk.sandbox(start))
        report = made.desk.verify(held.messages, world=start)
        verdicts = {r["rule"]: r["verdict"] for r in report.rules}
        assert verdicts["cost_is_told"] == "satisfied", held.messages


def test_the_agent_asks_for_a_choice_that_no_rule_has_it_ask_for(sampler):
    made = sampler('"I am in a hurry."', why="pick why from Reason", knows='why "why"', reason="why")
    for task in map(made.task, range(4)):
        said = said_by_user(made, task)
        (phrase,) = [f.phrase for f in task.moves[0].facts if f.shape == "choice"]
        assert any(phrase.lower() in text.lower() for text in said[1:]), said


def test_a_wish_holds_what_was_drawn_wherever_it_is_said(sampler):
    made = sampler('"I am in a hurry."', wish="send your {line.tea} of {order.placed} back")
    for task in map(made.task, range(4)):
        line, order = task.bindings["in_words/line"], task.bindings["in_words/order"]
        wish = f"{line['tea']} of {moment(order['placed'], made.desk.spec.clock)} back"
        assert f"send my {wish}" in said_by_user(made, task)[0]
        assert any(f"send your {wish}" in text for text in said_by(made, task, "assistant"))
        assert f"Send your {line['tea']} of {told_moment(order['placed'])} back" in task.prompt


def said_by_user(sampler, task):
    return said_by(sampler, task, "user")


def said_by(sampler, task, role):
    start = World(sampler.desk.program, apply_start(sampler.world.inner, list(task.start)))
    agent = ScriptedAgent(task, sampler.desk, start, sampler.shape)
    held = hold_now(ScriptedUser(task, sampler.desk.spec), agent, sampler.desk.sandbox(start))
    return [m["content"] for m in held.messages if m["role"] == role and m.get("content")]


def test_the_user_says_each_way_word_for_word(sampler):
    made = sampler(" or ".join(f'"{way}"' for way in WAYS))
    heard = set()
    for task in map(made.task, range(12)):
        line, order = task.bindings["in_words/line"], task.bindings["in_words/order"]
        opening = said_by_user(made, task)[0]
        filled = [way.replace("{line.grams}", str(line["grams"])).replace("{line.tea}", line["tea"]) for way in WAYS]
        (way,) = [i for i, text in enumerate(filled) if text in opening]
        heard.add(way)
        assert f"what I ordered on {moment(order['placed'], made.desk.spec.clock)}" in opening
        assert filled[0] in task.prompt
    assert heard == {0, 1}


def test_a_sentence_without_values_is_said(sampler):
    made = sampler('"I am in a hurry."')
    assert all("I am in a hurry." in said_by_user(made, made.task(i))[0] for i in range(3))


def test_a_value_that_fits_several_things_makes_no_task(sampler):
    def alike(rows):
        for order in rows["orders"].values():
            order["lines"] = [dict(order["lines"][0]), dict(order["lines"][0])]

    made = sampler('"There is {line.tea} in it."', alike)
    with pytest.raises(NoTask, match="a description fits several rows"):
        made.task(0)


HIVES = """
domain hives "A keeper of bees"
record Hive { hive_id: ref keepers.hives, colour: text, strips: int }
record Keeper { keeper_id: id, name: text, hives: map[id, Hive] }
table keepers: Keeper key keeper_id
describe keepers.hives by colour
read tool find_keeper(name: text) -> Keeper "Finds a keeper." {
  let keeper = first(keepers where .name == name) else fail "Nobody is called so"
  return keeper
}
write tool treat(keeper_id: ref keepers, hive_id: ref keepers.hives) -> Hive "Treats a hive." {
  let hive = keepers[keeper_id]?.hives[hive_id] else fail "No such hive"
  increase hive.strips by 1
  return hive
}
use desk(user: first((earlier ok call to find_keeper).result.keeper_id), writes: writes, hand_over: hand_over,
         transfer_line: "One moment.")
tool hand_over(summary: text) -> text { return "Done" }
scenario mites "There are mites." {
  pick keeper from keepers
  pick hive from values(keeper.hives)
  goal treat(keeper.keeper_id, hive.hive_id) "have your {hive.colour} hive treated"
  knows keeper.name
  describes hive by colour or by strips
}
generate "Keepers." {
  for name in ["Ada", "Bo", "Cy"] {
    let hives = for colour in ["red", "blue", "green"] {
      let key = "H{unique_digits(3)}"
      yield (key, Hive(hive_id: key, colour: colour, strips: between(1, 9)))
    }
    insert Keeper(keeper_id: "K{unique_digits(3)}", name: name, hives: map_of(hives)) into keepers
  }
}
"""


def test_an_entry_of_a_map_is_named_among_those_beside_it(tmp_path):
    (tmp_path / "hives.cove").write_text(HIVES, encoding="utf-8")
    desk = load(str(tmp_path))
    world = World(desk.program, world_of(generate_world(desk.spec, 0), desk.program))
    made, ways = Sampler(desk, world, 0), set()
    for task in map(made.task, range(8)):
        hive = task.bindings["mites/hive"]
        by_colour, opening = f"my {hive['colour']} hive", said_by_user(made, task)[0]
        assert opening.count(by_colour) == 1, opening  # in the wish, and not once more
        ways.add(by_strips := f"The hive with strips {hive['strips']}." in task.prompt)
        assert (f"my hive with {hive['strips']} strip" in opening) == by_strips, opening
        assert by_strips or f"The hive with colour {hive['colour']}." in task.prompt
        listed = f"- Hive: {hive['hive_id']} ({hive['colour']})"
        assert any(listed in text for text in said_by(made, task, "assistant"))
    assert ways == {True, False}


def test_a_thing_is_named_by_its_key_where_nothing_else_tells_it(tmp_path):
    ways = HIVES.replace("describes hive by colour or by strips", "describes hive by hive_id or by colour")
    for name, colour, by_key in (("apart", "colour", False), ("alike", '"red"', True)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "hives.cove").write_text(ways.replace("colour: colour", f"colour: {colour}"), encoding="utf-8")
        desk = load(str(folder))
        made = Sampler(desk, World(desk.program, world_of(generate_world(desk.spec, 0), desk.program)), 0)
        for task in map(made.task, range(4)):
            named = f"my hive {task.bindings['mites/hive']['hive_id']}" in said_by_user(made, task)[0]
            assert named == by_key


def test_a_run_of_one_person_and_one_thing_is_said_to_teach_little(tmp_path):
    one = HIVES.replace('["Ada", "Bo", "Cy"]', '["Ada"]').replace('["red", "blue", "green"]', '["red"]')
    for name, text in (("one", one), ("many", HIVES)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hives.cove").write_text(text, encoding="utf-8")
        asked = ["synth", str(tmp_path / name), "-n", "4", "-o", str(tmp_path / f"{name}_run")]
        told = CliRunner().invoke(covec, asked)
        assert told.exit_code == 0, told.output
        assert ("mites: all 4 tasks are of one person and one thing" in told.output) == (name == "one")
