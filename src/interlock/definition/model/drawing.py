"""What people add to the drawing of a workflow: notes and groups. It does not change how the workflow runs."""

from typing import Annotated, Final

from pydantic import Field, PlainSerializer

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import NODE_LIMIT, NodeId, NodeName, Number
from interlock.definition.model.position import Position, shortest

NOTE_LIMIT: Final = 500
GROUP_LIMIT: Final = 500

Length = Annotated[Number, Field(ge=40, le=10_000), PlainSerializer(shortest)]


class Note(DefinitionModel):
    """A text on the canvas."""

    id: NodeId
    """Unique among the notes of the workflow; the form of a node id."""
    text: Annotated[str, Field(max_length=10_000)] = ""
    """What it says, with `#` headings, `-` lists, `**bold**`, `*emphasis*`, `` `code` `` and links. At most 10,000 characters."""
    position: Position
    """Its upper left corner."""
    width: Length = 240
    """In pixels at a zoom of 1, 40 to 10,000."""
    height: Length = 120
    """In pixels at a zoom of 1, 40 to 10,000."""


class Group(DefinitionModel):
    """A named frame around nodes. It is drawn around them, so it has no position of its own."""

    id: NodeId
    """Unique among the groups of the workflow; the form of a node id."""
    name: NodeName
    """What people see."""
    nodes: Annotated[tuple[NodeId, ...], Field(min_length=1, max_length=NODE_LIMIT)]
    """The ids of its nodes. A node is in one group at most."""
