"""The clock given from outside: as another `clock` line would be, and as one that goes on."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import cove_dsl as cove
from cove_dsl.pipeline import Compiler
from cove_dsl.synthesis.scenes import definition
from cove_dsl.tools.cli import covec

LINE = "clock 2026-04-06T10:00:00+01:00"
TEXT = f"""domain n "Slots"
{LINE}
record Slot {{ slot_id: id, at: datetime, made: datetime? }}
table slots: Slot key slot_id
define today -> date = date_of(clock)
define opening -> datetime = 2026-04-06T10:00:00+01:00
read tool get_slot(slot_id: ref slots) -> Slot "Shows a slot." {{
  let slot = slots[slot_id] else fail "no such slot"
  return slot
}}
write tool cancel(slot_id: ref slots) -> text "Cancels." {{
  let slot = slots[slot_id] else fail "no such slot"
  require slot.at > clock else fail "it was past at {{clock}}"
  set slot.made = clock
  return "cancelled on {{today}}, opened {{opening}}"
}}
rule a_day_ahead "Cancel a day ahead." {{
  before call to cancel
  let slot = slots[call.slot_id] else skip
  require early: slot.at - clock >= 24 hours
}}
rule not_before_noon "No more once somebody has spoken, after noon." {{
  before call to cancel
  require quiet: no (earlier user message where time_of(clock) > 12:00)
}}
rule today_only "Say the date." {{ after ok call to cancel  eventually agent message where mentions(it, text(today)) }}
"""
STATE = {"slots": {"a": {"slot_id": "a", "at": "2026-04-07T10:30", "made": None}}}
CANCEL = {"name": "cancel", "arguments": {"slot_id": "a"}}
MOMENTS = st.datetimes(datetime(2026, 4, 5), datetime(2026, 4, 9)).map(lambda d: d.replace(microsecond=0))
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-5))])


def desk_of(text: str) -> cove.Desk:
    compiled = Compiler().compile([("n.cove", text.encode())], {})
    assert compiled.spec is not None, [p.message for p in compiled.problems]
    return cove.Desk(compiled.spec)


DESK = desk_of(TEXT)
WORLD = cove.World.from_dict(STATE, DESK)


def messages(desk: cove.Desk) -> list[dict]:
    made = {"id": "1", "type": "function", "function": CANCEL}
    done = desk.sandbox(WORLD).call("cancel", {"slot_id": "a"})
    text = done.value if done.ok else f"Error: {done.value}"
    return [
        {"role": "user", "content": "Cancel it."},
        {"role": "assistant", "content": None, "tool_calls": [made]},
        {"role": "tool", "tool_call_id": "1", "content": text},
        {"role": "assistant", "content": "Done, as of 2026-04-06."},
    ]


@settings(max_examples=25, deadline=None)
@given(MOMENTS, ZONES)
def test_a_desk_at_a_moment_is_the_desk_with_that_clock_line(moment, zone):
    written = moment.replace(tzinfo=zone or timezone(timedelta(hours=1))).isoformat()
    moved, told = DESK.at(moment.replace(tzinfo=zone)), desk_of(TEXT.replace(LINE, f"clock {written}"))
    assert moved.spec.clock == told.spec.clock == written
    assert moved.spec.rules == told.spec.rules
    assert moved.spec.tools == told.spec.tools
    assert moved.instructions() == told.instructions()
    ours, theirs = (messages(d) for d in (moved, told))
    assert ours == theirs
    one, two = (d.verify(ours, world=WORLD) for d in (moved, told))
    assert [(r["rule"], r["verdict"]) for r in one.rules] == [(r["rule"], r["verdict"]) for r in two.rules]
    live = DESK.monitor(WORLD, complete=True, now=lambda: moment.replace(tzinfo=zone))
    fixed = told.monitor(WORLD, complete=True)
    for monitor in (live, fixed):
        monitor.observe(ours[0])
    assert (live.allows(CANCEL).verdict, live.allows(CANCEL).rules) == (
        fixed.allows(CANCEL).verdict,
        fixed.allows(CANCEL).rules,
    )


def test_only_what_was_written_as_clock_moves():
    opened = DESK.at("2026-04-05").sandbox(WORLD).call("cancel", {"slot_id": "a"}).value
    assert opened == "cancelled on 2026-04-05, opened 2026-04-06T10:00:00+01:00"


def test_a_clock_that_goes_on_is_asked_before_each_question():
    now = ["2026-04-06T10:29"]
    live, other = DESK.monitor(WORLD, now=lambda: now[0]), DESK.monitor(WORLD)
    live.observe({"role": "user", "content": "Hi."})
    assert live.allows(CANCEL).verdict == "allow"
    now[0] = "2026-04-06T10:31"
    assert live.allows(CANCEL).rules == ("a_day_ahead",)
    now[0] = "2026-04-06T12:30"
    assert live.allows(CANCEL).rules == ("a_day_ahead", "not_before_noon")
    now[0] = "2026-04-06T09:29:00Z"
    assert live.allows(CANCEL).verdict == "allow"
    assert other.allows(CANCEL).verdict == "allow"


def test_a_call_that_was_allowed_is_not_judged_by_a_later_moment():
    now = [datetime(2026, 4, 6, 10, 29)]

    def cancel(slot_id: str) -> str:
        now[0] += timedelta(hours=5)  # a slow tool
        return "cancelled"

    tools = cove.guard([cancel], DESK.monitor(WORLD, now=lambda: now[0]))
    tools.observe({"role": "user", "content": "Cancel it."})
    assert tools["cancel"](slot_id="a") == "cancelled"
    assert not tools.refusals
    assert {j.verdict for j in tools.monitor.run.judgements if j.rule != "today_only"} == {"satisfied"}
    tools.observe({"role": "assistant", "content": "Done on 2026-04-06."})
    assert {j.verdict for j in tools.finish()} <= {"satisfied"}


@pytest.mark.parametrize("now", ["soon", "10:00", "2026-13-01", "2026-04-06 at ten", ""])
def test_what_is_no_moment_is_refused(now):
    with pytest.raises(ValueError, match="is no moment: write it as `2026-04-06T10:00:00"):
        DESK.at(now)
    with pytest.raises(ValueError, match="is no moment"):
        DESK.monitor(now=lambda: now)


def test_a_desk_without_a_clock_has_no_other_moment():
    plain = desk_of("domain n\nread tool look() -> text touches nothing\n")
    with pytest.raises(ValueError, match="`n` has no `clock`"):
        plain.at("2026-04-06")


def test_commands_take_a_moment(tmp_path):
    spec, state, talk, calls = (str(tmp_path / n) for n in ("n.cove", "db.json", "talk.jsonl", "calls.jsonl"))
    (tmp_path / "n.cove").write_text(TEXT, encoding="utf-8")
    (tmp_path / "db.json").write_text(json.dumps(STATE), encoding="utf-8")
    (tmp_path / "talk.jsonl").write_text(json.dumps({"id": "x", "messages": messages(DESK)}), encoding="utf-8")
    (tmp_path / "calls.jsonl").write_text(json.dumps({"id": "x", "calls": [CANCEL]}), encoding="utf-8")

    def run(*arguments):
        return CliRunner().invoke(covec, [*arguments])

    judge = ["verify", spec, talk, "--state", state, "--rule", "a_day_ahead", "--format", "json"]
    plain, late = run(*judge), run(*judge, "--now", "2026-04-06T11:00")
    assert (plain.exit_code, json.loads(plain.stdout).get("now")) == (0, None)
    assert (late.exit_code, json.loads(late.stdout)["now"]) == (1, "2026-04-06T11:00+01:00")
    assert run("show", talk, "x", "--spec", spec, "--state", state, "--now", "2026-04-06T11:00").exit_code == 1
    done = run("replay", spec, "--state", state, "--calls", calls, "--now", "2026-05-01", "--format", "json")
    [made] = json.loads(done.stdout)["calls"]
    assert made == {"ok": False, "result": "Error: it was past at 2026-05-01T00:00:00+01:00"}
    wrong = run("verify", spec, talk, "--now", "soon")
    assert wrong.exit_code == 2
    assert "`soon` is no moment" in wrong.stderr


def test_what_synthesis_compiles_knows_the_moment():
    """A specification keeps its hash at another moment: what was compiled for the one is not taken for the other."""
    days = [definition(desk.spec, "today")(None) for desk in (DESK, DESK.at("2026-05-01"), DESK)]
    assert days == ["2026-04-06", "2026-05-01", "2026-04-06"]
