"""Makes parameters from the JSON Schema of a node type: valid ones, and ones with an error."""

from collections.abc import Mapping
from copy import deepcopy
from random import Random
from typing import Any, Final

from tests.browser.strings import matching

OTHER: Final[list[Any]] = [None, True, 0, -1, 7, 2.5, 10**12, "", "text", "{{ input.x }}", [], [1, "a"], {}, {"a": 1}]


class Maker:
    """Makes values for the schemas below one root."""

    def __init__(self, root: Mapping[str, Any], random: Random) -> None:
        self._root = root
        self._random = random

    def whole(self) -> Any:
        """Makes a value that is valid by the schema."""
        return self._value(self._root, 0)

    def broken(self) -> Any:
        """Makes a value with one place changed, which may or may not be an error."""
        value = deepcopy(self.whole())
        places = list(_places(value))
        place = self._random.choice(places)
        if not place:
            return {**value, "surplus": self._random.choice(OTHER)}
        holder = value
        for step in place[:-1]:
            holder = holder[step]
        match self._random.randrange(4):
            case 0 if isinstance(holder, dict):
                del holder[place[-1]]
            case 1 if isinstance(holder[place[-1]], dict):
                holder[place[-1]]["surplus"] = self._random.choice(OTHER)
            case _:
                holder[place[-1]] = self._random.choice(OTHER)
        return value

    def _value(self, raw: Any, depth: int) -> Any:
        schema = self._resolved(raw)
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        if branches := schema.get("anyOf"):
            return self._value(self._random.choice(branches), depth)
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                least = schema.get("minItems", 0)
                return [self._value(schema.get("items", {}), depth + 1) for _ in range(least + self._random.randrange(3))]
            case "string":
                return matching(schema, self._random)
            case "integer" | "number" as kind:
                return self._number(schema, kind)
            case "boolean":
                return self._random.random() < 0.5
            case "null":
                return None
            case _:
                return self._random.choice(OTHER)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        given = {
            name: self._value(inner, depth + 1)
            for name, inner in schema.get("properties", {}).items()
            if name in required or self._random.random() < 0.5 / (depth + 1)
        }
        more = schema.get("additionalProperties", False)
        if more is not False and "properties" not in schema:
            inner = more if isinstance(more, dict) else {}
            count = schema.get("minProperties", 0) + self._random.randrange(3)
            given |= {f"key_{number}": self._value(inner, depth + 1) for number in range(count)}
        return given

    def _number(self, schema: Mapping[str, Any], kind: str) -> int | float:
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1000))
        most = schema.get("maximum", schema.get("exclusiveMaximum", max(least, 0) + 1000))
        if kind == "integer":
            return self._random.choice([int(least) + ("exclusiveMinimum" in schema), self._random.randint(int(least) + 1, int(most))])
        return self._random.choice([self._random.uniform(least + 0.001, most), int(most)])

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        while isinstance(schema, dict) and "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            schema = self._root["$defs"][name]
        return schema if isinstance(schema, dict) else {}


def _places(value: Any, place: tuple[str | int, ...] = ()) -> Any:
    yield place
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        yield from _places(child, (*place, step))
