"""The state of a desk: a copy-on-write overlay over JSON that is never copied whole.

A row is copied when it is first written to; a fork shares rows with its origin until either writes; what changed is
known from the overlay alone. A world may know all rows of its tables, some, or none.
"""

import hashlib
import json
from typing import Any

from .values import UNKNOWN, UnknownEffect, same


class Fail(Exception):
    """A tool says no: the call's error text. Nothing was changed."""


def copied(value: Any) -> Any:
    """A copy of JSON that shares nothing that could change."""
    kind = type(value)
    if kind is dict:
        made = value.copy()
        for name, item in value.items():
            if type(item) in _HOLDERS:
                made[name] = copied(item)
        return made
    if kind is list:
        return [copied(item) if type(item) in _HOLDERS else item for item in value]
    return value


_HOLDERS = frozenset({dict, list})


Undo = dict[tuple[str, str], tuple[Any, bool]]


class World:
    """Tables and states of one desk.

    `base` is shared and never written. `rows[table][key]` holds rows that differ from it (None: removed) and rows that
    were observed in a table of `partial`, of which only some are known. `added` are keys that stand after the base's,
    in that order. `owned` are the rows that only this world holds.
    """

    __slots__ = ("added", "added_before", "base", "generated", "owned", "partial", "rows", "schema", "singles", "undo")

    def __init__(self, schema: "Schema", base: dict[str, dict[str, Any]], complete: bool = True) -> None:
        self.schema, self.base = schema, base
        self.partial: frozenset[str] = frozenset() if complete else frozenset([*schema.tables, *schema.singles])
        self.rows: dict[str, dict[str, Any]] = {}
        self.added: dict[str, list[str]] = {}
        self.singles: dict[str, Any] = {}
        self.owned: set[tuple[str, str]] = set()
        self.generated: list[str] = []
        self.undo: Undo | None = None
        self.added_before: dict[str, list[str]] = {}

    @property
    def complete(self) -> bool:
        """Whether everything is known."""
        return not self.partial

    def fork(self) -> "World":
        """A world that starts as this one is now; writing to either leaves the other alone."""
        other = World(self.schema, self.base)
        other.partial = self.partial
        other.rows = {t: dict(r) for t, r in self.rows.items()}
        other.added = {t: list(a) for t, a in self.added.items()}
        other.singles = dict(self.singles)
        other.generated = list(self.generated)
        self.owned = set()
        return other

    # --- reading

    def row(self, table: str, key: Any) -> Any:
        """The row at a key, None if there is none, UNKNOWN if that is not known."""
        if key is UNKNOWN:
            return UNKNOWN
        if not isinstance(key, str):
            return None
        over = self.rows.get(table)
        if over is not None and key in over:
            return over[key]
        found = self.base.get(table, _EMPTY).get(key)
        return UNKNOWN if found is None and table in self.partial else found

    def all_rows(self, table: str) -> Any:
        """Every row in order, or UNKNOWN."""
        if table in self.partial:
            return UNKNOWN
        base, over = self.base.get(table, _EMPTY), self.rows.get(table)
        if not over:
            return list(base.values())
        added = self.added.get(table, ())
        if not added:
            merged = [over.get(k, row) if k in over else row for k, row in base.items()]
        else:
            last = dict.fromkeys(added)
            merged = [over.get(k, row) if k in over else row for k, row in base.items() if k not in last]
            merged += [over[k] for k in added]
        return [row for row in merged if row is not None]

    def single(self, name: str) -> Any:
        """A single record."""
        if name in self.singles:
            return self.singles[name]
        single = self.base.get("", _EMPTY)
        return single.get(name, UNKNOWN if name in self.partial else None)

    def find(self, table: str, path: tuple[str, ...], wanted: Any, fold: bool) -> Any:
        """At least the rows whose field at a path may be (or, folded, read like) a text, in order: through an index
        over the base where that is all there is."""
        over = self.rows.get(table)
        if table in self.partial or over or not isinstance(wanted, str):
            rows = self.all_rows(table)
            return (
                [r for r in rows if _reads(r, path, wanted, fold)]
                if rows is not UNKNOWN and isinstance(wanted, str)
                else rows
            )
        keys = self.schema.index(self.base, table, path, fold).get(wanted.lower() if fold else wanted, [])
        base = self.base[table] if keys else _EMPTY
        return [base[k] for k in keys]

    # --- writing

    def own(self, table: str, key: Any) -> Any:
        """The row at a key, ready to be changed in place."""
        found = self.row(table, key)
        if found is None or found is UNKNOWN:
            return found
        self._remember(table, key)
        if (table, key) not in self.owned:
            found = copied(found)
            self.rows.setdefault(table, {})[key] = found
            self.owned.add((table, key))
        return found

    def own_row(self, table: str, row: Any) -> Any:
        """A row that was found by looking through its table, ready to be changed in place."""
        return self.own(table, row.get(self.schema.tables[table][0])) if isinstance(row, dict) else row

    def own_rows(self, table: str, rows: Any) -> Any:
        """Rows that were found by looking through their table, ready to be changed in place."""
        return [self.own_row(table, row) for row in rows] if isinstance(rows, list) else rows

    def own_single(self, name: str) -> Any:
        """A single record, ready to be changed in place."""
        found = self.single(name)
        if found is None or found is UNKNOWN:
            return found
        self._remember("", name)
        if ("", name) not in self.owned:
            self.singles[name] = copied(found)
            self.owned.add(("", name))
        return self.singles[name]

    def set_single(self, name: str, value: Any) -> None:
        """A single record as a whole; from now on it is known."""
        self._remember("", name)
        self.singles[name] = copied(value)
        self.owned.add(("", name))

    def insert(self, table: str, value: Any) -> None:
        """A new row, at the end."""
        key = value.get(self.schema.tables[table][0]) if isinstance(value, dict) else value
        present = self.row(table, key) if isinstance(key, str) else None
        if key is UNKNOWN or present is UNKNOWN:
            raise UnknownEffect(table)
        if not isinstance(key, str):
            raise Fail(f"a row of {table} needs a key")
        if present is not None:
            raise Fail(f"{key} is already in {table}")
        self._put(table, key, value)

    def insert_all(self, table: str, values: Any) -> None:
        if values is UNKNOWN:
            raise UnknownEffect(table)
        for value in values or ():
            self.insert(table, value)

    def put_row(self, table: str, key: Any, value: Any) -> None:
        """A row in the place of the one at its key, or at the end."""
        own = value.get(self.schema.tables[table][0]) if isinstance(value, dict) else value
        if own is UNKNOWN:
            raise UnknownEffect(table)
        if own != key:
            raise Fail(f"a row of {table} stands at its own key")
        self._put(table, key, value)

    def _put(self, table: str, key: str, value: Any) -> None:
        present = self.row(table, key)
        self._remember(table, key)
        self.rows.setdefault(table, {})[key] = copied(value)
        self.owned.add((table, key))
        if present is None or (present is UNKNOWN and table in self.partial):
            added = self.added.setdefault(table, [])
            if key in added:
                added.remove(key)
            added.append(key)

    def replace_rows(self, table: str, rows: list[Any]) -> None:
        """These rows in this order instead of the ones that are there."""
        for row in self.all_rows(table):
            self.remove(table, row[self.schema.tables[table][0]])
        self.insert_all(table, rows)

    def remove(self, table: str, key: Any) -> None:
        if self.row(table, key) is not None:
            self._remember(table, key)
            self.rows.setdefault(table, {})[key] = None
            self.owned.discard((table, key))

    def _remember(self, table: str, key: str) -> None:
        """Keeps what a place held when the call began; the first time counts."""
        if self.undo is None or (table, key) in self.undo:
            return
        place = self.singles if table == "" else self.rows.get(table, _EMPTY)
        owned = (table, key) in self.owned
        before = place.get(key, _NONE)
        self.undo[table, key] = (copied(before) if owned else before, owned)

    # --- all or nothing

    def begin(self) -> None:
        self.undo = {}
        self.added_before = {t: list(a) for t, a in self.added.items()} if self.added else {}

    def commit(self) -> tuple[Undo, dict[str, list[str]]]:
        """Ends what `begin` began. What is given back can still take it back, if nothing was begun since."""
        made = self.undo or {}, self.added_before
        self.undo = None
        return made

    def rollback(self, since: tuple[Undo, dict[str, list[str]]] | None = None) -> None:
        """Takes back every change since `begin`, or all that was committed."""
        undo, self.added = since or (self.undo or {}, self.added_before)
        for (table, key), (before, owned) in undo.items():
            place = self.singles if table == "" else self.rows.setdefault(table, {})
            if before is _NONE:
                place.pop(key, None)
            else:
                place[key] = before
            (self.owned.add if owned else self.owned.discard)((table, key))
        self.undo = None

    # --- partly known

    def learn(self, table: str, row: Any) -> None:
        """A row was seen as it is now; of a table that is wholly known, that is nothing new."""
        key = row.get(self.schema.tables[table][0]) if isinstance(row, dict) else None
        if isinstance(key, str) and table in self.partial:
            self.rows.setdefault(table, {})[key] = copied(row)
            self.owned.add((table, key))

    def forget(self, names: Any) -> None:
        """Nothing is known of these tables and states any more."""
        gone = set(names)
        if gone <= self.partial and not self.rows and not self.singles and gone.isdisjoint(self.base):
            return
        for name in gone:
            if name in self.schema.tables:
                self.rows.pop(name, None)
                self.added.pop(name, None)
            else:
                self.singles[name] = UNKNOWN
        self.owned = {o for o in self.owned if o[0] not in gone and not (o[0] == "" and o[1] in gone)}
        self.base = {t: r for t, r in self.base.items() if t not in gone}
        self.partial |= gone

    def doubting(self, names: set[str]) -> "World | None":
        """A world in which less of these tables and states is taken for granted: what a table does not hold is unknown
        instead of absent, or, where it is so already, nothing of it is known. None if nothing is left to doubt."""
        made = self.fork()
        opened = {n for n in names if n in self.schema.tables and n not in self.partial}
        made.partial |= opened
        made.forget(n for n in names if n not in opened)
        unchanged = not opened and made.partial == self.partial and made.base.keys() == self.base.keys()
        return None if unchanged and made.rows == self.rows and made.singles == self.singles else made

    # --- what changed

    def changes(self, origin: "World | None" = None) -> dict[tuple[str, str], tuple[Any, Any]]:
        """Rows and states that differ from an earlier fork (or from the base): (before, after) by (table, key)."""
        found: dict[tuple[str, str], tuple[Any, Any]] = {}
        for table, over in self.rows.items():
            for key, now in over.items():
                before = origin.row(table, key) if origin else self.base.get(table, _EMPTY).get(key)
                if before is not now and not same_row(before, now):
                    found[table, key] = (before, now)
        for name, now in self.singles.items():
            before = origin.single(name) if origin else self.base.get("", _EMPTY).get(name)
            if before is not now and not same_row(before, now):
                found["", name] = (before, now)
        return found

    def written(self) -> set[tuple[str, str]]:
        """The places of rows and states that may differ from the base: (table, key)."""
        return {(t, k) for t, over in self.rows.items() for k in over} | {("", name) for name in self.singles}

    def digest(self) -> str:
        """A hash of what differs from the base; equal worlds over one base have equal digests."""
        parts = [f"{t}/{k}={canonical(after)}" for (t, k), (_, after) in sorted(self.changes().items())]
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_EMPTY: dict[str, Any] = {}
_NONE = object()


def same_row(a: Any, b: Any) -> bool:
    """Whether two rows of one type hold the same. What is equal outright is passed over quickly."""
    if a is b or type(a) is not dict or type(b) is not dict:
        return a is b or (a is not UNKNOWN and b is not UNKNOWN and same(a, b))
    for name in a.keys() | b.keys():
        one, two = a.get(name), b.get(name)
        if one is two or (type(one) is type(two) and one == two):
            continue
        if one is UNKNOWN or two is UNKNOWN or not same(one, two):
            return False
    return True


def canonical(value: Any) -> str:
    """JSON with sorted names, absent values left out, numbers in their plainest form."""
    return _ENCODER.encode(_bare(value))


def _bare(value: Any) -> Any:
    """A value without what is absent in it."""
    kind = type(value)
    if kind is dict:
        return {k: _bare(v) if type(v) in _HOLDERS else v for k, v in value.items() if v is not None}
    return [_bare(v) if type(v) in _HOLDERS else v for v in value] if kind is list else value


def _plainly(value: Any) -> Any:
    """What JSON has no form for: exact numbers, equal ones alike, and what is not known."""
    if value is UNKNOWN:
        return {"?": True}
    over, under = value.as_integer_ratio()
    return over if under == 1 else f"{over}/{under}"


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plainly)


def _at(row: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        row = row.get(name) if isinstance(row, dict) else UNKNOWN if row is UNKNOWN else None
    return row


def _reads(row: Any, path: tuple[str, ...], value: str, fold: bool) -> bool:
    """Whether the field at a path is a text, or may be."""
    found = _at(row, path)
    if isinstance(found, str):
        return (found.lower() == value.lower()) if fold else found == value
    return found is UNKNOWN


class Schema:
    """Where tables keep their keys, where in the JSON state tables and states stand (`places`; the others under their
    own names), and indexes over bases that have been looked through."""

    def __init__(
        self,
        tables: dict[str, tuple[str, bool]],
        singles: tuple[str, ...] = (),
        places: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.tables, self.singles, self.places = tables, singles, places or {}
        self._names = {self.place(name): name for name in (*tables, *singles)}
        self._around = {place[:n] for place in self._names for n in range(1, len(place))}
        self._indexes: dict[tuple[int, str, tuple[str, ...], bool], tuple[Any, dict[str, list[str]]]] = {}

    def index(
        self, base: dict[str, dict[str, Any]], table: str, path: tuple[str, ...], fold: bool
    ) -> dict[str, list[str]]:
        """Keys by the text at a path. Kept for as long as the same base is asked about."""
        rows = base.get(table, _EMPTY)
        where = (id(rows), table, path, fold)
        kept = self._indexes.get(where)
        if kept is not None and kept[0] is rows:
            return kept[1]
        made: dict[str, list[str]] = {}
        for key, row in rows.items():
            value = _at(row, path)
            if isinstance(value, str):
                made.setdefault(value.lower() if fold else value, []).append(key)
        if len(self._indexes) > 64:
            self._indexes.clear()
        self._indexes[where] = (rows, made)
        return made

    def load(self, state: Any) -> dict[str, dict[str, Any]]:
        """The base of a JSON state: tables by key, single records under the empty name. Lists become maps by key."""
        base: dict[str, dict[str, Any]] = {}
        state = self.flat(state)
        for table, (key, _) in self.tables.items():
            rows = state.get(table, {})
            base[table] = rows if isinstance(rows, dict) else {row[key]: row for row in rows}
        base[""] = {name: state[name] for name in self.singles if name in state}
        return base

    # --- where things stand

    def place(self, name: str) -> tuple[str, ...]:
        """The names that lead from the whole JSON state to a table or state."""
        return self.places.get(name, (name,))

    def locate(self, path: list[str]) -> tuple[str, list[str]]:
        """The table or state in which a path of the JSON state ends, and the rest of it. Raises LookupError."""
        for length in range(1, len(path) + 1):
            name = self._names.get(tuple(path[:length]))
            if name is not None:
                return name, path[length:]
        raise LookupError("/".join(path))

    def flat(self, state: Any) -> dict[str, Any]:
        """The tables and states of a JSON state by name; what is missing is left out."""
        if not self.places:
            return state  # type: ignore[no-any-return]
        found = {name: _at(state, place) for place, name in self._names.items()}
        return {name: value for name, value in found.items() if value is not None}

    def nested(self, flat: dict[str, Any]) -> dict[str, Any]:
        """A JSON state with every table and state at its place."""
        if not self.places:
            return flat
        state: dict[str, Any] = {}
        for name, value in flat.items():
            *around, last = self.place(name)
            inner = state
            for step in around:
                inner = inner.setdefault(step, {})
            inner[last] = value
        return state

    def stray(self, state: dict[str, Any], around: tuple[str, ...] = ()) -> str | None:
        """A pointer to something in a JSON state that is no table or state, or None."""
        for name, value in state.items():
            path = (*around, name)
            if path in self._around and isinstance(value, dict):
                found = self.stray(value, path)
                if found is not None:
                    return found
            elif path not in self._names:
                return "/" + "/".join(path)
        return None
