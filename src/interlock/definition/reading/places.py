"""Finds the lines and columns of values in a YAML or JSON text."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from interlock.json_text import pointer_steps

Position = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(slots=True)
class _Wanted:
    """A value that is looked for, or one on the way to it."""

    inside: "dict[str, _Wanted]" = field(default_factory=dict)
    position: Position | None = None


@dataclass(slots=True)
class _Open:
    """A list or object in which the reader is."""

    wanted: _Wanted | None
    is_object: bool
    count: int = 0
    key: tuple[str, Position] | None = None


def find_positions(text: str, pointers: Collection[str]) -> Mapping[str, Position]:
    """Returns where the values at JSON pointers begin: at their key, if they have one.

    A value that is not in the text, for example one that is missing, is found where the object begins that it would be in. One inside an alias is
    found at the alias. A text that is not YAML has no positions.
    """
    root = _Wanted()
    wanted = {pointer: _add(root, pointer) for pointer in pointers}
    try:
        _read(text, root)
    except yaml.YAMLError:
        return {}
    found = {pointer: next((one.position for one in reversed(way) if one.position is not None), None) for pointer, way in wanted.items()}
    return {pointer: position for pointer, position in found.items() if position is not None}


def _add(root: _Wanted, pointer: str) -> list[_Wanted]:
    """Returns the values on the way to a pointer, the whole first."""
    way = [root]
    for step in pointer_steps(pointer):
        way.append(way[-1].inside.setdefault(step, _Wanted()))
    return way


def yaml_events(text: str) -> Iterator[Any]:
    """Returns the events of the parser: of LibYAML if PyYAML was built with it, which is many times faster."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


def _read(text: str, root: _Wanted) -> None:
    opened: list[_Open] = []
    for event in yaml_events(text):
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            opened.pop()
        elif isinstance(event, yaml.NodeEvent):
            _take(event, root, opened)


def _take(event: Any, root: _Wanted, opened: list[_Open]) -> None:
    position = (event.start_mark.line + 1, event.start_mark.column + 1)
    parent = opened[-1] if opened else None
    if parent is None:
        wanted: _Wanted | None = root
    elif not parent.is_object:
        wanted = parent.wanted.inside.get(str(parent.count)) if parent.wanted else None
        parent.count += 1
    elif parent.key is None:
        parent.key = (str(getattr(event, "value", "")), position)
        return
    else:
        key, position = parent.key
        wanted = parent.wanted.inside.get(key) if parent.wanted else None
        parent.key = None
    if wanted is not None and wanted.position is None:
        wanted.position = position
    if isinstance(event, yaml.CollectionStartEvent):
        opened.append(_Open(wanted, isinstance(event, yaml.MappingStartEvent)))
