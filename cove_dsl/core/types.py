"""Types of the language. Values are JSON: records, maps and variants are objects, dates and keys are text, money is an
exact decimal. What a type adds is which operations make sense, and which unknown names are mistakes.
"""

from typing import Literal, TypeAlias

from attrs import frozen

PrimName = Literal[
    "text", "id", "email", "int", "decimal", "money", "bool", "date", "time", "datetime", "duration", "json"
]
TEXTUAL = frozenset({"text", "id", "email"})
NUMERIC = frozenset({"int", "decimal", "money"})


@frozen
class Prim:
    name: PrimName

    def __str__(self) -> str:
        return self.name


@frozen
class Ref:
    """The key of a row of a table, or of an entry of a nested map (`products.variants`). Text on the wire."""

    table: str

    def __str__(self) -> str:
        return f"ref {self.table}"


@frozen
class EnumType:
    name: str

    def __str__(self) -> str:
        return self.name


@frozen
class RecordType:
    """A record, or a variant as a whole; `case` is set once a test has told which case it is."""

    name: str
    case: str | None = None

    def __str__(self) -> str:
        return f"{self.name}.{self.case}" if self.case else self.name


@frozen
class ListType:
    item: "Type"

    def __str__(self) -> str:
        return f"list[{self.item}]"


@frozen
class MapType:
    key: "Type"
    value: "Type"

    def __str__(self) -> str:
        return f"map[{self.key}, {self.value}]"


@frozen
class TupleType:
    items: tuple["Type", ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})"


@frozen
class Optional:
    item: "Type"

    def __str__(self) -> str:
        return f"{self.item}?"


@frozen
class EventType:
    """Something that happened: a message of a role, a step of a role, or a call of one of some tools; `ok` where it is
    known to have succeeded."""

    kind: Literal["message", "call", "step"]
    role: Literal["agent", "user"] | None = None
    tools: frozenset[str] = frozenset()
    ok: bool = False

    def __str__(self) -> str:
        return " ".join(filter(None, (self.role, self.kind)))


@frozen
class ToolSet:
    """A set of tools, known when the specification is read."""

    tools: frozenset[str]

    def __str__(self) -> str:
        return "tools"


@frozen
class AbsentType:
    """The type of `absent`: fits every optional."""

    def __str__(self) -> str:
        return "absent"


@frozen
class AnyType:
    """The type of a mistake already reported, and of an empty list's items: fits everything: one slip, one error."""

    def __str__(self) -> str:
        return "anything"


Type: TypeAlias = (
    Prim
    | Ref
    | EnumType
    | RecordType
    | ListType
    | MapType
    | TupleType
    | Optional
    | EventType
    | ToolSet
    | AbsentType
    | AnyType
)

TEXT, ID, EMAIL, INT, DECIMAL, MONEY = (
    Prim("text"),
    Prim("id"),
    Prim("email"),
    Prim("int"),
    Prim("decimal"),
    Prim("money"),
)
BOOL, DATE, TIME, DATETIME, DURATION, JSON = (
    Prim("bool"),
    Prim("date"),
    Prim("time"),
    Prim("datetime"),
    Prim("duration"),
    Prim("json"),
)
ANY, ABSENT = AnyType(), AbsentType()
PRIMS: dict[str, Prim] = {
    p.name: p for p in (TEXT, ID, EMAIL, INT, DECIMAL, MONEY, BOOL, DATE, TIME, DATETIME, DURATION, JSON)
}


def is_text(t: Type) -> bool:
    """Text on the wire that functions over text accept."""
    return isinstance(t, (Ref, EnumType, AnyType)) or (isinstance(t, Prim) and t.name in TEXTUAL)


def is_number(t: Type) -> bool:
    return isinstance(t, AnyType) or (isinstance(t, Prim) and t.name in NUMERIC)


def strip(t: Type) -> Type:
    """The type without its outer optional."""
    return t.item if isinstance(t, Optional) else t


def optional(t: Type) -> Type:
    """The type with one outer optional."""
    return t if isinstance(t, (Optional, AbsentType, AnyType)) else Optional(t)


def fits(actual: Type, wanted: Type) -> bool:
    """Whether a value of one type may stand where another is wanted.

    Keys of different tables never fit each other; plain text and ids fit keys (data and literals carry no table).
    """
    if isinstance(actual, AnyType) or isinstance(wanted, AnyType) or actual == wanted:
        return True
    match actual, wanted:
        case AbsentType(), Optional():
            return True
        case Optional(a), Optional(b):
            return fits(a, b)
        case _, Optional(b):
            return fits(actual, b)
        case Prim(a), Prim(b):
            return (
                b == "json"
                or (a in TEXTUAL and b in TEXTUAL)
                or (a == "int" and b in NUMERIC)
                or {a, b} == {"decimal", "money"}
            )
        case (Prim("text" | "id"), Ref()) | (Ref(), Prim("text" | "id" | "json")):
            return True
        case Ref(), Ref():
            return False
        case EnumType(), Prim("text" | "json"):
            return True
        case RecordType(name, _), RecordType(other, None):
            return name == other
        case ListType(a), ListType(b):
            return fits(a, b)
        case MapType(k, v), MapType(k2, v2):
            return fits(k, k2) and fits(v, v2)
        case TupleType(a), TupleType(b):
            return len(a) == len(b) and all(map(fits, a, b))
        case EventType(kind, role, tools, ok), EventType(kind2, role2, tools2, ok2):
            of_these = (role2 is None or role == role2) and (not tools2 or tools <= tools2)
            return kind == kind2 and of_these and (ok or not ok2)
        case EventType("message"), Prim("text"):
            return True
        case ((ListType() | MapType() | RecordType()), Prim("json")):
            return True
        case ToolSet(), ToolSet():
            return True
    return False


def join(a: Type, b: Type) -> Type | None:
    """The smallest type that both fit, or None."""
    if fits(a, b):
        return a if isinstance(b, AnyType) else b
    if fits(b, a):
        return b if isinstance(a, AnyType) else a
    if isinstance(a, AbsentType):
        return optional(b)
    if isinstance(b, AbsentType):
        return optional(a)
    if isinstance(a, Optional) or isinstance(b, Optional):
        inner = join(strip(a), strip(b))
        return optional(inner) if inner else None
    match a, b:
        case RecordType(n, _), RecordType(m, _) if n == m:
            return RecordType(n)
        case EventType(k, r, t, ok), EventType(k2, r2, t2, ok2) if k == k2:
            return EventType(k, r if r == r2 else None, t | t2, ok and ok2)
        case ListType(x), ListType(y):
            inner = join(x, y)
            return ListType(inner) if inner else None
    return None


def comparable(a: Type, b: Type) -> bool:
    """Whether `==` between the two can ever be true."""
    a, b = strip(a), strip(b)
    if isinstance(a, Ref) and isinstance(b, Ref):
        return a.table == b.table
    return isinstance(a, AbsentType) or isinstance(b, AbsentType) or join(a, b) is not None
