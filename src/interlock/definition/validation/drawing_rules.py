"""Rules about notes and groups, which only the drawing has."""

from collections.abc import Iterator

from interlock.definition.validation.definition_error import DefinitionError
from interlock.definition.validation.rule import Subject
from interlock.json_text import json_pointer


def duplicate_notes_and_groups(subject: Subject) -> Iterator[DefinitionError]:
    for name, one in (("notes", "note"), ("groups", "group")):
        seen: set[str] = set()
        for number, item in enumerate(subject.field(name) or ()):
            if item.id in seen:
                message = f"Another {one} has the id {item.id!r} too."
                yield DefinitionError(code=f"duplicate_{one}", place=json_pointer((name, number, "id")), message=message, hint="Give it another id.")
            seen.add(item.id)


def nodes_of_groups(subject: Subject) -> Iterator[DefinitionError]:
    """Nodes of a group that do not exist, or that are in a group already."""
    group_of: dict[str, str] = {}
    for number, group in enumerate(subject.field("groups") or ()):
        for position, node in enumerate(group.nodes):
            place = json_pointer(("groups", number, "nodes", position))
            if node not in subject.draft.known_ids:
                message = f"The group {group.name:.60} names the node {node!r}, which does not exist."
                yield DefinitionError(code="unknown_group_node", place=place, message=message, hint="Remove it from the group.")
            elif node in group_of:
                message = f"The node {node!r} is in the group {group_of[node]:.60} already."
                yield DefinitionError(code="node_in_two_groups", place=place, message=message, hint="Remove it from one of the groups.")
            else:
                group_of[node] = group.name
