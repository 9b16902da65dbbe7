"""What happens to one visit: it begins, waits, finishes, fails."""

from tests.model.draft import Draft
from tests.model.graph import Node
from tests.model.rules import Path, Scope
from tests.model.state import Assignment, Json, Key, LateMarks


def create_visit(draft: Draft, key: Key, given: Json, marks: LateMarks, previous: Key | None) -> None:
    """Open a visit that begins at once."""
    draft.open(Assignment(key=key, status="pending", input=given, marks=marks, previous=previous))
    begin_visit(draft, key)


def begin_visit(draft: Draft, key: Key, *, is_unfilled: bool = False) -> None:
    if draft.assignments[key].visits_since_wait > draft.node_of(key).max_visits:
        draft.change(key, status="failed", error="max_visits_exceeded")
        draft.ending = draft.ending or key
    elif is_unfilled:
        fail_visit(draft, key, code="join_unfilled")
    elif draft.begins_inline:
        resolve_visit(draft, key)


def resolve_visit(draft: Draft, key: Key) -> None:
    """Do what a virtual user does with a visit of an inline node; what cannot be decided here stays pending for a worker."""
    node, given, scope = draft.node_of(key), draft.assignments[key].input, draft.scope_of(key)
    match node.kind:
        case "worker":
            pass
        case "wait":
            _resolve_wait(draft, key, node, scope)
        case "set_context":
            _resolve_set_context(draft, key, node, scope)
        case "choose":
            _resolve_choice(draft, key, node, scope)
        case "fail":
            draft.change(key, status="failed", error="failed")
            draft.ending = draft.ending or key
        case "end":
            draft.change(key, status="completed", output=given)
            draft.ending = draft.ending or key
        case _:
            finish_visit(draft, key, output=given)


def finish_visit(draft: Draft, key: Key, *, output: Json, ports: tuple[str, ...] = ("main",), patch: Json | None = None) -> None:
    draft.change(key, status="completed", output=output, ports=ports, waits_for=None)
    if patch:
        draft.add_patch(key, patch)


def wait_in_visit(draft: Draft, key: Key, waits_for: str, seconds: int, output: Json | None = None) -> None:
    draft.change(key, status="waiting", waits_for=waits_for, due=draft.clock + seconds, output=output)


def fail_visit(draft: Draft, key: Key, *, code: str, status: str = "failed") -> None:
    """The visit has failed for good; `on_error` decides what follows."""
    match draft.node_of(key).on_error:
        case "continue":
            draft.change(key, status=status, error=code, output={"error": {"code": code}}, ports=("main",), waits_for=None)
        case "port":
            draft.change(key, status=status, error=code, output={"error": {"code": code}}, ports=("error",), waits_for=None)
        case _:
            draft.change(key, status=status, error=code, output=None, waits_for=None)
            draft.ending = draft.ending or key


def _resolve_wait(draft: Draft, key: Key, node: Node, scope: Scope) -> None:
    seconds = _value(node.seconds, scope)
    if type(seconds) is not int:
        _leave_to_worker(draft, key)
    elif seconds == 0:
        finish_visit(draft, key, output=scope.input)
    else:
        wait_in_visit(draft, key, "time", seconds)


def _resolve_set_context(draft: Draft, key: Key, node: Node, scope: Scope) -> None:
    values = {name: _value(value, scope) for name, value in node.values.items()}
    if None in values.values():
        _leave_to_worker(draft, key)
    else:
        finish_visit(draft, key, output=scope.input, patch=values)


def _resolve_choice(draft: Draft, key: Key, node: Node, scope: Scope) -> None:
    """Leave by the rules, unless one that matters cannot be decided here."""
    ports: list[str] = []
    for rule in node.rules:
        if rule.path is None and ports:
            break  # the default, when a rule held
        if not rule.is_known(scope):
            _leave_to_worker(draft, key)
            return
        if rule.holds(scope):
            ports.append(rule.port)
            if not node.takes_all_rules:
                break
    if ports:
        finish_visit(draft, key, output=scope.input, ports=tuple(dict.fromkeys(ports)))
    else:
        fail_visit(draft, key, code="no_route")


def _value(value: object, scope: Scope) -> object:
    """None where only a worker can tell."""
    if not isinstance(value, Path):
        return value
    return value.value(scope) if value.is_in(scope) else None


def _leave_to_worker(draft: Draft, key: Key) -> None:
    draft.change(key, is_for_worker=True)
