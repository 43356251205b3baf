"""A tea shop's tools as an MCP server, for trying `covec guard`: python docs/examples/tea_server.py [DB.json]"""

import json
import sys
from pathlib import Path

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

import cove_dsl as cove

HERE = Path(__file__).parent
desk = cove.load(str(HERE / "tea.cove"))
shop = desk.sandbox(cove.World.from_json(sys.argv[1] if len(sys.argv) > 1 else HERE / "shop.json", desk))
server = MCPServer("tea shop")


def made(name: str, **given: str) -> object:
    """What the shop does. What it refuses is an error."""
    result = shop.call(name, given)
    if not result.ok:
        raise ToolError(result.value)
    return json.loads(json.dumps(result.value, default=float))


@server.tool()
def find_customer(email: str) -> object:
    """Finds a customer's id."""
    return made("find_customer", email=email)


@server.tool()
def get_order(order_id: str) -> object:
    """Shows an order."""
    return made("get_order", order_id=order_id)


@server.tool()
def cancel_order(order_id: str, reason: str) -> object:
    """Cancels an open order."""
    return made("cancel_order", order_id=order_id, reason=reason)


@server.tool()
def close_the_shop() -> str:
    """Something that no specification speaks of."""
    return "closed"


if __name__ == "__main__":
    server.run()
