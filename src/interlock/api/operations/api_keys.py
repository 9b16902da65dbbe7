"""Keys for programs."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.api_keys import ApiKeyList, CreateApiKey, CreatedApiKey, ListApiKeys, RevokeApiKey
from interlock.api.models.base import Nothing
from interlock.api.operations.operation import Operation, Repeat, Service
from interlock.errors import ApiKeyNotFound, NotAllowed, UserNotFound

SERVICE: Final[Service] = "api_keys"

OPERATIONS: Final = (
    Operation(
        name="list_api_keys",
        service=SERVICE,
        rest="GET /api-keys",
        permission=Permission.ACCOUNT,
        request=ListApiKeys,
        answer=ApiKeyList,
    ),
    Operation(
        name="create_api_key",
        service=SERVICE,
        rest="POST /api-keys",
        permission=Permission.ACCOUNT,
        request=CreateApiKey,
        answer=CreatedApiKey,
        status=201,
        repeat=Repeat.ACTS_AGAIN,
        errors=(ApiKeyNotFound, NotAllowed, UserNotFound),
    ),
    Operation(
        name="revoke_api_key",
        service=SERVICE,
        rest="DELETE /api-keys/{api_key_id}",
        permission=Permission.ACCOUNT,
        request=RevokeApiKey,
        answer=Nothing,
        status=204,
        repeat=Repeat.CHANGES_NOTHING,
        errors=(ApiKeyNotFound,),
    ),
)
