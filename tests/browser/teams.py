"""People who are in several workspaces, and what their workspaces have."""

from typing import Any, Final

import httpx
from playwright.sync_api import BrowserContext

from tests.browser.product import PASSWORD, PATIENCE_SECONDS, Product

SESSION: Final = "/session"
DEFAULT: Final = 1


class Member:
    """A person with sessions: one of their own, in any workspace, and one for each browser."""

    def __init__(self, product: Product, email: str, once: str) -> None:
        self._product = product
        self.email = email
        self.http = self._sign_in(once)
        self._keep(self.http.put(f"{SESSION}/password", json={"current_password": once, "new_password": PASSWORD}))

    @classmethod
    def of(cls, product: Product, role: str = "admin", *, name: str | None = None) -> "Member":
        """Makes a person in `default`."""
        return cls(product, *product.person(role, name=name))

    def post(self, path: str, body: Any) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def make_workspace(self, name: str) -> int:
        """Makes a workspace, of which they are the admin."""
        made: int = self.post("/workspaces", {"name": name})["id"]
        return made

    def go_to(self, workspace_id: int) -> "Member":
        """Switches their own session."""
        self._keep(self.http.put(f"{SESSION}/workspace", json={"workspace_id": workspace_id}))
        return self

    def add(self, other: "Member", role: str, workspace_id: int) -> None:
        """Adds somebody to a workspace of theirs."""
        self.go_to(workspace_id).post("/users", {"email": other.email, "name": "Not this one", "role": role})

    def enter(self, context: BrowserContext, workspace_id: int = DEFAULT) -> BrowserContext:
        """Signs in anew, and gives the browser the session, in this workspace."""
        http = self._sign_in(PASSWORD)
        self._keep(http.put(f"{SESSION}/workspace", json={"workspace_id": workspace_id}), http)
        context.add_cookies([{"name": "interlock_session", "value": http.cookies["interlock_session"], "url": self._product.url, "httpOnly": True}])
        return context

    def _sign_in(self, password: str) -> httpx.Client:
        http = httpx.Client(base_url=f"{self._product.url}/api/v1", timeout=PATIENCE_SECONDS)
        self._keep(http.post(SESSION, json={"email": self.email, "password": password}), http)
        return http

    def _keep(self, answer: httpx.Response, http: httpx.Client | None = None) -> None:
        assert answer.is_success, answer.text
        (http or self.http).headers["X-CSRF-Token"] = answer.json()["csrf_token"]
