import pytest


@pytest.fixture(autouse=True)
def _can_encrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials can be saved."""
    monkeypatch.setenv("SECRET_KEY", "a secret key of at least thirty-two characters")
