"""JSON Schema becomes types. In: a schema and where it stands. Out: a type as it is written, the declarations it needs,
remarks for its documentation, and what no type can say.

What a schema demands beyond types (a length, a range, a pattern, a default) goes into the documentation, so a model is
still told. What changes which values fit is a `Loss`, named at its place: nothing is left out unsaid.
"""

import json
from typing import Any

from attrs import define, field, frozen

from .documents import WrongShape, step
from .keywords import Schema, both_of, is_doc_of_type, is_null, is_remark, kind_of, tag_of, texts_of, values_of
from .openapi import resolve
from .wording import PLAIN, quoted, series, text_literal, type_name, value_name, wire_name

MOST_SCHEMAS = 100_000
DEEPEST = 32
MOST_LEVELS = 40
FORMATS = {"date": "date", "time": "time", "date-time": "datetime", "email": "email"}
SILENT = {
    "title", "description", "type", "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "deprecated",
    "readOnly", "writeOnly", "xml", "externalDocs", "discriminator", "nullable", "examples", "strict", "name",
}  # fmt: skip
SAID = {  # what is said in words, by the kind of value it is about
    "string": ("format", "minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"),
    "array": ("minItems", "maxItems", "uniqueItems"),
    "object": ("minProperties", "maxProperties"),
}
ALWAYS_SAID = ("default", "example")
LONGEST_REMARK = 200
APART = "these schemas cannot be put together; any value is taken"


@frozen
class Loss:
    """What a schema says and the imported type does not."""

    pointer: str
    message: str


@frozen
class Found:
    """A type as it is written; optional ones lack their `?` here. `remarks` are words for the documentation."""

    text: str
    optional: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def inside(self) -> str:
        """As it is written inside another type."""
        return f"{self.text}?" if self.optional else self.text


@frozen
class Declaration:
    """A type that was given a name: its text, without comments."""

    name: str
    text: str
    losses: tuple[Loss, ...]


JSON = Found("json")


@define
class Reader:
    """Reads schemas. Equal ones become one type. References lead into `root`, which stands at a pointer."""

    taken: set[str]
    declarations: dict[str, Declaration] = field(factory=dict)
    losses: list[Loss] = field(factory=list)
    root: tuple[Any, str] = ({}, "")
    _known: dict[str, str] = field(factory=dict)
    _referred_to: dict[tuple[str, str], tuple[Found, list[Loss]]] = field(factory=dict)  # each is read once
    _inside: list[str] = field(factory=list)
    _count: int = 0
    _level: int = 0
    _owner: str = ""  # the tool or the type whose part is being read

    def read(self, schema: Any, at: str, hint: str) -> Found:
        """The type of the values that a schema allows. `hint` names a type that has no title. Raises WrongShape."""
        self._count += 1
        if self._count > MOST_SCHEMAS:
            raise WrongShape(at, f"more than {MOST_SCHEMAS:,} schemas; import fewer tools at once")
        if schema is True or schema == {}:
            return JSON
        if schema is False:
            return self.lost(at, "nothing fits this schema")
        if not isinstance(schema, dict):
            raise WrongShape(at, "a schema must be an object")
        if "$ref" in schema:
            return self._referred(schema, at, hint)
        if self._level >= MOST_LEVELS:
            return self.lost(at, f"nested deeper than {MOST_LEVELS} levels; any value is taken from here on")
        self._level += 1
        try:
            return self._built(schema, at, hint)
        finally:
            self._level -= 1

    def _built(self, schema: Schema, at: str, hint: str) -> Found:
        """Of a schema that is no reference."""
        if "allOf" in schema:
            return self._all(schema, at, hint)
        alternatives = next((k for k in ("anyOf", "oneOf") if k in schema), None)
        if alternatives:
            return self._any(schema, alternatives, at, hint)
        return self._plain(schema, at, hint)

    def lost(self, at: str, message: str, instead: Found = JSON) -> Found:
        self.losses.append(Loss(at, message))
        return instead

    def _resolve(self, schema: Any, at: str) -> tuple[Any, str]:
        return resolve(self.root[0], schema, at, self.root[1])

    # --- references and combinations

    def _referred(self, schema: Schema, at: str, hint: str) -> Found:
        reference = schema["$ref"]
        if reference in self._inside:
            return self.lost(at, f"`{reference}` refers to itself; any value is taken from here on")
        key = (self.root[1], str(reference)) if len(schema) == 1 else None
        if key is not None and key in self._referred_to:
            found, losses = self._referred_to[key]
            self.losses += losses
            return found
        if len(self._inside) >= DEEPEST:
            return self.lost(at, f"{DEEPEST} references lead here one from the other; any value is taken from here on")
        try:
            target, place = self._resolve({"$ref": reference}, at)
        except WrongShape as wrong:
            return self.lost(at, wrong.message)
        beside = {k: v for k, v in schema.items() if k != "$ref"}
        if beside and isinstance(target, dict):
            target = both_of(target, beside)
            if target is None:
                return self.lost(at, APART)
        self._inside.append(reference)
        before = len(self.losses)
        try:
            found = self.read(target, place, str(reference).rsplit("/", 1)[-1] or hint)
        finally:
            self._inside.pop()
        if key is not None:
            self._referred_to[key] = (found, self.losses[before:])
        return found

    def _all(self, schema: Schema, at: str, hint: str) -> Found:
        """Objects that must fit several schemas at once are put together; of anything else only one part is taken."""
        parts = schema["allOf"]
        if not isinstance(parts, list) or not parts:
            raise WrongShape(step(at, "allOf"), "must be a list of schemas")
        beside = {k: v for k, v in schema.items() if k != "allOf"}
        merged: Schema = {}
        for i, part in enumerate(parts):
            try:
                found, _ = self._resolve(part, step(step(at, "allOf"), i))
            except WrongShape as wrong:
                return self.lost(at, wrong.message)
            name = str(part.get("$ref", "")) if isinstance(part, dict) else ""
            if name and name in self._inside:
                return self.lost(at, f"`{name}` refers to itself; any value is taken from here on")
            joined = both_of(merged, found)
            if joined is None:
                return self.lost(step(at, "allOf"), APART)
            merged = joined
        whole = both_of(merged, beside)
        if whole is None:
            return self.lost(step(at, "allOf"), APART)
        if len(parts) == 1 and isinstance(parts[0], dict) and "$ref" in parts[0]:
            hint = str(parts[0]["$ref"]).rsplit("/", 1)[-1]
        return self.read(whole, at, hint)

    def _any(self, schema: Schema, key: str, at: str, hint: str) -> Found:
        options = schema[key]
        if not isinstance(options, list) or not options:
            raise WrongShape(step(at, key), "must be a list of schemas")
        beside = {k: v for k, v in schema.items() if k not in (key, "discriminator")}
        ways = [(o, step(step(at, key), i)) for i, o in enumerate(options)]
        given = [(o, p) for o, p in ways if not is_null(o)]
        optional = len(given) < len(ways) or schema.get("nullable") is True
        found = self._alternatives(given, beside, step(at, key), hint)
        remarks = () if len(given) == 1 else self._remarks(beside, at, "")
        return Found(found.text, found.optional or optional, (*found.remarks, *remarks))

    def _alternatives(self, given: list[tuple[Any, str]], beside: Schema, at: str, hint: str) -> Found:
        if not given:
            return self.lost(at, "only null fits this schema")
        if len(given) == 1:
            option, place = given[0]
            merged = both_of(option, beside) if isinstance(option, dict) else option
            return self.read(merged, place, hint) if merged is not None else self.lost(at, APART)
        seen = [self._resolved(o, p) for o, p in given]
        shared = {k: v for k, v in beside.items() if not is_remark(k)}
        if shared:
            seen = [(both_of(s, shared) if isinstance(s, dict) else None, p) for s, p in seen]
            if any(s is None for s, _ in seen):
                return self.lost(at, APART)
            given = seen
        if all(isinstance(s, dict) and texts_of(s) is not None for s, _ in seen):
            values = [v for s, _ in seen for v in texts_of(s) or ()]
            return self._enum(values, beside, at, hint)
        tag = tag_of([s for s, _ in seen])
        if tag is not None:
            return self._variant(tag, seen, beside, at, hint)
        return self._one_of_several(given, seen, at, hint)

    def _one_of_several(self, given: list[tuple[Any, str]], seen: list[tuple[Any, str]], at: str, hint: str) -> Found:
        """Alternatives that only a wider or a narrower type can stand for."""
        kinds = [s.get("type") if isinstance(s, dict) else None for s, _ in seen]
        if all(k in ("integer", "number") for k in kinds):
            return Found("decimal")
        if all(isinstance(s, dict) for s, _ in seen) and (alike := _but_for_required([s for s, _ in seen])):
            self.lost(at, "one of several sets of fields is required; only what all of them require is")
            return self.read(alike, seen[0][1], hint)
        listed = [i for i, (s, _) in enumerate(seen) if isinstance(s, dict) and s.get("properties")]
        if all(k == "object" for k in kinds) and len(listed) == 1:
            self.lost(at, "any other object fits too; only the one whose fields are described is taken")
            option, place = given[listed[0]]
            return self.read(option, place, hint)
        if all(k == "string" for k in kinds):
            listed_texts = [t for s, _ in seen for t in texts_of(s) or ()]
            told = (f"one of {_shown(listed_texts)}, or another text",) if listed_texts else ()
            return self.lost(at, "several kinds of text fit; any text is taken", Found("text", remarks=told))
        shown = ", ".join(dict.fromkeys(str(k or "anything") for k in kinds))
        return self.lost(at, f"one of several types fits ({shown}); any value is taken")

    def _resolved(self, schema: Any, at: str) -> tuple[Any, str]:
        try:
            return self._resolve(schema, at)
        except WrongShape:
            return schema, at

    # --- one type

    def _plain(self, schema: Schema, at: str, hint: str) -> Found:
        kind, optional = kind_of(schema)
        if isinstance(kind, list) and not all(isinstance(k, str) for k in kind):
            raise WrongShape(step(at, "type"), "must be the name of a type, or a list of such")
        optional = optional or schema.get("nullable") is True
        values = values_of(schema)
        if values is not None:
            optional = optional or None in values
            found = self._listed([v for v in values if v is not None], schema, at, hint)
        elif isinstance(kind, list):
            shown = ", ".join(map(str, kind))
            found = Found("decimal") if set(kind) <= {"integer", "number"} else self.lost(
                step(at, "type"), f"one of several types fits ({shown}); any value is taken")  # fmt: skip
        else:
            found = self._of_kind(kind, schema, at, hint)
        said = "number" if kind == "integer" else kind if isinstance(kind, str) else ""
        if found.text.startswith("("):
            schema = {k: v for k, v in schema.items() if k not in ("minItems", "maxItems")}
        if values is None:
            self._unread(schema, said, at)
        return Found(found.text, found.optional or optional, (*found.remarks, *self._remarks(schema, at, said)))

    def _of_kind(self, kind: Any, schema: Schema, at: str, hint: str) -> Found:
        match kind:
            case "string":
                return Found(FORMATS.get(str(schema.get("format")), "text"))
            case "integer":
                return Found("int")
            case "number":
                return Found("decimal")
            case "boolean":
                return Found("bool")
            case "array":
                return self._array(schema, at, hint)
            case "object":
                return self._object(schema, at, hint)
            case "null":
                return self.lost(at, "only null fits this schema")
            case None:
                return JSON
        raise WrongShape(step(at, "type"), f"`{str(kind)[:40]}` is no type of JSON")

    def _listed(self, values: list[Any], schema: Schema, at: str, hint: str) -> Found:
        """A type for values that are listed one by one."""
        if values and all(isinstance(v, str) for v in values):
            return self._enum(values, schema, at, hint)
        if values and all(isinstance(v, bool) for v in values):
            self._unchecked(at, f"one of {_shown(values)}")
            return Found("bool", remarks=(f"one of {_shown(values)}",))
        if values and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
            self._unchecked(at, f"one of {_shown(values)}")
            kind = "int" if all(isinstance(v, int) for v in values) else "decimal"
            return Found(kind, remarks=(f"one of {_shown(values)}",))
        return self.lost(at, f"one of {_shown(values)}; any value is taken")

    def _enum(self, values: list[str], schema: Schema, at: str, hint: str) -> Found:
        values = list(dict.fromkeys(values))
        if any(clean_text(v) != v for v in values):
            return self.lost(at, "a value holds characters that nobody sees; any text is taken", Found("text"))
        names: dict[str, str] = {}
        for value in values:
            names[value_name(value, names)] = value
        made = [n if n == wire else f"{n} = {text_literal(wire)}" for n, wire in names.items()]
        return Found(self._declared("enum", _braces(made), schema.get("title") or hint, json.dumps(values), ()))

    def _array(self, schema: Schema, at: str, hint: str) -> Found:
        parts = schema.get("prefixItems", schema.get("items"))
        if isinstance(parts, list):
            return self._tuple(parts, schema, at, hint)
        single = _singular(hint)
        item = self.read(schema.get("items", True), step(at, "items"), single) if "items" in schema else JSON
        inner = schema.get("items")
        doc = inner.get("description") if isinstance(inner, dict) else None
        told = isinstance(doc, str) and doc.strip() and item.text not in self.declarations
        remarks = [f"each: {doc.strip()}"] if told and isinstance(doc, str) else []
        return Found(f"list[{item.inside}]", remarks=(*remarks, *item.remarks))

    def _tuple(self, parts: list[Any], schema: Schema, at: str, hint: str) -> Found:
        key = "prefixItems" if "prefixItems" in schema else "items"
        closed = schema.get("minItems") == schema.get("maxItems") == len(parts) or schema.get("items") is False
        if len(parts) < 2 or not closed:
            return self.lost(at, "the items of this list differ by their place; any list is taken", Found("list[json]"))
        made = [self.read(p, step(step(at, key), i), hint) for i, p in enumerate(parts)]
        return Found(f"({', '.join(m.inside for m in made)})", remarks=tuple(r for m in made for r in m.remarks))

    def _object(self, schema: Schema, at: str, hint: str) -> Found:
        properties, more = schema.get("properties"), schema.get("additionalProperties")
        if not properties and more is not False:
            value = self.read(more, step(at, "additionalProperties"), _singular(hint)) if more is not None else JSON
            return Found(f"map[text, {value.inside}]", remarks=value.remarks)
        if more not in (None, False):
            self.lost(step(at, "additionalProperties"), "fields besides those that are described are not looked at")
        outer, self.losses = self.losses, []
        fields = self._fields(schema, at, hint)
        losses, self.losses = tuple(self.losses), outer
        doc = schema.get("description")
        head = f" {quoted(doc)}" if isinstance(doc, str) and doc.strip() else ""
        identity = json.dumps([fields, head])
        name = self._declared(
            "record", f"{head} {_braces(fields)}".strip(), schema.get("title") or hint, identity, losses
        )
        return Found(name)

    def _fields(self, schema: Schema, at: str, hint: str) -> list[str]:
        properties, required = schema.get("properties") or {}, schema.get("required") or []
        if not isinstance(properties, dict):
            raise WrongShape(step(at, "properties"), "must be an object")
        if not isinstance(required, list):
            raise WrongShape(step(at, "required"), "must be a list of names")
        made = []
        for name, inner in properties.items():
            place = step(step(at, "properties"), name)
            found = self.member(name, inner, place, name in required, hint)
            if found is not None:
                made.append(found)
        return made

    def member(self, name: str, schema: Any, at: str, required: bool, hint: str, doc: str = "") -> str | None:
        """A field or an argument as it is written; None for one that cannot be, which is said."""
        written = wire_name(name)
        if written is None:
            self.lost(at, f"`{clean_text(name)[:40]}` cannot be written as a name")
            return None
        outer, self._owner = self._owner, hint
        found = self.read(schema, at, f"{hint} {name}" if name.lower() in ("type", "kind", "status") else name)
        self._owner = outer
        own = schema.get("description") if isinstance(schema, dict) else None
        text = _described(doc or (own if isinstance(own, str) and not is_doc_of_type(schema) else ""), found.remarks)
        mark = "" if required and not found.optional else "?"
        return f"{written}: {found.text}{mark}{' ' + quoted(text) if text.strip() else ''}"

    def _variant(self, tag: str, seen: list[tuple[Any, str]], beside: Schema, at: str, hint: str) -> Found:
        """Objects that a field with a text of its own tells apart."""
        outer, self.losses = self.losses, []
        names: dict[str, str] = {}
        cases = []
        for schema, place in seen:
            wire = (texts_of(schema["properties"][tag]) or [""])[0]
            name = value_name(wire, names)
            names[name] = wire
            inner = {**schema, "properties": {k: v for k, v in schema["properties"].items() if k != tag}}
            fields = _braces(self._fields(inner, place, hint))
            cases.append(f"{name} {fields}" if name == wire else f"{name} = {text_literal(wire)} {fields}")
            if schema.get("additionalProperties") not in (None, False):
                self.lost(step(place, "additionalProperties"), "fields besides those described are not looked at")
        losses, self.losses = tuple(self.losses), outer
        doc = beside.get("description")
        head = f" {quoted(doc)}" if isinstance(doc, str) and doc.strip() else ""
        written = f"by {wire_name(tag)}{head} {_braces(cases)}"
        return Found(self._declared("variant", written, beside.get("title") or hint, json.dumps(cases), losses))

    def _declared(self, kind: str, body: str, title: Any, identity: str, losses: tuple[Loss, ...]) -> str:
        """A declared type; one that reads the same is used again."""
        key = f"{kind} {identity}"
        if key not in self._known:
            name = self._named(str(title))
            self.taken.add(name)
            self._known[key] = name
            self.declarations[name] = Declaration(name, f"{kind} {name} {body}", losses)
        return self._known[key]

    def _named(self, title: str) -> str:
        """A name that nothing else has: the title, else that with the tool or type it belongs to, else numbered."""
        owned = title if title.lower().startswith(self._owner.lower()) else f"{self._owner} {title}"
        free = (n for n in (type_name(title, ()), type_name(owned, ())) if n not in self.taken)
        return next(free, None) or type_name(title, self.taken)

    # --- what types do not say

    def _remarks(self, schema: Schema, at: str, kind: str) -> tuple[str, ...]:
        """What is said in words; a demand that no type makes is named as unchecked besides."""
        made = []
        for key in (*SAID.get(kind, ()), *ALWAYS_SAID):
            if key not in schema or schema[key] is None or (key == "uniqueItems" and schema[key] is False):
                continue
            if key == "format" and (str(schema[key]) in FORMATS or kind == "number"):
                continue
            said = f"{key}: {_brief(schema[key])}"
            made.append(said)
            if key not in ALWAYS_SAID:
                self._unchecked(step(at, key), said)
        return tuple(made)

    def _unchecked(self, at: str, said: str) -> None:
        self.losses.append(Loss(at, f"{said} is told, not checked"))

    def _unread(self, schema: Schema, kind: str, at: str) -> None:
        known = SILENT | {*ALWAYS_SAID, *SAID.get(kind, ()), "enum", "const"}
        known |= {"properties", "required", "additionalProperties"} if kind == "object" else set()
        known |= {"items", "prefixItems"} if kind == "array" else set()
        for key in schema:
            if key not in known and not key.startswith("x-"):
                self.losses.append(Loss(step(at, key), f"`{key[:40]}` is not read"))


def _but_for_required(schemas: list[Schema]) -> Schema | None:
    """What objects of several schemas have in common that differ in what they require alone; else None."""
    bare = [{k: v for k, v in s.items() if k != "required"} for s in schemas]
    named = [s.get("required") or [] for s in schemas]
    if not bare[0].get("properties") or any(b != bare[0] for b in bare) or not all(isinstance(n, list) for n in named):
        return None
    return {**bare[0], "required": [n for n in named[0] if all(n in other for other in named)]}


def _described(doc: str, remarks: tuple[str, ...]) -> str:
    """A description with what else there is to say."""
    said = ", ".join(dict.fromkeys(remarks))
    return f"{doc.rstrip()} ({said})" if doc.strip() and said else doc or said[:1].upper() + said[1:]


def _brief(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= LONGEST_REMARK else f"{shown[:LONGEST_REMARK]}…"


def _shown(values: list[Any]) -> str:
    return _brief(values)[1:-1]


def _singular(hint: str) -> str:
    return hint[:-1] if hint.endswith("s") and not hint.endswith("ss") and len(hint) > 3 else f"{hint} item"


def _braces(parts: list[str]) -> str:
    """On one line if that is short, else a part a line."""
    flat = f"{{ {', '.join(parts)} }}" if parts else "{}"
    if len(flat) <= 90 and "\n" not in flat:
        return flat
    return "{\n" + "".join("  " + p.replace("\n", "\n  ") + ",\n" for p in parts) + "}"


def clean_text(text: str) -> str:
    from .wording import clean

    return clean(text)


__all__ = ["PLAIN", "Declaration", "Found", "Loss", "Reader", "series"]
