"""Reads the text of a definition whose syntax nobody named."""

from typing import Any

from interlock.definition.reading.limits import DEFINITION_LIMITS
from interlock.definition.reading.yaml_reader import read_yaml
from interlock.json_text import JsonLimits, UnreadableValue, read_json


def read_source(source: str, limits: JsonLimits = DEFINITION_LIMITS) -> Any:
    """Returns the value of a text: JSON if it is that, else YAML.

    Raises:
        UnreadableValue: it is neither.
    """
    if source.lstrip("\ufeff \t\r\n").startswith("{"):
        try:
            return read_json(source, limits)
        except UnreadableValue as error:
            if error.code != "not_json":
                raise
    return read_yaml(source, limits)
