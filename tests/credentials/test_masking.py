"""Secrets are found by value, however they are written."""

import base64
import dataclasses
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.nodes import Credential, Credentials
from interlock.nodes.credential import SecretFields
from interlock.nodes.masking import Masker
from tests.credentials.forms import forms_of, found_in

SECRETS = ["s3cr3tToken", "p@ss \"w/ö\\rd' 9\n+Zz&<>", "пароль-密码-🔑", "aaaa", "$2a$.*+?()[]{}|^", "    lead and trail ", "x" * 5000, "%41%42%43"]


def credentials(secret: str, kind: str = "own", **more: str) -> Credentials:
    fields = more or {"secret": secret}
    return Credentials({"credential": Credential(name="shop", kind=kind, fields=SecretFields(fields))})


def masker(secret: str) -> Masker:
    return credentials(secret).masker


@pytest.mark.parametrize("secret", SECRETS)
def test_every_form_is_masked(secret: str) -> None:
    mask = masker(secret)
    for name, form in forms_of(secret).items():
        assert found_in(mask.text(f"<{form}>"), secret) == [], name
        assert "[credential shop]" in mask.text(f"<{form}>"), name


@given(
    secret=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=4, max_size=40).filter(lambda text: len(text.strip()) >= 4),
    before=st.binary(max_size=5),
    after=st.binary(max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_any_secret_is_masked_in_base64_of_a_longer_text(secret: str, before: bytes, after: bytes) -> None:
    whole = base64.b64encode(before + secret.encode() + after).decode()
    assert "[credential shop]" in masker(secret).text(whole)
    assert "[credential shop]" in masker(secret).text(whole.replace("+", "-").replace("/", "_"))


def test_base64_in_lines_is_masked() -> None:
    text = base64.encodebytes(b"some words before it " * 3 + b"s3cr3tToken-s3cr3tToken" + b"and after" * 9).decode()
    assert "[credential shop]" in masker("s3cr3tToken-s3cr3tToken").text(text)
    assert "[credential shop]" in masker("s3cr3tToken-s3cr3tToken").json({"text": text})["text"]


def test_the_pair_of_basic_authentication_is_masked_as_one() -> None:
    given = credentials("", kind="basic", username="admin", password="hunter22")
    pair = base64.b64encode(b"admin:hunter22").decode()
    assert given.masker.text(f"Basic {pair}!") == "Basic [credential shop]!"
    assert given.masker.text("admin says hunter22") == "admin says [credential shop]"


def test_the_password_inside_an_address_is_masked_by_itself() -> None:
    given = credentials("", kind="postgres", dsn="postgresql://me:pa%40ss-word@host/db")
    assert given.masker.text("refused pa@ss-word for me") == "refused [credential shop] for me"


def test_the_token_after_a_scheme_is_masked_by_itself() -> None:
    assert credentials("", kind="header", name="X-Key", value="Token abcd1234").masker.text("X-Key: abcd1234") == "X-Key: [credential shop]"


def test_json_is_masked_in_texts_keys_and_numbers() -> None:
    value = {"a": ["x 12345678 y", {"12345678": None}], "pin": 12345678, "price": 1.5, "yes": True}
    assert masker("12345678").json(value) == {
        "a": ["x [credential shop] y", {"[credential shop]": None}],
        "pin": "[credential shop]",
        "price": 1.5,
        "yes": True,
    }


def test_a_value_without_secrets_stays_the_same() -> None:
    value = {"a": [1, "b", None], "large": 2**70, "text": "line\nline"}
    assert masker("s3cr3tToken").json(value) is value
    assert masker("s3cr3tToken").json(odd := {"a": object()}) is odd


@pytest.mark.parametrize("refused", ["a\0", float("nan"), 10**4300, object(), "\ud800"], ids=lambda refused: type(refused).__name__)
def test_a_value_that_will_be_refused_is_masked_too(refused: object) -> None:
    """The message of the refusal names the place, and a key may be a secret."""
    masked = masker("s3cr3tToken").json({"s3cr3tToken": [refused, "s3cr3tToken"], "large": 6.022e23})
    assert masked == {"[credential shop]": [refused, "[credential shop]"], "large": 6.022e23}


def test_values_that_become_json_later_are_masked_before() -> None:
    @dataclasses.dataclass
    class Hidden:
        text: str

    assert masker("s3cr3tToken").json({"hidden": Hidden("s3cr3tToken")}) == {"hidden": {"text": "[credential shop]"}}


def test_masking_twice_changes_nothing() -> None:
    mask = masker("s3cr3tToken")
    once = mask.text("a s3cr3tToken b")
    assert mask.text(once) == once


def test_cutting_a_text_leaves_no_half_of_a_secret() -> None:
    given = credentials("s3cr3tToken" * 4)
    for length in range(60, 120):
        text = ("." * 60 + "s3cr3tToken" * 4 + "." * 60)[:length]
        assert "s3cr" not in given.cut(text, 100, is_whole=False)
    assert given.cut("whole", 100) == "whole"


def test_objects_with_a_secret_do_not_print_it() -> None:
    given = credentials("s3cr3tToken")
    shown = "".join(map(repr, (given, given["credential"], given["credential"].fields, given.masker, given["credential"].forms, [given])))
    assert "s3cr3tToken" not in shown + str(given) + f"{given['credential'].fields}"
    with pytest.raises(TypeError):
        __import__("pickle").dumps(given["credential"].fields)
    with pytest.raises(TypeError):
        json.dumps(given["credential"].fields)


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("-secret_token-", "\\" * 200_000 + "secret"),
        ("-secret_token-", "\\-" * 100_000 + "secret"),
        ("\\\\\\\\secret", "\\" * 200_000 + "secre secret"),
        ("\\-" * 20 + "secret", ("\\" * 9 + "-") * 20_000 + "secre secret"),
        ("&secret&0", "&#0" * 100_000 + "secret"),
        ("  +  secret", "+ " * 100_000 + "secret"),
    ],
)
def test_no_text_from_outside_makes_masking_slow(secret: str, text: str) -> None:
    """A server that knows the secret may answer with the text that its pattern handles worst. That once took hours; it must take seconds."""
    mask = masker(secret)
    began = time.process_time()
    assert mask.text(text) == text
    assert time.process_time() - began < 20


def test_backslashes_are_masked_however_often_they_were_escaped() -> None:
    for secret in ('a\\b"secret', "\\\\\\secret\\\\", "tab\tand\nline secret"):
        text = secret
        for _ in range(4):
            text = json.dumps({"said": text})
            assert "secret" not in masker(secret).text(text).replace("[credential shop]", "")
