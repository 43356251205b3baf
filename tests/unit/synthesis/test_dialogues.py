"""Scripted dialogues: the agent's verify, the user's give nothing away, and what either says is well formed."""

import re

from cove_dsl.backends.python.runtime.language import affirms
from cove_dsl.synthesis import phrases
from cove_dsl.synthesis.parties import STOP


def words_of(dialogue, role):
    return [m["content"] for m in dialogue.messages if m["role"] == role and m["content"]]


def test_every_scripted_dialogue_verifies(retail, dialogues, start_of):
    failed = []
    for task, held in dialogues:
        report = retail.verify(held.messages, start_of(task), {"cove": task.cove_object()})
        if report.score != 1 or held.ended != "user_stop":
            failed.append((task.id, report.score, [r["rule"] for r in report.rules if r["verdict"] == "violated"]))
    assert failed == []


def test_no_warning_is_earned_either(retail, dialogues, start_of):
    for task, held in dialogues[:60]:
        report = retail.verify(held.messages, start_of(task), {"cove": task.cove_object()})
        odd = [r["rule"] for r in report.rules if r["verdict"] != "satisfied" and r["severity"] != "judged"]
        assert odd == [], task.id


def test_an_agent_that_does_nothing_earns_less(retail, dialogues, start_of):
    silent = [{"role": "assistant", "content": "Hello."}, {"role": "user", "content": f"Bye. {STOP}"}]
    for task, _ in dialogues:
        report = retail.verify(silent, start_of(task), {"cove": task.cove_object()})
        assert report.score != 1, task.id


def keys_of(value):
    """Every key of a row that a binding holds, whatever it is called."""
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str) and (name == "id" or name.endswith("_id")):
                yield item
            yield from keys_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys_of(item)


def test_users_never_say_a_key_that_their_task_hides(dialogues):
    for task, held in dialogues:
        facts = (*task.profile.knows, *task.profile.volunteers, *task.profile.person)
        told = {str(v) for f in facts for v in (f.value if isinstance(f.value, list) else [f.value])}
        hidden = {k for k in keys_of(task.bindings) if k not in told}
        said = " ".join(words_of(held, "user"))
        assert not [k for k in hidden if k in said], task.id


def test_users_speak_of_themselves(dialogues):
    for task, held in dialogues:
        for text in words_of(held, "user"):
            assert not re.search(r"\byour (order|gift|home|email|address)\b", text), (task.id, text)
            assert not re.search(r"\{|\}|\bNone\b|  ", text), (task.id, text)


def test_agents_leave_no_hole_in_what_they_say(dialogues):
    for task, held in dialogues:
        for text in words_of(held, "assistant"):
            assert not re.search(r"\{|\}|\bNone\b|  ", text), (task.id, text)


def test_a_step_is_a_text_or_one_call(dialogues):
    for task, held in dialogues:
        for m in held.messages:
            if m["role"] == "assistant":
                assert (m["content"] is None) != (not m.get("tool_calls")), task.id
                assert len(m.get("tool_calls") or ()) <= 1
            if m["role"] == "tool":
                assert m["tool_call_id"]
                assert m["name"]


def test_every_authored_yes_is_a_yes():
    assert [t for t in phrases.YES if affirms(t) is not True] == []
    assert [t for t in phrases.NO if affirms(t) is not False] == []


def test_patience_is_no_yes():
    assert [t for t in (*phrases.GO_ON, *phrases.GIVE_UP) if affirms(t)] == []


def test_a_wish_in_the_authors_words_is_spoken_by_both_sides(dialogues):
    held = [h for t, h in dialogues if t.scenarios == ("pay_another_way",)]
    assert held
    for dialogue in held:
        assert any("pay for my order another way" in text for text in words_of(dialogue, "user"))
        assert any("pay for your order another way" in text for text in words_of(dialogue, "assistant"))


def test_reminders_and_duties_are_the_specifications_own_words(dialogues):
    reminded = [t for _, held in dialogues for t in words_of(held, "assistant") if "please make sure that" in t]
    assert reminded
    assert all("all items to be changed are listed" in t for t in reminded)
