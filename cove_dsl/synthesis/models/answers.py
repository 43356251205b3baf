"""What models have answered, by what they were asked, and what it took: an SQLite file that survives a killed process.

An answer is kept with the transaction that counts it, so a run that is taken up pays for nothing twice and its counts
are those of everything that was ever sent.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (side TEXT, what TEXT, n REAL NOT NULL, PRIMARY KEY (side, what)) WITHOUT ROWID;
"""
PATIENCE = 60.0  # seconds for which one process waits until another has written
ADD = "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (side, what) DO UPDATE SET n = n + excluded.n"


T = TypeVar("T")
Given: TypeAlias = T | Awaitable[T]


def key_of(place: str, body: bytes, salt: str) -> str:
    """What an answer is kept under. `salt` tells apart equal requests that are to have answers of their own."""
    return hashlib.sha256(b"\0".join((place.encode(), salt.encode(), body))).hexdigest()


async def here(given: Given[T]) -> T:
    """What a keeper gives, waited for where it has to be."""
    return await given if isinstance(given, Awaitable) else given


class Keeper(Protocol):
    """Keeps answers and counts for those who ask, here or elsewhere: what it gives may have to be waited for."""

    def get(self, key: str) -> Given[dict[str, Any] | None]: ...

    def put(self, key: str, body: dict[str, Any], side: str, counts: dict[str, float]) -> Given[None]: ...

    def count(self, side: str, what: str, n: float = 1) -> Given[None]: ...

    def counts(self) -> Given[dict[str, Counter[str]]]: ...


class NoAnswers(Exception):
    """A file in which no answers can be kept."""


class Answers:
    """One file of answers and counts, which several processes may have open. `path` None: kept in memory only. Raises
    NoAnswers."""

    def __init__(self, path: Path | None) -> None:
        try:
            self.db = sqlite3.connect(path or ":memory:", timeout=PATIENCE, isolation_level=None)
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=NORMAL")
            self.db.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise NoAnswers(f"{path} cannot keep the answers of models: {error}") from None

    def get(self, key: str) -> dict[str, Any] | None:
        row = self.db.execute("SELECT body FROM answers WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, key: str, body: dict[str, Any], side: str, counts: dict[str, float]) -> None:
        """Keeps an answer and adds to the counts of a side, both or neither."""
        text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
        with self._transaction():
            self.db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, text))
            self.db.executemany(ADD, [(side, what, n) for what, n in counts.items()])

    def count(self, side: str, what: str, n: float = 1) -> None:
        self.db.execute(ADD, (side, what, n))

    def counts(self) -> dict[str, Counter[str]]:
        """What was counted so far, by side."""
        found: dict[str, Counter[str]] = {}
        for side, what, n in self.db.execute("SELECT side, what, n FROM counts ORDER BY side, what"):
            found.setdefault(side, Counter())[what] = n
        return found

    def close(self) -> None:
        self.db.close()

    def _transaction(self) -> "_Transaction":
        return _Transaction(self.db)


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __enter__(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *rest: object) -> None:
        self.db.execute("COMMIT" if kind is None else "ROLLBACK")


__all__ = ["Answers", "Keeper", "NoAnswers", "here", "key_of"]
