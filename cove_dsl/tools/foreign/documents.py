"""JSON and YAML documents with places. In: bytes. Out: a `Document`, or ForeignError that says where and why.

A JSON pointer names a place inside; `Document.line` finds its line when somebody has to be told.
"""

import json
import re
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ...source import DataProblem

LIMIT_BYTES = 32 * 2**20
_SPACE = re.compile(r"[ \t\r\n]*")


class ForeignError(Exception):
    """A document that cannot be imported; `problem` says where and why."""

    def __init__(self, problem: DataProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class WrongShape(Exception):
    """Something at a JSON pointer that is not what it should be; caught where the document is known."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer, self.message = pointer, message


@frozen
class Document:
    """A parsed document, with its text for finding places."""

    path: str
    value: Any = field(repr=False)
    text: str = field(repr=False)
    yaml: bool = False

    def line(self, pointer: str) -> int | None:
        """The line, from 1, at which what a pointer names begins."""
        steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
        return _yaml_line(self.text, steps) if self.yaml else _json_line(self.text, steps)

    def refusal(self, pointer: str, message: str) -> DataProblem:
        """Why this document cannot be imported."""
        return DataProblem("bad-tools", message, self.path, self.line(pointer), field=pointer or None)

    def loss(self, pointer: str, message: str) -> DataProblem:
        """Something that the document says and its skeleton does not."""
        return DataProblem("not-kept", message, self.path, self.line(pointer), field=pointer, severity="warning")


def step(pointer: str, name: str | int) -> str:
    """A pointer one level further in."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def read_document(path: str) -> Document:
    """A document by path; `.yaml` and `.yml` are YAML, everything else JSON. Raises ForeignError, OSError."""
    with Path(path).open("rb") as file:
        data = file.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise _refused(path, f"this file holds more than {LIMIT_BYTES // 2**20} MiB", None)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(path, f"not UTF-8: byte {error.start + 1} is 0x{data[error.start]:02x}", line) from None
    if Path(path).suffix.lower() in (".yaml", ".yml"):
        return Document(path, _yaml(path, text), text, True)
    return Document(path, _json(path, text), text)


def _refused(path: str, message: str, line: int | None) -> ForeignError:
    return ForeignError(DataProblem("bad-tools", message, path, line))


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(path: str, text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise _refused(path, "this file is empty", None) from None
        hint = "; is this YAML? name the file .yaml" if _looks_like_yaml(text) else ""
        message = f"not JSON: {error.msg[:1].lower()}{error.msg[1:].removesuffix(' at')} at column {error.colno}{hint}"
        raise _refused(path, message, error.lineno) from None
    except RecursionError:
        raise _refused(path, "nested too deeply to be read", None) from None
    except ValueError as error:
        raise _refused(path, str(error), None) from None


def _looks_like_yaml(text: str) -> bool:
    return re.match(r"\s*(?:#|---|openapi\s*:|swagger\s*:|tools\s*:|- name\s*:)", text) is not None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(n for n in names if names.count(n) > 1)
        raise ValueError(f"the key {json.dumps(twice)} stands twice in one object")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"not JSON: `{name}` is no number")


def _json_line(text: str, steps: list[str]) -> int | None:
    at = _skip(text, 0)
    try:
        for name in steps:
            at = _members(text, at)[name] if text[at] == "{" else _item(text, at, int(name))
    except (ValueError, LookupError):
        return None
    return bisect_left(_line_ends(text), at) + 1


@lru_cache(maxsize=2)
def _line_ends(text: str) -> tuple[int, ...]:
    return tuple(found.start() for found in re.finditer("\n", text))


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


_DECODER = json.JSONDecoder(strict=False)


@lru_cache(maxsize=1024)
def _members(text: str, at: int) -> dict[str, int]:
    """Where the value of each member of an object begins. Large objects are asked for many of their members."""
    found: dict[str, int] = {}
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, at = _DECODER.raw_decode(text, at)
        at = found[key] = _skip(text, _skip(text, at) + 1)
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _item(text: str, at: int, number: int) -> int:
    return _items(text, at)[number]


@lru_cache(maxsize=1024)
def _items(text: str, at: int) -> tuple[int, ...]:
    """Where each item of a list begins, as for members of an object."""
    found: list[int] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        found.append(at)
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at
    return tuple(found)


# --- YAML -------------------------------------------------------------------------------------------------------------


def _yaml(path: str, text: str) -> Any:
    yaml = _library(path)
    try:
        return _plain(yaml.load(text, Loader=_loader(yaml)))
    except ValueError as error:
        raise _refused(path, f"not YAML: {error}", None) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "it cannot be read"
        raise _refused(path, f"not YAML: {what}", mark.line + 1 if mark else None) from None
    except RecursionError:
        raise _refused(path, "nested too deeply to be read", None) from None


def _library(path: str) -> Any:
    try:
        import yaml
    except ImportError:
        message = "YAML needs PyYAML (`pip install cove-dsl[tools]`); or convert the file to JSON"
        raise _refused(path, message, None) from None
    return yaml


def _loader(yaml: Any) -> Any:
    """Plain data, and no dates made of what looks like one."""

    class Plain(yaml.SafeLoader):  # type: ignore[misc]
        pass

    Plain.yaml_implicit_resolvers = {
        sign: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for sign, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Plain


def _plain(value: Any, made: dict[int, Any] | None = None) -> Any:
    """Keys of YAML may be numbers (`200:`); JSON's are texts. What an alias shares stays shared."""
    made = {} if made is None else made
    if not isinstance(value, (dict, list)):
        return value
    if id(value) not in made:
        if isinstance(value, dict):
            made[id(value)] = {str(k): _plain(v, made) for k, v in value.items()}
        else:
            made[id(value)] = [_plain(v, made) for v in value]
    return made[id(value)]


@lru_cache(maxsize=2)
def _composed(text: str) -> Any:
    import yaml

    return yaml.compose(text, Loader=yaml.SafeLoader)


def _yaml_line(text: str, steps: list[str]) -> int | None:
    import yaml

    node: Any = _composed(text)
    for name in steps:
        if isinstance(node, yaml.MappingNode):
            node = next((v for k, v in node.value if k.value == name), None)
        elif isinstance(node, yaml.SequenceNode) and name.isdigit() and int(name) < len(node.value):
            node = node.value[int(name)]
        else:
            return None
    return node.start_mark.line + 1 if node is not None else None
