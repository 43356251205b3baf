"""How an agent comes to know a key that no row of the user's leads to: by a tool that searches.

In: a call that is planned, and what is known so far. Out: calls of read tools, each of which shows keys that the
planned call names. Every search is tried in the sandbox first, so none is made in vain.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any

from ..backends.python.runtime.sandbox import Sandbox
from ..core.nodes import Tool
from ..core.spec import Spec
from ..core.types import EnumType, ListType, Prim, RecordType, Ref, Type, strip

MOST_TRIES = 2_000
Call = dict[str, Any]


def searches(spec: Spec, c: Sandbox, call: Call, rows: Iterable[Any], seen: Callable[[str], bool]) -> Iterator[Call]:
    """The searches that show what a call names. `rows`: what has been read; `seen`: whether a key was shown."""
    params = {p.name: p.type for p in spec.tools[call["name"]].params}
    for name, value in call["arguments"].items():
        for item, key in _keys(spec, value, params[name]):
            if not seen(key):
                found = _search(spec, c, key, [item, call["arguments"], *rows])
                if found is not None:
                    yield found


def ids_of(spec: Spec, call: Call) -> list[str]:
    """The ids that a call names, alone or in lists."""
    found: list[str] = []
    for param in (p for p in spec.tools[call["name"]].params if p.name in call["arguments"]):
        value, kind = call["arguments"][param.name], strip(param.type)
        values, kind = (value, strip(kind.item)) if isinstance(kind, ListType) else ([value], kind)
        if isinstance(kind, Ref) or kind == Prim("id"):
            found += [v for v in values if isinstance(v, str)]
    return list(dict.fromkeys(found))


def search_for(spec: Spec, c: Sandbox, value: Any, said: Iterable[Any]) -> Call | None:
    """The search that shows a value, with what was said as arguments."""
    names = {p.name for t in spec.tools.values() if _is_search(t) for p in t.params}
    return _search(spec, c, value, [dict.fromkeys(names, word) for word in said])


def listing(spec: Spec, c: Sandbox, key: str, known: Iterable[tuple[str, str]]) -> Call | None:
    """The call that lists a key: by nothing, or by a row that is known. `known`: rows by table and key."""
    known = list(known)
    for tool in spec.tools.values():
        if tool.kind != "read" or tool.requestor != "agent" or len(tool.params) > 1:
            continue
        kinds = [strip(p.type) for p in tool.params]
        given = [{tool.params[0].name: k} for t, k in known if kinds[0] == Ref(t)] if kinds else [{}]
        for arguments in given:
            found = c.fork().call(tool.name, arguments)
            if found.ok and holds(found.value, key):
                return {"name": tool.name, "arguments": arguments}
    return None


def search_amount(spec: Spec, c: Sandbox, amount: Any, call: Call, rows: Iterable[Any]) -> Call | None:
    """The search that shows an amount, with what a call names as arguments."""
    lists = [v for v in call["arguments"].values() if isinstance(v, list)]
    return _search(spec, c, amount, [*lists, call["arguments"], *rows])


def look_ups(spec: Spec, tools: Iterable[str], rows: Iterable[Any]) -> Iterator[Call]:
    """Calls of tools with the things in some rows that hold a field for each parameter."""
    rows = list(rows)
    for tool in tools:
        names = [p.name for p in spec.tools[tool].params]
        for found in _with_all(rows, names):
            yield {"name": tool, "arguments": {name: found[name] for name in names}}


def _with_all(value: Any, names: list[str]) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if names and all(isinstance(value.get(name), str) for name in names):
            yield value
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _with_all(part, names)


def _keys(spec: Spec, value: Any, kind: Type) -> Iterator[tuple[Any, str]]:
    """The keys in a list of records, each with its record; a key by itself."""
    kind = strip(kind)
    if isinstance(kind, Ref) and isinstance(value, str):
        yield {}, value
    if isinstance(kind, ListType) and isinstance(kind.item, RecordType):
        fields = spec.records[kind.item.name].fields.values()
        names = [f.name for f in fields if isinstance(strip(f.type), Ref)]
        yield from ((item, item[n]) for item in value for n in names)


def _search(spec: Spec, c: Sandbox, key: Any, sources: list[Any]) -> Call | None:
    tools = [t for t in spec.tools.values() if t.kind == "read" and t.requestor == "agent" and _is_search(t)]
    tries = merge(*(_ranked(spec, tool, sources) for tool in tools), key=lambda t: t[0])
    for _, tool, arguments in islice(tries, MOST_TRIES):
        found = c.fork().call(tool.name, arguments)
        if found.ok and holds(found.value, key):
            return {"name": tool.name, "arguments": arguments}
    return None


def is_sought_by(spec: Spec, value: Any) -> bool:
    """Whether some search takes a value as one of a few: whoever searches has to know which."""
    kinds = (strip(p.type) for t in spec.tools.values() if _is_search(t) and t.kind == "read" for p in t.params)
    return any(value in spec.enums[k.name].values.values() for k in kinds if isinstance(k, EnumType))


def _is_search(tool: Tool) -> bool:
    """Whether a tool finds rows by what they hold, and not by a key."""
    return bool(tool.params) and not any(isinstance(p.type, Ref) for p in tool.params)


def _ranked(spec: Spec, tool: Tool, sources: list[Any]) -> Iterator[tuple[int, Tool, Call]]:
    """Values for a tool's parameters, the likeliest first: each with how far down in the pools they lie, summed."""
    pools = _pools(spec, tool, sources)
    values = list(pools.values())
    for rank in range(sum(len(v) - 1 for v in values) + 1 if all(values) else 0):
        for chosen in _of_rank(values, rank):
            if len(set(chosen)) == len(chosen):  # from a place to itself leads nowhere
                yield rank, tool, dict(zip(pools, chosen, strict=True))


def _of_rank(pools: list[list[str]], rank: int) -> Iterator[tuple[str, ...]]:
    """One value of each pool, whose places add up to a rank."""
    if not pools:
        yield from [()] if rank == 0 else []
        return
    first, *rest = pools
    for at in range(min(rank, len(first) - 1) + 1):
        yield from ((first[at], *others) for others in _of_rank(rest, rank - at))


def _pools(spec: Spec, tool: Tool, sources: list[Any]) -> dict[str, list[str]]:
    """Values for each parameter, from what holds fields of these names; those of one type may change places. Where
    there are few to choose among, any."""
    kinds = {p.name: str(strip(p.type)) for p in tool.params}
    alike = {name: [name, *(n for n, k in kinds.items() if k == kind and n != name)] for name, kind in kinds.items()}
    few = {p.name: spec.enums[k.name].values.values() for p in tool.params if isinstance(k := strip(p.type), EnumType)}
    return {name: list(dict.fromkeys([*_values(sources, ns), *few.get(name, ())])) for name, ns in alike.items()}


def _values(sources: list[Any], names: list[str]) -> Iterator[str]:
    """The texts at some names, those of the nearest source first, and in it those of the first name."""
    for source in sources:
        for name in names:
            yield from _texts(source, name)


def _texts(value: Any, name: str) -> Iterator[str]:
    """The texts at a name, the outermost first."""
    level = [value]
    while level:
        yield from (v[name] for v in level if isinstance(v, dict) and isinstance(v.get(name), str))
        parts = (v.values() if isinstance(v, dict) else v for v in level if isinstance(v, (dict, list)))
        level = [part for some in parts for part in some if isinstance(part, (dict, list))]


def holds(value: Any, key: Any) -> bool:
    """Whether a key, or another value, stands anywhere in a value."""
    if isinstance(value, dict):
        return any(holds(v, key) for v in value.values())
    return any(holds(v, key) for v in value) if isinstance(value, list) else value == key


__all__ = ["holds", "ids_of", "is_sought_by", "listing", "look_ups", "search_amount", "search_for", "searches"]
