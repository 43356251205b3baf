"""Datasets as Parquet: what differs from row to row (arguments, tools, `cove`) is JSON text, as a column has one shape
and fills what a row lacks with nulls, which a model would learn. Needs the extra `export`.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from ..backends.python.runtime.exact import parse_json
from ..synthesis.extras import load_extra
from ..world.state import dumps
from .forms import as_read

BATCH = 512
MAGIC = b"PAR1"  # what such a file begins with
TEXTS = ("tools", "start", "cove")


def write_parquet(out: IO[bytes], rows: Iterable[dict[str, Any]]) -> int:
    """Writes rows of the form `messages`; how many. Raises MissingExtra."""
    arrow, parquet = load_extra("pyarrow", "export"), load_extra("pyarrow.parquet", "export")
    shape, left, n = _schema(arrow), iter(rows), 0
    with parquet.ParquetWriter(out, shape, compression="zstd") as writer:
        while batch := [_flat(row) for row in islice(left, BATCH)]:
            writer.write_table(arrow.Table.from_pylist(batch, schema=shape))
            n += len(batch)
    return n


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of such a file, as they were before. Raises MissingExtra."""
    parquet = load_extra("pyarrow.parquet", "export")
    for batch in parquet.ParquetFile(path).iter_batches(BATCH):
        yield from map(_restored, batch.to_pylist())


def _schema(arrow: Any) -> Any:
    text = arrow.string()
    function = arrow.struct([("name", text), ("arguments", text)])
    call = arrow.struct([("id", text), ("type", text), ("function", function)])
    message = arrow.struct([
        ("role", text), ("content", text), ("tool_calls", arrow.list_(call)), ("tool_call_id", text), ("name", text),
        ("reasoning_content", text),
    ])  # fmt: skip
    plain = [(name, text) for name in ("id", "data_source", "termination", *TEXTS)]
    return arrow.schema([*plain, ("score", arrow.float64()), ("messages", arrow.list_(message))])


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    texts = {name: dumps(row[name]) for name in TEXTS}
    cove = row["cove"]
    score = None if cove["score"] is None else float(cove["score"])
    return {
        **row, **texts, "messages": [_sent(m) for m in row["messages"]], "score": score,
        "data_source": f"cove/{cove['domain']}",
    }  # fmt: skip


def _sent(message: dict[str, Any]) -> dict[str, Any]:
    if not message.get("tool_calls"):
        return message
    calls = [{**c, "function": _texted(c["function"])} for c in message["tool_calls"]]
    return {**message, "tool_calls": calls}


def _texted(function: dict[str, Any]) -> dict[str, Any]:
    arguments = function["arguments"]
    return {**function, "arguments": arguments if isinstance(arguments, str) else dumps(arguments)}


def _restored(row: dict[str, Any]) -> dict[str, Any]:
    messages = [as_read({k: v for k, v in m.items() if v is not None}) for m in row["messages"]]
    return {**row, **{name: parse_json(row[name]) for name in TEXTS}, "messages": messages}


__all__ = ["MAGIC", "read_parquet", "write_parquet"]
