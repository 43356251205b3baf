"""A world in plain dicts: simple enough to be believed.

Enters: a JSON state `{table: {key: row} | [row, …], state: {…}}`. Guaranteed: the state given is never touched, and
every change since a mark can be taken back.
"""

from collections.abc import Callable, Mapping
from copy import copy

from attrs import define, field

from .spec import Spec
from .values import UNKNOWN, Unknown, Value, detached


@define
class MemoryWorld:
    """Tables and states of one run. With `unknown`, what the state does not hold is unknown instead of absent."""

    spec: Spec
    state_given: Mapping[str, Value] = field(factory=dict)
    unknown: bool = False
    _data: dict[str, Value] = field(init=False)
    _partial: dict[str, None] = field(init=False)
    _undo: list[Callable[[], None]] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._data = {name: detached(value) for name, value in self.state_given.items()}
        for name, table in self.spec.tables.items():
            rows = self._data.setdefault(name, {})
            self._data[name] = {row[table.key]: row for row in rows} if isinstance(rows, list) else rows
        self._partial = dict.fromkeys([*self.spec.tables, *self.spec.states]) if self.unknown else {}

    def dump(self) -> dict[str, Value]:
        """The whole state as JSON, in no way connected with this world."""
        return {name: detached(self._written(name)) for name in self._data}

    def _written(self, name: str) -> Value:
        table = self.spec.tables.get(name)
        if table is None:
            return self._data[name]
        rows = {key: row for key, row in self._data[name].items() if row is not None}
        as_list = isinstance(self.state_given[name], list) if name in self.state_given else table.as_list
        return list(rows.values()) if as_list else rows

    # --- reading

    def rows(self, table: str) -> list[Value] | Unknown:
        return UNKNOWN if table in self._partial else list(self._data[table].values())

    def row(self, table: str, key: str) -> Value:
        """In a table that is partly known, a row that was removed stands as None."""
        return self._data[table].get(key, UNKNOWN if table in self._partial else None)

    def state(self, name: str) -> Value:
        return self._data.get(name, UNKNOWN if name in self._partial else None)

    # --- changing

    def put(self, place: dict[str, Value], name: str, value: Value) -> None:
        """A field of a record or an entry of a map. What is put in belongs to the world from now on."""
        self._remember(place)
        place[name] = value

    def drop(self, place: dict[str, Value], name: str) -> None:
        self._remember(place)
        place.pop(name, None)

    def put_row(self, table: str, key: str, row: Value) -> None:
        """A new row at the end, or another in the place of the one at this key."""
        self.put(self._data[table], key, detached(row))

    def drop_row(self, table: str, key: str) -> None:
        if table in self._partial:
            self.put(self._data[table], key, None)
        else:
            self.drop(self._data[table], key)

    def put_state(self, name: str, value: Value) -> None:
        self._remember(self._partial)
        self._partial.pop(name, None)
        self.put(self._data, name, value)

    # --- partly known

    def forget(self, name: str) -> None:
        """Of a table or state, nothing is known any more."""
        self._remember(self._partial)
        self._remember(self._data)
        self._partial[name] = None
        if name in self.spec.tables:
            self._data[name] = {}
        else:
            self._data.pop(name, None)

    def learn(self, table: str, row: dict[str, Value]) -> None:
        """A row was seen as it is now; of a table that is wholly known, that is nothing new."""
        key = row.get(self.spec.tables[table].key)
        if table in self._partial and isinstance(key, str):
            self._data[table][key] = detached(row)

    # --- taking back

    def mark(self) -> int:
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Takes back every change since a mark, the last one first."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def keep(self) -> None:
        """Changes up to here are never taken back."""
        self._undo.clear()

    def _remember(self, place: dict[str, Value]) -> None:
        """Lets what is about to be changed be put back in place, order and all."""
        before = copy(place)

        def restore() -> None:
            place.clear()
            place.update(before)

        self._undo.append(restore)
