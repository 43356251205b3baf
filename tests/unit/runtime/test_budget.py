"""A specification cannot keep a checker busy: a computation that goes on too long is not known."""

from cove_dsl.backends.python.runtime.report import verify_conversation
from cove_dsl.pipeline import Compiler
from cove_dsl.world.program import program_of

SPEC = """domain slow "Slow"
record User { user_id: id, visits: int }
table users: User key user_id
write tool visit(n: int) -> int "Counts for a long time." {
  return count([c for a in 1..10000 for b in 1..10000 for c in 1..10000])
}
rule patient "Counts for a long time." {
  before call to visit
  require some_day: count([c for a in 1..10000 for b in 1..10000 for c in 1..10000]) > 5
}
"""


def test_an_endless_count_is_unknown():
    compiled = Compiler().compile([("slow.cove", SPEC.encode())], {})
    assert compiled.spec is not None
    call = {"id": "1", "type": "function", "function": {"name": "visit", "arguments": {"n": 1}}}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "7"},
    ]
    state = {"users": {"a": {"user_id": "a", "visits": 0}}}
    report = verify_conversation(program_of(compiled.spec), messages, state)
    assert report["verdict"] == "unknown"
    assert report["rules"][0]["verdict"] == "unknown"
    assert not report["world"]["mismatches"]
