"""Why a definition gives no rows."""


class CannotCompile(ValueError):
    """The definition has an error that validation reports; what it is stands in the message."""
