"""An agent of the tea shop behind its policy, over any chat-completions server.

OPENAI_BASE_URL=… OPENAI_API_KEY=… python docs/examples/guard_openai.py MODEL "What the customer says" …
"""

import sys
from pathlib import Path
from typing import Any

from openai import OpenAI

import cove_dsl as cove

HERE = Path(__file__).parent
MOST_CALLS = 20


def shop_tools(desk: cove.Desk, world: cove.World) -> dict[str, Any]:
    """The shop's tools. Here they run in the specification's sandbox; yours are yours."""
    sandbox = desk.sandbox(world)

    def tool(name: str) -> Any:
        def call(**arguments: Any) -> Any:
            result = sandbox.call(name, arguments)
            return result.value if result.ok else f"Error: {result.value}"

        return call

    return {name: tool(name) for name in desk.program.tools}


def reply(client: OpenAI, model: str, desk: cove.Desk, guard: cove.Guard, messages: list[Any]) -> str:
    """The agent's answer, after as many guarded calls as it needs."""
    for _ in range(MOST_CALLS):
        made = client.chat.completions.create(model=model, messages=messages, tools=desk.tool_schemas())
        message = made.choices[0].message
        guard.observe(message)  # before its calls are made
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            return message.content or ""
        messages += [guard.answer(call) for call in message.tool_calls]
    return "I am sorry, I cannot find the answer."


def talk(client: OpenAI, model: str, said: list[str]) -> cove.Guard:
    """A whole conversation; gives the guard, which knows what happened and what was refused."""
    desk = cove.load(str(HERE / "tea.cove"))
    world = cove.World.from_json(HERE / "shop.json", desk)
    guard = cove.guard(shop_tools(desk, world), desk.monitor(world), undecided="deny")
    messages: list[Any] = [{"role": "system", "content": desk.instructions()}]
    for text in said:
        messages.append({"role": "user", "content": text})
        guard.observe(messages[-1])
        print(f"> {text}\n{reply(client, model, desk, guard, messages)}")
    guard.finish()
    return guard


if __name__ == "__main__":
    for refusal in talk(OpenAI(), sys.argv[1], sys.argv[2:]).refusals:
        print(f"refused: {refusal.tool}: {', '.join(refusal.decision.rules)}")
