"""What a rule of validation looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from interlock.definition.catalog import NodeCatalog
from interlock.definition.compiling.drawing import Drawing
from interlock.definition.model.node import NodeDefinition
from interlock.definition.reading.pointer import json_pointer
from interlock.definition.validation.draft import Draft, Place, Placed
from interlock.definition.validation.fault import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A draft with its graph.

    Attributes:
        places: where each node of the drawing stands, in the same order; of nodes with one id the first.
        is_whole: every node and connection could be read, so that what is missing in the graph is missing in the definition.
    """

    draft: Draft
    catalog: NodeCatalog
    drawing: Drawing
    places: Sequence[Place]
    is_whole: bool

    def fault(self, code: str, position: int, message: str, mend: str, *inside: str | int) -> Fault:
        """A fault of the node at this position of the drawing."""
        node: NodeDefinition = self.drawing.nodes[position].node
        return Fault(code=code, place=json_pointer((*self.places[position], *inside)), node=node.id, message=message, mend=mend)

    def connection_fault(self, code: str, placed: Placed, node: str, message: str, mend: str) -> Fault:
        """A fault of a connection."""
        return Fault(code=code, place=json_pointer(placed.place), node=node, message=message, mend=mend)

    def field(self, name: str) -> Any:
        """A field of the workflow itself, None where it could not be read."""
        return self.draft.head.get(name)
