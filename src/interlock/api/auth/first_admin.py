"""Makes the first user. There is never a default password."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg_pool import AsyncConnectionPool
from pydantic import SecretStr

from interlock.api.auth.passwords import Passwords, one_time_password
from interlock.controlplane.accounts import Accounts

EMAIL: Final = "admin@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimePassword:
    """Shown once; the user must change it at the first sign-in."""

    email: str
    password: SecretStr


async def first_admin(pool: AsyncConnectionPool[Any]) -> OneTimePassword | None:
    """Makes an admin if there is no user yet, else returns None. Of two calls at the same time, one makes it."""
    accounts = Accounts(pool)
    if await accounts.has_people():
        return None
    password = one_time_password()
    made = await accounts.create_first_admin(email=EMAIL, name="Administrator", password_hash=await Passwords().hash(password))
    return OneTimePassword(email=EMAIL, password=password) if made else None
