"""Parameters of `ACTION_NODE/RUN_CODE`."""

import ast
import keyword
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator


class RunCodeParameters(BaseModel):
    """Runs Python code in a sandbox."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(
        min_length=1,
        max_length=262_144,
        description="Python code. The value of its last expression, or of the variable `output`, is the output of the node. Not a template.",
    )
    values: dict[str, Any] = Field(
        default_factory=dict,
        description="More variables for the code, by name. Templates are rendered: `{{ nodes.a.output.total }}` becomes the value of a variable.",
    )
    timeout_seconds: float = Field(default=5, gt=0, le=300, description="How many seconds the code may run.")
    memory_mb: int = Field(default=64, ge=1, le=1024, description="How much memory the code may use, in MiB.")
    keep_stdout: bool = Field(default=False, description="Add what the code prints to the output, as `stdout` (the first 64 KiB).")
    retry_on_failure: bool = Field(
        default=False, description="Try again when the code fails, as the retry policy of the node says. Without it the node fails at once."
    )

    @field_validator("code")
    @classmethod
    def _is_python(cls, code: str) -> str:
        error = syntax_error(code)
        if error is not None:
            raise ValueError(error)
        return code

    @field_validator("values")
    @classmethod
    def _are_names(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in values:
            if not is_variable(name):
                raise ValueError(f"{name[:100]!r} cannot be the name of a variable")
        return values


def is_variable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


@lru_cache(maxsize=64)
def syntax_error(code: str) -> str | None:
    """What Python's own parser has against the code, with the line; None when nothing. The sandbox's interpreter knows a little less than it."""
    try:
        ast.parse(code)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return "it cannot be parsed: a NUL character, or nested too deeply"
    return None
