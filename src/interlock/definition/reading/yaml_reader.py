"""Reads YAML text from the events of the parser: without tags and recursion, and with every limit checked while the value grows."""

from dataclasses import dataclass
from typing import Any

import yaml

from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.definition.reading.places import Position, find_positions, yaml_events
from interlock.definition.reading.yaml_scalars import plain_scalar
from interlock.json_text import JsonLimits, UnreadableValue, check_json, decode_text


def read_yaml(source: str | bytes, limits: JsonLimits = DEFINITION_LIMITS) -> Any:
    """Returns the value of one YAML document; keys are always text.

    Aliases are followed, and each use counts in full. `yes`, `no`, `on`, `off` and dates are text.

    Raises:
        UnreadableValue: it is not YAML, has tags or several documents, gives a key twice, refers to itself, or is beyond the limits. The message
            begins with the line and the column, except where the text as a whole cannot be taken.
    """
    text = decode_text(source, limits)
    builder = _Builder(limits)
    try:
        for event in yaml_events(text):
            try:
                builder.take(event)
            except UnreadableValue as error:
                raise _at((event.start_mark.line + 1, event.start_mark.column + 1), error) from error
    except yaml.YAMLError as error:
        raise UnreadableValue("not_yaml", _one_line(error), "Fix the YAML there.") from error
    try:
        check_json(builder.value, limits)
    except UnreadableValue as error:
        raise _at(find_positions(text, [error.place]).get(error.place), error) from error
    return builder.value


def _at(position: Position | None, error: UnreadableValue) -> UnreadableValue:
    if position is None:
        return error
    line, column = position
    return UnreadableValue(error.code, f"Line {line}, column {column}: {error.message}", error.hint, error.place)


def _one_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return f"{place}{getattr(error, 'problem', None) or 'this is not YAML'}."


@dataclass(slots=True)
class _Open:
    """A list or object that is still being filled."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    count: int = 1
    key: str | None = None


class _Builder:
    """Turns events into one value."""

    def __init__(self, limits: JsonLimits) -> None:
        self._limits = limits
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents = 0
        self.value: Any = None

    def take(self, event: Any) -> None:
        if getattr(event, "tag", None) not in (None, "!"):
            raise UnreadableValue("not_yaml", f"The tag {event.tag:.50} is not allowed.", "Remove the tag.")
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise UnreadableValue("not_yaml", "The text has several documents.", "Put each definition into a file of its own.")
            case yaml.MappingStartEvent():
                self._start({}, event.anchor)
            case yaml.SequenceStartEvent():
                self._start([], event.anchor)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.AliasEvent():
                self._add(*self._aliased(str(event.anchor)))
            case _:
                pass

    def _start(self, value: dict[str, Any] | list[Any], anchor: str | None) -> None:
        if len(self._open) >= self._limits.depth:
            raise UnreadableValue("too_deep", f"It is nested deeper than {self._limits.depth} levels.", "Use fewer levels.")
        self._refuse_as_key()
        self._open.append(_Open(value, anchor))

    def _end(self) -> None:
        done = self._open.pop()
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, done.count)
        self._add(done.value, done.count)

    def _scalar(self, event: Any) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            self._key(parent, event.value)
            return
        value = plain_scalar(event.value) if event.style is None or event.style == "" else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, 1)

    def _key(self, parent: _Open, key: str) -> None:
        if key in parent.value:
            raise UnreadableValue("duplicate_key", f"The key {key!r:.100} is there twice in one object.", "Remove one of them.")
        parent.key = key

    def _aliased(self, anchor: str) -> tuple[Any, int]:
        if any(item.anchor == anchor for item in self._open):
            raise UnreadableValue("alias_cycle", f"The alias *{anchor:.50} is inside the part that it refers to.", "Write the part out instead.")
        if anchor not in self._anchors:
            raise UnreadableValue("not_yaml", f"The alias *{anchor:.50} refers to nothing.", "Define its anchor before the alias.")
        self._refuse_as_key()
        return self._anchors[anchor]

    def _refuse_as_key(self) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            raise UnreadableValue("bad_key", "A key is a list, an object or an alias.", "Use text as a key.")

    def _add(self, value: Any, count: int) -> None:
        if not self._open:
            self.value = value
            return
        parent = self._open[-1]
        parent.count += count
        if parent.count > self._limits.values:
            raise UnreadableValue(
                "too_many_values", f"There are more than {self._limits.values:,} values, each use of an alias counted in full.", "Use fewer aliases."
            )
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is not None:
            parent.value[parent.key] = value
            parent.key = None
