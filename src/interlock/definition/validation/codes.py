"""Every code that a report can have, with its meaning."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ERRORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the text
        "too_large": "the text is longer than 1 MiB",
        "not_utf8": "the text is not UTF-8",
        "nul_byte": "a text holds a NUL character, which the database cannot keep",
        "not_json": "the text is not JSON",
        "not_yaml": "the text is not YAML, or uses tags or several documents",
        "duplicate_key": "an object has a key twice",
        "too_deep": "lists and objects are nested deeper than 100 levels",
        "too_many_values": "there are more than 500,000 values, each use of a YAML alias counted in full",
        "alias_cycle": "a YAML alias is inside the part that it refers to",
        "bad_text": "a text holds half a surrogate pair",
        "bad_number": "a number is not finite, or a whole number has more than 4,300 digits",
        "bad_key": "a key is not text",
        "source_differs": "the text that came with a definition says something else than the definition",
        "unknown_format": "the file is neither .json nor .yaml",
        # the shape
        "bad_value": "a value has the wrong type, or is outside its range",
        "missing_field": "a required field is missing",
        "unknown_field": "a field is unknown",
        "bad_name": "the name of the workflow is too long, or has a character that names cannot have",
        "bad_node_id": "the id of a node is too long, or has a character that ids cannot have",
        "bad_tag": "a tag is empty, too long, or not text",
        "bad_retry": "a number of the retry policy is outside its range",
        "bad_position": "the position of a node is not x and y, two numbers from -1,000,000 to 1,000,000",
        "too_many_nodes": "there are more than 5,000 nodes",
        "too_many_connections": "there are more than 50,000 connections",
        "too_many_tags": "there are more than 50 tags",
        "too_many_expressions": "there are more than 10,000 expressions",
        "too_many_errors": "there are more than 1,000 errors; the rest is left out",
        # the nodes
        "duplicate_node": "two nodes have the same id",
        "unknown_type": "there is no such node type",
        "bad_parameter": "a parameter is missing, unknown, or has a wrong value",
        "reserved_code": "the code of a FAIL is that of an error that Interlock reports itself",
        "cannot_disable": "a node is disabled that has no output of its own, decides where to go, or supplies others",
        "duplicate_case": "two cases of a SWITCH are equal",
        "bad_expression": "an expression or template cannot be parsed",
        "unknown_node_reference": "an expression names a node that does not exist",
        "unknown_goto_target": "a GOTO leads to a node that does not exist",
        "goto_to_itself": "a GOTO leads to itself",
        "condition_not_compiled": "a condition needs a worker, but virtual_users is cron",
        "value_not_compiled": "a value needs a worker, but virtual_users is cron",
        "lock_not_compiled": "the expression of a lock is more than paths in text",
        # the connections
        "dangling_connection": "a connection begins or ends at a node that does not exist",
        "duplicate_connection": "the same connection is there twice",
        "missing_port": "a connection leaves through a port that its node does not have",
        "capability_not_taken": "a capability is connected to a node that does not take it",
        "trigger_takes_no_connection": "a connection or a GOTO leads to a trigger",
        "error_port_unconnected": "on_error is port, but no connection leaves through error",
        "error_port_not_enabled": "a connection leaves through error, but on_error is not port",
        "count_too_large": "the count of a join is larger than the number of its connections",
        # notes and groups
        "duplicate_note": "two notes have the same id",
        "duplicate_group": "two groups have the same id",
        "unknown_group_node": "a group names a node that does not exist",
        "node_in_two_groups": "a node is in two groups",
        # the graph
        "no_trigger": "there is no trigger, so nothing can start",
        "endless_loop": "a loop has no exit, and nothing in it waits",
    }
)

WARNINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "unreachable_node": "no path leads from a trigger to the node",
        "join_without_branches": "join or late is set on a node with fewer than two MAIN connections",
        "unused_parameter": "a value is given to a node that does not use it",
        "loop_without_end": "nothing ends a loop: no node of it decides, or nothing changes what its conditions see",
        "loop_multiplies": "each round of a loop has more visits than the round before: branches that fork in it meet in a join: each",
        "join_mixes_rounds": "one visit of a join can take a token of one round of a loop beside a token of another round",
    }
)
