"""Who is signed in."""

from interlock.api.models.base import Nothing
from interlock.api.models.users import Session
from interlock.client.calling import Caller


class SessionOperations(Caller):
    """With a key or a token nothing of this is needed; `sign_in` is for email and password."""

    async def sign_in(self, *, email: str, password: str) -> Session:
        """Begin a session, which this client uses from then on.

        Raises:
            SignInRefused, TooManyTries: as they say.
        """
        return self._remember(await self._ask("sign_in", Session, email=email, password=password))

    async def get_session(self) -> Session:
        """Who is signed in, and what they may do."""
        return self._remember(await self._ask("get_session", Session))

    async def sign_out(self) -> None:
        """End the session."""
        await self._ask("sign_out", Nothing)
        self._csrf_token = None

    async def change_password(self, *, current_password: str, new_password: str) -> Session:
        """Choose another password; every other session of this user ends."""
        return self._remember(await self._ask("change_password", Session, current_password=current_password, new_password=new_password))

    def _remember(self, session: Session) -> Session:
        """Changes by cookie have to bring the session's token along."""
        self._csrf_token = session.csrf_token
        return session
