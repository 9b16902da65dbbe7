"""Compares a schema with its model, except where a schema cannot say something, or Python's validator differs."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
from jsonschema import validators

_TEXTS = {"name", "id", "type", "subtype", "queue", "lock", "from", "to", "port"}
_WHOLES = {"semantics", "max_attempts", "max_visits", "count"}


def schema_validator(schema: dict[str, Any]) -> Any:
    """`$` is the end of the text, as in ECMAScript, not the line break before it."""
    kind: Any = validators.extend(  # type: ignore[no-untyped-call]  # it has no types
        jsonschema.Draft202012Validator, {"pattern": _pattern}
    )
    return kind(schema)


def as_written(value: Any, key: str = "") -> Any:
    """The value as the schema knows it. A whole number or a boolean is read where text is expected, as YAML writes it; and a schema
    cannot tell `1.0`, which the model refuses, from `1`.
    """
    if key == "parameters" or not isinstance(value, dict):
        return value
    changed = {name: [_text(item) for item in held] if name == "tags" and isinstance(held, list) else held for name, held in value.items()}
    return {name: _scalar(name, _inner(name, held)) for name, held in changed.items()}


def _inner(name: str, value: Any) -> Any:
    return [as_written(item) for item in value] if isinstance(value, list) else as_written(value, name)


def _scalar(name: str, value: Any) -> Any:
    if name in _TEXTS:
        return _text(value)
    return "not whole" if name in _WHOLES and isinstance(value, float) else value


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")
