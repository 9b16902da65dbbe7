"""The checksum of the content of a workflow."""

import hashlib
import json

from interlock.definition.model.workflow import WorkflowDefinition


def definition_checksum(definition: WorkflowDefinition) -> str:
    """64 hexadecimal digits, equal for definitions of equal content however they were written (order of keys, defaults, map or list of connections).

    SHA-256 over `to_json()` with sorted keys, no blanks, UTF-8.
    """
    text = json.dumps(definition.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
