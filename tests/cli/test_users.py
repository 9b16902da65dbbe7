"""`interlock users reset-password`, from the lost password to the sign-in with the new one."""

from psycopg_pool import AsyncConnectionPool

from interlock.api.auth.first_admin import EMAIL, first_admin
from tests.api.serving import serving
from tests.cli.command import interlock, start


async def test_a_lost_password_is_replaced_by_a_one_time_password(database_url: str, pool: AsyncConnectionPool) -> None:
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


async def test_an_unknown_email_makes_no_user_and_the_existing_users_are_named(database_url: str, pool: AsyncConnectionPool) -> None:
    await first_admin(pool)
    answer = interlock("users", "reset-password", "nobody@example.com", "--json", database=database_url)
    assert answer.code == 2
    assert EMAIL in answer.stdout


def test_up_says_how_to_sign_in_until_somebody_has(database_url: str) -> None:
    assert f"{EMAIL} with the one-time password" in first_line_about(EMAIL, database_url)
    assert f"interlock users reset-password {EMAIL}" in first_line_about(EMAIL, database_url)


def first_line_about(word: str, database_url: str) -> str:
    """The first line of `interlock up` that has this word."""
    running = start("up", "--port", "0", "--database", database_url)
    try:
        assert running.stdout is not None
        return next(line for line in running.stdout if word in line)
    finally:
        running.terminate()
        running.wait(60)
