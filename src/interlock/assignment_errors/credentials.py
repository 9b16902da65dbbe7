"""What can be wrong with the credential that a node names."""

from typing import Final

from interlock.assignment_errors.code import AssignmentErrorCode

OF_CREDENTIALS: Final = (
    AssignmentErrorCode(
        code="credential_field_missing",
        meaning="The credential lacks a field that the node needs.",
        cause="It was saved as a kind of your own, with other fields.",
        hint="Save its values again, with the field that the message names.",
    ),
    AssignmentErrorCode(
        code="credential_host",
        meaning="The credential may not be sent to this host.",
        cause="The address comes from a template and leads elsewhere, or the host is missing in `allowed_hosts` of the credential.",
        hint="Correct the address, or add the host to `allowed_hosts` of the credential.",
    ),
    AssignmentErrorCode(
        code="credential_key_missing",
        meaning="The worker does not have the key that the credential was encrypted with.",
        cause="INTERLOCK_ENCRYPTION_KEY of the worker is missing, or is not that of the API.",
        hint="Start the worker with the INTERLOCK_ENCRYPTION_KEY (or INTERLOCK_ENCRYPTION_KEY_FILE) of the API.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="credential_kind",
        meaning="The credential is of another kind than the node takes.",
        cause="The node names the wrong credential.",
        hint="Name another credential, or save one of the kind that the node takes.",
    ),
    AssignmentErrorCode(
        code="credential_not_found",
        meaning="There is no credential of the name that the node gives.",
        cause="It was deleted or renamed, or the name is misspelled.",
        hint="Save a credential of this name on the page Credentials, and retry.",
    ),
    AssignmentErrorCode(
        code="credential_unreadable",
        meaning="The credential cannot be decrypted.",
        cause="Its row in the database was damaged, or copied from another installation.",
        hint="Save its values again.",
    ),
)
