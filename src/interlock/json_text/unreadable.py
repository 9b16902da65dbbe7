"""The reason why a text or a value is refused."""


class UnreadableValue(ValueError):
    """A text that is not JSON (or YAML), or a value that is not JSON within the limits.

    Attributes:
        code: `too_large`, `not_utf8`, `nul_byte`, `not_json`, `not_yaml`, `duplicate_key`, `too_deep`, `too_many_values`, `alias_cycle`,
            `bad_text`, `bad_number`, `bad_value`, `bad_key` or `unknown_format`.
        message: what is wrong, with the values.
        hint: what to do.
        place: JSON pointer where the reader knows it, else "".
    """

    def __init__(self, code: str, message: str, hint: str, place: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place

    @property
    def details(self) -> dict[str, str]:
        """The place and the code, for programs."""
        return {"place": self.place, "reason": self.code}

    @property
    def sentence(self) -> str:
        """The place, if there is one, and the message."""
        return f"{self.place}: {self.message}" if self.place else self.message
