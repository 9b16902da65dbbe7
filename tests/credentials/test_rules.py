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
        ("postgres", {"dsn": "host=h user=me password=passw0rd require_auth=scram-sha-256,md5"}, []),
        ("postgres", {"dsn": "what=ever is this"}, [("fields.dsn", "bad_value")]),
        ("postgres", {"dsn": "host=a,b port=5432,5433 user=me password=passw0rd sslmode=verify-full sslrootcert=system"}, []),
        ("postgres", {"dsn": "postgresql://me:passw0rd@h/d?application_name=x&connect_timeout=5&target_session_attrs=read-write"}, []),
        *(
            ("postgres", {"dsn": f"host=h user=me password=passw0rd {more}"}, [("fields.dsn", "bad_value")])
            for more in (
                "passfile=/tmp/x",
                "require_auth=gss",
                "require_auth=''",
                "require_auth=!password",
                "require_auth=scram-sha-256,sspi",
                "service=x",
                "options='-c role=x'",
                "sslcert=/tmp/x",
                "sslkey=/tmp/x",
                "sslcrl=/tmp/x",
                "sslcrldir=/tmp/x",
                "sslrootcert=/tmp/x",
                "sslmode=verify-ca",
                "hostaddr=127.0.0.1",
                "replication=database",
                "krbsrvname=x",
                "gsslib=x",
                "requirepeer=root",
                "sslpassword=abcd",
                "client_encoding=latin1",
                "port=0",
                "port=1,2",
                "connect_timeout=x",
                "sslkeylogfile=/tmp/x",
            )
        ),
        *(
            ("postgres", {"dsn": dsn}, [("fields.dsn", "bad_value")])
            for dsn in (
                "postgresql://me:passw0rd@/d",
                "user=me password=passw0rd",
                "host=/tmp user=me password=passw0rd",
                "host=@x user=me password=passw0rd",
                "host=a,,b user=me password=passw0rd",
                "host=h,/tmp user=me password=passw0rd",
                "postgresql://me:passw0rd@%2Ftmp/d",
                "host=h password=passw0rd",
                f"host={','.join('abcdefghijk')} user=me password=passw0rd",
            )
        ),
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
