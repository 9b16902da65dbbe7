"""`python -m interlock.definition` writes the JSON Schema that is shipped; a test compares it with the model."""

import json
from pathlib import Path

from interlock.definition.json_schema import definition_schema

if __name__ == "__main__":
    text = json.dumps(definition_schema(), indent=2, ensure_ascii=False)
    Path(__file__).with_name("workflow.schema.json").write_text(text + "\n", encoding="utf-8")
