"""The JSON Schema of definitions, for editors and other languages."""

from typing import Any, Final

from pydantic import TypeAdapter

from interlock.definition.model.connections_map import ConnectionsMap
from interlock.definition.model.workflow import WorkflowDefinition

_REFERENCE: Final = "#/$defs/{model}"


def definition_schema() -> dict[str, Any]:
    """Returns the schema (draft 2020-12) of every accepted spelling: list or map of connections, `critical`, `custom_config` beside `parameters`.

    It expresses what a schema can; `validate_definition` checks the rest.
    """
    schema = WorkflowDefinition.model_json_schema(ref_template=_REFERENCE)
    connections_map = TypeAdapter(ConnectionsMap).json_schema(ref_template=_REFERENCE)
    schema["$defs"] |= connections_map.pop("$defs")
    _read_group_names_in_both_cases(schema["$defs"])
    listed = schema["properties"]["connections"]
    listed["maxItems"] = listed.pop("maxLength")  # as the field is read by a function, its limit was taken for that of a text
    schema["properties"]["connections"] = {"anyOf": [listed, connections_map | {"additionalProperties": False}], "default": []}
    schema["$defs"]["NodeDefinition"]["properties"] |= {
        "critical": {"type": "boolean", "description": "`false` means `on_error: continue`, `true` means `on_error: fail`."},
        "custom_config": {"type": "object", "description": "Means `parameters.custom_config`."},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _read_group_names_in_both_cases(models: dict[str, Any]) -> None:
    names = models["ConnectionType"]["enum"]
    models["Receiver"]["properties"]["connection_types"].pop("propertyNames", None)
    models["Receiver"]["properties"]["connection_types"]["propertyNames"] = {"enum": [*names, *(name.lower() for name in names)]}
