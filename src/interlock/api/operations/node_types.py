"""Node types."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.node_types import DefinitionSchema, GetDefinitionSchema, GetNodeType, ListNodeTypes, NodeType, NodeTypeList
from interlock.api.operations.operation import Operation, Service
from interlock.errors import NodeTypeNotFound

SERVICE: Final[Service] = "node_types"

OPERATIONS: Final = (
    Operation(
        name="list_node_types",
        service=SERVICE,
        rest="GET /node-types",
        permission=Permission.ACCOUNT,
        request=ListNodeTypes,
        answer=NodeTypeList,
    ),
    Operation(
        name="get_node_type",
        service=SERVICE,
        rest="GET /node-types/{type}/{subtype}",
        permission=Permission.ACCOUNT,
        request=GetNodeType,
        answer=NodeType,
        errors=(NodeTypeNotFound,),
    ),
    Operation(
        name="get_definition_schema",
        service=SERVICE,
        rest="GET /definition-schema",
        permission=Permission.ACCOUNT,
        request=GetDefinitionSchema,
        answer=DefinitionSchema,
    ),
)
