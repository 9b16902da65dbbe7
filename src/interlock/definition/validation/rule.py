"""What a rule of validation works on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.definition.compiling.drawing import Drawing
from interlock.definition.model.node import NodeDefinition
from interlock.definition.node_types import NodeTypeLookup
from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.draft import Draft, Place, Placed
from interlock.definition.validation.suggestions import Suggestions
from interlock.json_text import json_pointer

AFTER_TRIGGER: Final = "Lead it to the node after the trigger."


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A draft with its graph.

    Attributes:
        places: the place of each node of the drawing, in the same order; of nodes with the same id the first.
        is_whole: whether every node and connection could be read, so that what is missing in the graph is missing in the definition.
    """

    draft: Draft
    node_types: NodeTypeLookup
    drawing: Drawing
    places: Sequence[Place]
    is_whole: bool
    suggestions: Suggestions = field(default_factory=Suggestions)

    def error(self, code: str, position: int, message: str, hint: str, *inside: str | int) -> DefinitionError:
        """Returns an error of the node at this position of the drawing."""
        node: NodeDefinition = self.drawing.nodes[position].node
        return DefinitionError(code=code, place=json_pointer((*self.places[position], *inside)), node=node.id, message=message, hint=hint)

    def connection_error(self, code: str, placed: Placed, node: str, message: str, hint: str) -> DefinitionError:
        """Returns an error of a connection."""
        return DefinitionError(code=code, place=json_pointer(placed.place), node=node, message=message, hint=hint)

    def field(self, name: str) -> Any:
        """Returns a field of the workflow itself, or None if it could not be read."""
        return self.draft.head.get(name)
