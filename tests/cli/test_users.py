"""`interlock users reset-password`, from the lost password to the sign-in with the new one."""

from psycopg_pool import AsyncConnectionPool

from interlock.api.auth.first_admin import EMAIL, first_admin
from tests.api.serving import serving
from tests.cli.command import interlock, start


async def test_who_has_the_database_gets_back_in(database_url: str, pool: AsyncConnectionPool) -> None:
    lost = await first_admin(pool)
    assert lost is not None
    async with serving(database_url) as api:
        client = await api.client(None)
        before = await client.post("/api/v1/session", json={"email": EMAIL, "password": lost.password.get_secret_value()})
        assert before.status_code == 200
        done = interlock("users", "reset-password", EMAIL.upper(), "--json", database=database_url)
        assert (done.code, done.document["email"]) == (0, EMAIL)
        assert (await client.get("/api/v1/session")).status_code == 401
        old = await client.post("/api/v1/session", json={"email": EMAIL, "password": lost.password.get_secret_value()})
        assert old.json()["code"] == "IL032"
        again = await client.post("/api/v1/session", json={"email": EMAIL, "password": done.document["one_time_password"]})
        assert again.json()["user"]["must_change_password"] is True


async def test_nobody_is_made_and_who_there_is_is_named(database_url: str, pool: AsyncConnectionPool) -> None:
    await first_admin(pool)
    answer = interlock("users", "reset-password", "nobody@example.com", "--json", database=database_url)
    assert answer.code == 2
    assert EMAIL in answer.stdout


def test_a_start_before_anybody_signed_in_says_how_to_get_in(database_url: str) -> None:
    assert f"{EMAIL} with the one-time password" in first_line_about(EMAIL, database_url)
    assert f"interlock users reset-password {EMAIL}" in first_line_about(EMAIL, database_url)


def first_line_about(word: str, database_url: str) -> str:
    """What `interlock up` says first with this word in it."""
    running = start("up", "--port", "0", "--database", database_url)
    try:
        assert running.stdout is not None
        return next(line for line in running.stdout if word in line)
    finally:
        running.terminate()
        running.wait(60)
