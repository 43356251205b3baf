"""What a message says is found out once, however often rules look back at it."""

import json

from cove_dsl.backends.python.runtime import engine, language
from cove_dsl.world.conversations import Record
from cove_dsl.world.desk import World, load
from cove_dsl.world.verify import verify_record
from tests.conftest import ROOT

TEA, SHOP = (str(ROOT / "docs/examples" / name) for name in ("tea.cove", "shop.json"))


def _talk(turns: int) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = []
    for turn in range(turns):
        arguments = json.dumps({"order_id": f"T9{turn}", "reason": "takes too long"})
        call = {"id": str(turn), "type": "function", "function": {"name": "cancel_order", "arguments": arguments}}
        messages += [
            {"role": "user", "content": f"It is too slow, number {turn}."},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": str(turn), "content": "Error: No such order"},
        ]
    return messages


def test_a_fact_hears_each_message_once(monkeypatch) -> None:
    heard: list[str] = []

    def mentions(text: str, phrases: object) -> bool:
        if isinstance(phrases, list) and "too slow" in phrases:
            heard.append(text)
        return language.mentions(text, phrases)

    monkeypatch.setattr(engine, "mentions", mentions)
    desk = load(TEA)
    record = Record("r", list(_talk(40)))
    report = verify_record(desk.program, World.from_json(SHOP, desk).inner, record)
    assert len(heard) == len(set(heard)) == 40
    assert {r["rule"]: r["verdict"] for r in report["rules"]}["reason_is_told"] == "satisfied"


def test_what_many_messages_say_is_remembered() -> None:
    texts = [f"message number {n} says something" for n in range(3000)]
    for text in texts:
        language.normalise(text)
        language.sentences(text)
    before = (language._normalise_brief.cache_info().misses, language._sentences_brief.cache_info().misses)
    for text in texts:
        language.normalise(text)
        language.sentences(text)
    assert (language._normalise_brief.cache_info().misses, language._sentences_brief.cache_info().misses) == before
