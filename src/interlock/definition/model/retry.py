"""How many attempts a node has, and how long it waits between them."""

from typing import Annotated

from pydantic import Field

from interlock.definition.model.base import DefinitionModel
from interlock.definition.model.fields import Number, Whole


class RetryPolicy(DefinitionModel):
    """Exponential backoff: attempt n+1 begins `initial_seconds * multiplier ** (n - 1)` s after attempt n, at most `max_seconds`, plus jitter."""

    max_attempts: Annotated[Whole, Field(ge=1, le=1_000)] = 1
    """How many attempts the node has in all, 1 to 1,000."""
    initial_seconds: Annotated[Number, Field(ge=0, le=86_400)] = 1.0
    """The first wait, 0 to 86,400 s."""
    multiplier: Annotated[Number, Field(ge=1, le=100)] = 2.0
    """How much longer each wait is than the one before, 1 to 100."""
    max_seconds: Annotated[Number, Field(ge=0, le=2_592_000)] = 300.0
    """The longest wait, 0 to 30 days."""
    jitter: Annotated[Number, Field(ge=0, le=1)] = 0.2
    """The part of a wait that is random, 0 to 1."""
