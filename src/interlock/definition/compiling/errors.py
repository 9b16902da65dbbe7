"""Why a definition gives no rows."""


class CannotCompile(ValueError):
    """The definition has a fault that validation reports; what it is stands in the message."""
