"""What a task wants: acceptable ways to the end, what has to be said, what has to hold. In: a record's task, whichever
shape it has. Out: a `Wanted`, or `BadInput`, which says what is wrong with the shape."""

from typing import Any, NamedTuple

from .opening import BadInput, exact_state
from .sandbox import Program
from .values import is_number


class Wanted:
    """A task: acceptable ways to the end (each a list of calls), things that must be said, conditions that the end must
    meet. `compared`: for each action of the first plan, the arguments that tell whether it was made (None: all)."""

    __slots__ = ("asserted", "basis", "compared", "plans", "refusal", "said")

    def __init__(
        self,
        plans: list[list[tuple[str, str, dict[str, Any]]]],
        said: list[dict[str, Any]],
        basis: tuple[str, ...],
        refusal: bool,
        asserted: list["Asserted"] | None = None,
        compared: list[list[str] | None] | None = None,
    ) -> None:
        self.plans, self.said, self.basis, self.refusal = plans, said, basis, refusal
        self.asserted, self.compared = asserted or [], compared or []

    @property
    def frame(self) -> bool:
        """Whether the end may differ from the plans' wherever these change something: assertions decide there."""
        return bool(self.asserted) and "ENV_ASSERTION" not in self.basis

    @property
    def compares_end(self) -> bool:
        """Whether the end is held against the plans'. Where a task rests on assertions, its plan is an example."""
        return not self.asserted or "DB" in self.basis or "ENV_ASSERTION" not in self.basis


class Asserted(NamedTuple):
    """A condition that a task names: an assertion of the specification, its arguments, and what it must come to."""

    name: str
    arguments: dict[str, Any]
    value: bool


def require_same_version(program: Program, task: Any) -> None:
    """A task that names the specification it was made for is judged by that one only. Raises BadInput."""
    cove = task.get("cove") if isinstance(task, dict) else None
    made_for = cove.get("spec") if isinstance(cove, dict) else None
    if made_for is not None and made_for != program.hash:
        raise BadInput("the task was made for another version of this specification")


def read_wanted(task: Any) -> Wanted | None:
    """The task of a record, whichever shape it has; None if it has none. Raises BadInput."""
    if not isinstance(task, dict):
        return None
    try:
        return _wanted(task)
    except (TypeError, AttributeError, KeyError, ValueError):
        raise BadInput("the task has a wrong shape") from None


def _wanted(task: dict[str, Any]) -> Wanted | None:
    cove = task.get("cove")
    if cove is not None and not (isinstance(cove, dict) and "accept" in cove):
        raise BadInput("`cove` must be an object with `accept`: the plans that are acceptable")
    for name, kind in (("task", dict), ("gold_actions", list)):
        if task.get(name) is not None and not isinstance(task[name], kind):
            raise BadInput(f"`{name}` must be {'an object' if kind is dict else 'a list'}")
    if isinstance(cove, dict) and "accept" in cove:
        plans = [[_call(c) for c in plan] for plan in cove["accept"]]
        if not plans:
            raise BadInput("the task accepts nothing: `accept` is empty")
        said = [_owed(item) for item in cove.get("said", ())]
        asserted = [_asserted(a) for a in cove.get("asserted") or ()]
        return Wanted(plans, said, ("DB", "COMMUNICATE"), bool(cove.get("refusal")), asserted)
    inner: dict[str, Any] = task["task"] if isinstance(task.get("task"), dict) else task
    criteria = inner.get("evaluation_criteria")
    if isinstance(criteria, dict):
        said = [{"text": t} for t in criteria.get("communicate_info") or ()]
        actions = criteria.get("actions") or ()
        basis = tuple(criteria.get("reward_basis") or ())
        asserted = [_asserted(a) for a in criteria.get("env_assertions") or ()]
        compared = [_compared(a) for a in actions]
        return Wanted([[_call(c) for c in actions]], said, basis, False, asserted, compared)
    actions = inner.get("actions") if isinstance(inner.get("actions"), list) else task.get("gold_actions")
    if not isinstance(actions, list):
        return None
    said = [{"text": t} for t in inner.get("outputs") or ()]
    return Wanted([[_call(c) for c in actions]], said, ("DB", "COMMUNICATE") if "outputs" in inner else ("DB",), False)


def _owed(item: Any) -> dict[str, Any]:
    """Something that must be said: a text, an amount, a refusal; or a call that must be made."""
    found = [k for k in OWED if isinstance(item, dict) and item.get(k) is not None]
    value = exact_state(item[found[0]]) if len(found) == 1 else None
    right = {"amount": is_number(value), "refusal": value is True}
    if value is None or not right.get(found[0], isinstance(value, str) and bool(value.strip())):
        raise BadInput("an item of `said` must hold one of `text`, `amount`, `call` and `refusal`")
    return {**item, found[0]: value}


OWED = ("text", "amount", "call", "refusal")


def _asserted(item: Any) -> Asserted:
    """An assertion of a benchmark's task."""
    if isinstance(item, dict) and isinstance(item.get("func_name"), str):
        arguments, value = item.get("arguments"), item.get("assert_value")
        if isinstance(arguments, (dict, type(None))) and isinstance(value, (bool, type(None))):
            return Asserted(item["func_name"], exact_state(arguments or {}), value is not False)
    raise BadInput("an assertion of the task must be an object with `func_name` and `arguments`")


def _compared(action: Any) -> list[str] | None:
    names = action.get("compare_args") if isinstance(action, dict) else None
    if names is None or (isinstance(names, list) and all(isinstance(n, str) for n in names)):
        return names
    raise BadInput("`compare_args` of an action must be a list of argument names")


def _call(action: Any) -> tuple[str, str, dict[str, Any]]:
    """Requestor, tool and arguments of a wanted call."""
    if isinstance(action, dict) and isinstance(action.get("name"), str):
        arguments = action.get("arguments", action.get("kwargs"))
        if isinstance(arguments, dict):
            return action.get("requestor") or "assistant", action["name"], exact_state(arguments)
    raise BadInput("an action of the task must be an object with `name` and `arguments`")
