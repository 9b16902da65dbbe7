"""Secrets that nodes use."""

from typing import Final

from interlock.api.auth.permissions import Permission
from interlock.api.models.base import Nothing
from interlock.api.models.credentials import (
    CreateCredential,
    Credential,
    CredentialList,
    CredentialTest,
    DeleteCredential,
    GetCredential,
    ListCredentials,
    TestCredential,
    UpdateCredential,
)
from interlock.api.operations.operation import Operation, Repeat, Service
from interlock.errors import CredentialNotFound, EncryptionKeyMissing, NameTaken, WorkspaceNotFound

SERVICE: Final[Service] = "credentials"

OPERATIONS: Final = (
    Operation(
        name="list_credentials",
        service=SERVICE,
        rest="GET /credentials",
        permission=Permission.CREDENTIALS_READ,
        request=ListCredentials,
        answer=CredentialList,
    ),
    Operation(
        name="create_credential",
        service=SERVICE,
        rest="POST /credentials",
        permission=Permission.CREDENTIALS_WRITE,
        request=CreateCredential,
        answer=Credential,
        status=201,
        repeat=Repeat.ACTS_AGAIN,
        location="/credentials/{id}",
        errors=(EncryptionKeyMissing, NameTaken, WorkspaceNotFound),
    ),
    Operation(
        name="get_credential",
        service=SERVICE,
        rest="GET /credentials/{credential_id}",
        permission=Permission.CREDENTIALS_READ,
        request=GetCredential,
        answer=Credential,
        errors=(CredentialNotFound,),
    ),
    Operation(
        name="update_credential",
        service=SERVICE,
        rest="PATCH /credentials/{credential_id}",
        permission=Permission.CREDENTIALS_WRITE,
        request=UpdateCredential,
        answer=Credential,
        repeat=Repeat.ACTS_AGAIN,
        errors=(CredentialNotFound, EncryptionKeyMissing),
    ),
    Operation(
        name="test_credential",
        service=SERVICE,
        rest="POST /credentials/{credential_id}/test",
        permission=Permission.CREDENTIALS_WRITE,
        request=TestCredential,
        answer=CredentialTest,
        repeat=Repeat.ACTS_AGAIN,
        errors=(CredentialNotFound,),
    ),
    Operation(
        name="delete_credential",
        service=SERVICE,
        rest="DELETE /credentials/{credential_id}",
        permission=Permission.CREDENTIALS_WRITE,
        request=DeleteCredential,
        answer=Nothing,
        status=204,
        repeat=Repeat.ACTS_AGAIN,
        errors=(CredentialNotFound,),
    ),
)
