"""Parameters that name a credential."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from interlock.definition.model.fields import as_text

CREDENTIAL_FORMAT: Final = "interlock-credential"


@dataclass(frozen=True, slots=True)
class NamesCredential:
    """Declares that a text of a parameter model names a credential. It is never a template: whoever provides an input must not choose secrets.

    Attributes:
        kinds: the kinds that are accepted; empty: any.
    """

    kinds: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "format": CREDENTIAL_FORMAT, "kinds": list(self.kinds)}


_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"

CredentialName = Annotated[str, Field(min_length=1, max_length=100, pattern=_NAME), BeforeValidator(as_text), NamesCredential()]
"""The name of a credential of any kind; `Annotated[CredentialName, NamesCredential(("bearer",))]` accepts those kinds only."""


def credentials_of(model: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """Returns the parameters of a model that name a credential, with the kinds that each accepts. Models inside the model are not searched."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field in model.model_fields.items():
        annotations = [item for item in (*_annotations(field.annotation), *field.metadata) if isinstance(item, NamesCredential)]
        if annotations:
            found[field.alias or name] = annotations[-1].kinds
    return found


def _annotations(annotation: Any) -> Iterator[Any]:
    """Yields what `Annotated` adds to a type, inside a union too."""
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from getattr(argument, "__metadata__", ())
