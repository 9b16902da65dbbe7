"""The node types that definitions may use."""

from interlock.api.models.node_types import DefinitionSchema, NodeType, NodeTypeList
from interlock.client.calling import Caller


class NodeTypeOperations(Caller):
    async def list_node_types(self) -> NodeTypeList:
        """All of them, by name."""
        return await self._ask("list_node_types", NodeTypeList)

    async def get_node_type(self, type: str, subtype: str) -> NodeType:  # noqa: A002 - the field's name
        """One, with the JSON Schema of its parameters."""
        return await self._ask("get_node_type", NodeType, type=type, subtype=subtype)

    async def get_definition_schema(self) -> DefinitionSchema:
        """The JSON Schema of a whole definition."""
        return await self._ask("get_definition_schema", DefinitionSchema)
