"""Log records without secrets, whoever makes them: executors, libraries that they call, the event loop that finds a task's exception later.

Logging is global to a process, and so is this: once a credential was decrypted, a factory makes every record and masks the secrets of all
credentials in use. The factory holds them by weak references only, so it forgets a credential when nobody else holds it.
"""

import logging
import traceback
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from interlock.nodes import Credential

_in_use: WeakSet[Credential] = WeakSet()
_Factory = Callable[..., logging.LogRecord]


def mask_logs(credential: Credential) -> None:
    """Mask the credential's secrets in every log record of this process, while the credential is held."""
    _in_use.add(credential)
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _MaskingFactory):
        logging.setLogRecordFactory(_MaskingFactory(factory))


class _MaskingFactory:
    def __init__(self, make: _Factory) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        if in_use := tuple(_in_use):
            _mask(record, in_use)
        return record


def _mask(record: logging.LogRecord, credentials: tuple[Credential, ...]) -> None:
    """Mask a record in place; a record without secrets stays as it is."""

    def masked(text: str) -> str:
        for credential in credentials:
            text = credential.masker.text(text)
        return text

    message = _message(record)
    if (hidden := masked(message)) != message:
        record.msg, record.args = hidden, None
    if record.exc_info and record.exc_info[0] is not None:
        shown = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if (hidden := masked(shown)) != shown:
            record.exc_info, record.exc_text = None, hidden
    if record.stack_info:
        record.stack_info = masked(record.stack_info)
    record.__dict__ = _MaskedFields(record.__dict__, masked)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001  the arguments do not fit the message: logging prints both as they are
        return f"{record.msg} {record.args}"


class _MaskedFields(dict[str, Any]):
    """The attributes of a record; those that `extra` adds later are masked when they are added."""

    def __init__(self, made: dict[str, Any], masked: Callable[[str], str]) -> None:
        super().__init__(made)
        self._masked = masked

    def __setitem__(self, name: str, value: Any) -> None:
        shown = str(value)
        hidden = self._masked(shown)
        super().__setitem__(name, value if hidden == shown else hidden)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)
