"""The expressions that the model's graphs use: a path into the input or the context, alone or compared with a literal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an expression of one visit can read."""

    input: Json
    context: Json


@dataclass(frozen=True, slots=True)
class Path:
    """`key` of the input, or of the context."""

    root: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        root, _, key = text.rpartition(".")
        assert root in ("", "context"), f"the reference does not read the path {text!r}"
        return cls(root or "input", key)

    def is_in(self, scope: Scope) -> bool:
        return self.key in self._values(scope)

    def value(self, scope: Scope) -> Any:
        return self._values(scope)[self.key]

    def _values(self, scope: Scope) -> Json:
        return scope.context if self.root == "context" else scope.input


def read_template(template: object) -> object:
    """A `Path` for `{{ x }}`, None for any other text with `{{`, else the literal itself."""
    if not isinstance(template, str) or "{{" not in template:
        return template
    found = re.fullmatch(r"\{\{ ((?:context\.)?\w+) \}\}", template)
    return Path.parse(found[1]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Leave through `port` if the path's value compares so; no path: always."""

    path: Path | None
    operator: str
    literal: object
    port: str

    @classmethod
    def parse(cls, condition: str, port: str) -> Self:
        """Read `path == literal`, the only form that the model's graphs use (also >=, <=, >, <; the literal a whole number or a word)."""
        found = re.fullmatch(r"((?:context\.)?\w+) (==|>=|<=|>|<) (-?\d+|'\w+'|\"\w+\")", condition)
        if found is None:
            message = f"the reference does not read the condition {condition!r}"
            raise ValueError(message)
        path, operator, literal = found.groups()
        return cls(path=Path.parse(path), operator=operator, literal=literal[1:-1] if literal[0] in "'\"" else int(literal), port=port)

    @classmethod
    def always(cls, port: str) -> Self:
        return cls(path=None, operator="", literal=None, port=port)

    def is_known(self, scope: Scope) -> bool:
        """Whether the database can decide it; else a worker does."""
        return self.path is None or (self.path.is_in(scope) and type(self.path.value(scope)) is type(self.literal))

    def holds(self, scope: Scope) -> bool:
        if self.path is None:
            return True
        value: Any = self.path.value(scope)
        literal: Any = self.literal
        match self.operator:
            case "==":
                return bool(value == literal)
            case ">=":
                return bool(value >= literal)
            case "<=":
                return bool(value <= literal)
            case ">":
                return bool(value > literal)
            case _:
                return bool(value < literal)


def read_rules(subtype: str, parameters: Json) -> tuple[Rule, ...]:
    """Of an IF, SWITCH or ROUTER, in order; the default last. Empty for other nodes."""
    match subtype:
        case "IF":
            return (Rule.parse(parameters["condition"], "true"), Rule.always("false"))
        case "SWITCH":
            value = Path.parse(parameters["value"])
            cases = [Rule(path=value, operator="==", literal=c["equals"], port=c["port"]) for c in parameters["cases"]]
            return (*cases, Rule.always(parameters.get("default", "default")))
        case "ROUTER":
            config = parameters["custom_config"]
            rules = [Rule.parse(rule["condition"], rule["port"]) for rule in config["rules"]]
            return (*rules, *([Rule.always(config["default"])] if "default" in config else []))
        case _:
            return ()
