"""Which values can be saved."""

import pytest

from interlock.credentials import errors_of


@pytest.mark.parametrize(
    ("kind", "fields", "errors"),
    [
        ("bearer", {"token": "abcd"}, []),
        ("bearer", {"token": "abc"}, [("fields.token", "too_short")]),
        ("bearer", {"token": "  abc  "}, [("fields.token", "too_short"), ("fields.token", "bad_value")]),
        ("bearer", {"token": "Bearer abcd"}, [("fields.token", "bad_value")]),
        ("bearer", {"key": "abcd"}, [("fields.token", "missing_field"), ("fields.key", "unknown_field")]),
        ("basic", {"username": "", "password": "abcd"}, []),
        ("basic", {"username": "a", "password": "pä ss:word"}, []),
        ("basic", {"username": "a:b", "password": "abcd"}, [("fields.username", "bad_value")]),
        ("header", {"name": "X-Api-Key", "value": "abc defg"}, []),
        ("header", {"name": "User-Agent", "value": "abcd"}, [("fields.name", "bad_value")]),
        ("header", {"name": "Host", "value": "abcd"}, [("fields.name", "bad_value")]),
        ("header", {"name": "X Key", "value": "ab\r\ncd"}, [("fields.name", "bad_value"), ("fields.value", "bad_value")]),
        ("postgres", {"dsn": "postgresql://me:password@host/db"}, []),
        ("postgres", {"dsn": "host=h user=me password=pw"}, [("fields.dsn", "too_short")]),
        ("postgres", {"dsn": "what=ever is this"}, [("fields.dsn", "bad_value")]),
        ("sms_gate", {"key": "abcd", "pin": "123"}, [("fields.pin", "too_short")]),
        ("sms_gate", {"key": "ab\x00cd"}, [("fields.key", "bad_text")]),
        ("sms_gate", {"key": "ab\ud800cd"}, [("fields.key", "bad_text")]),
    ],
)
def test_values_are_those_of_the_kind_and_long_enough_to_be_masked(kind: str, fields: dict[str, str], errors: list[tuple[str, str]]) -> None:
    found = errors_of(kind, fields)
    assert [(error.place, error.code) for error in found] == errors
    assert all(error.hint for error in found)
    assert not any(len(value) > 3 and value in f"{error.message}{error.hint}" for error in found for value in fields.values())
