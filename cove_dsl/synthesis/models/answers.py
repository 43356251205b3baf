"""What models have answered, by what they were asked, and what it took: an SQLite file that survives a killed process.

An answer is kept with the transaction that counts it, so a run that is taken up pays for nothing twice and its counts
are those of everything that was ever sent.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (side TEXT, what TEXT, n REAL NOT NULL, PRIMARY KEY (side, what)) WITHOUT ROWID;
"""
ADD = "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT (side, what) DO UPDATE SET n = n + excluded.n"


def key_of(place: str, body: bytes, salt: str) -> str:
    """What an answer is kept under. `salt` tells apart equal requests that are to have answers of their own."""
    return hashlib.sha256(b"\0".join((place.encode(), salt.encode(), body))).hexdigest()


class Answers:
    """One file of answers and counts. `path` None: kept in memory only."""

    def __init__(self, path: Path | None) -> None:
        self.db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(SCHEMA)

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


__all__ = ["Answers", "key_of"]
