"""Reads definition files."""

from pathlib import Path
from typing import Any

from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.definition.reading.yaml_reader import read_yaml
from interlock.json_text import JsonLimits, UnreadableValue, decode_text, read_json


def read_file(path: Path, limits: JsonLimits = DEFINITION_LIMITS) -> Any:
    """Returns the raw value of a `.json`, `.yaml` or `.yml` file. Reads at most one byte more than the limit.

    Raises:
        UnreadableValue: its text cannot be read, or its name has another ending.
        OSError: the file cannot be read.
    """
    return read_file_and_text(path, limits)[0]


def read_file_and_text(path: Path, limits: JsonLimits = DEFINITION_LIMITS) -> tuple[Any, str]:
    """Returns the same with the text, without a byte order mark.

    Raises:
        UnreadableValue: its text cannot be read, or its name has another ending.
        OSError: the file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in (".json", ".yaml", ".yml"):
        raise UnreadableValue("unknown_format", f"{path.name:.100} is neither .json nor .yaml.", "Give the file one of these endings.")
    with path.open("rb") as file:
        source = file.read(limits.text_bytes + 1)
    value = read_json(source, limits) if suffix == ".json" else read_yaml(source, limits)
    return value, decode_text(source, limits)
