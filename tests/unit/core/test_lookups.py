"""Written tables are looked up alike in the reference evaluator and in the checker, by one parameter and by two."""

import pytest

from cove_dsl.backends.python.blocks import Block, compile_blocks
from cove_dsl.backends.python.runtime.engine import Run
from cove_dsl.backends.python.runtime.opening import open_world
from cove_dsl.backends.python.runtime.values import UNKNOWN as NOT_KNOWN
from cove_dsl.core.evaluator import Evaluator, Past
from cove_dsl.core.memory_world import MemoryWorld
from cove_dsl.core.nodes import Apply
from cove_dsl.core.values import UNKNOWN
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

HEAD = """domain mews
enum Model { tail, backpack = "back pack" }
enum Grade { novice, master }
record Bird { bird_id: id, model: Model?, country: text }
table birds: Bird key bird_id
lookup fee(model: Model) -> money {
  | model    | fee |
  |----------|-----|
  | backpack | $45 |
  | tail     | $30 |
}
lookup share(country: text) -> decimal {
  | country | share |
  | "FR"    | 0.2   |
}
lookup price(model: Model, grade: Grade) -> money {
  |          | novice | master |
  | tail     | $30    | $20    |
  | backpack | $45    | $40    |
}
"""
STATE = {"birds": {"a": {"bird_id": "a", "model": "back pack", "country": "FR"}, "b": {"bird_id": "b", "country": "X"}}}
WORTH = {
    "fee(tail)": 30,
    "fee(backpack) * 2": 90,
    'fee(birds["a"]?.model else tail)': 45,
    'fee(birds["b"]?.model else tail)': 30,
    'fee(birds["c"]?.model else backpack)': 45,
    "sum(fee(m) for m in Model)": 75,
    '$10 * share("FR")': 2,
    '$10 * share("DE")': "unknown",
    'share(first(birds)?.country else "DE") * $10': 2,
    "price(backpack, master) - price(tail, master)": 20,
}


@pytest.mark.parametrize("text", WORTH)
def test_reference_and_checker_agree(text):
    compiled = Compiler().compile([("m.cove", f"{HEAD}define worth -> money = {text}\n".encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    asked = Apply("define:worth", (), compiled.spec.defines["worth"].returns)
    reference = Evaluator(compiled.spec, MemoryWorld(compiled.spec, STATE), None, Past()).evaluate(asked, {})
    program = program_of(compiled.spec)
    made = compile_blocks(compiled.spec, {"it": Block((), (asked,))})
    checked = made.functions["it"](Run(program._replace(patterns=made.patterns), open_world(program, STATE)))[0]
    run = Run(program._replace(patterns=made.patterns), open_world(program, STATE))
    assert ("unknown" if reference is UNKNOWN else reference) == WORTH[text]
    assert ("unknown" if checked(run) is NOT_KNOWN else checked(run)) == WORTH[text]
