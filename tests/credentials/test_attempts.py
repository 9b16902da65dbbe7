"""How a worker uses credentials, and that it does not leak them."""

import asyncio
import gc
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from interlock.credentials import Cipher, CredentialReader, CredentialStore, CredentialUse, MasterKey
from interlock.definition import FLOW_NODE_TYPES, NodeTypes, validate_definition
from interlock.nodes import NodeError, NodeExecutorFactory
from interlock.worker import Worker
from tests.credentials.executors import Leak
from tests.credentials.forms import found_in
from tests.credentials.vault import Vault
from tests.worker.engine import Engine, until
from tests.worker.executors import TestNodes

SECRET = 'cnry-7f3a/+"&=\\ü\n-0b1d'


@pytest.fixture
def leak() -> Leak:
    return Leak()


@pytest.fixture
async def engine(database_url: str, pool: AsyncConnectionPool[Any], leak: Leak) -> Engine:
    nodes = TestNodes()
    nodes.factory = NodeExecutorFactory([*nodes.factory.executors(), leak])
    return Engine(database_url, pool, nodes)


@pytest.fixture
async def worker(engine: Engine, cipher: Cipher) -> AsyncIterator[Worker]:
    async with engine.working(Worker(engine.settings(), engine.nodes.factory, cipher=cipher)) as running:
        yield running


def leaking(**parameters: Any) -> dict[str, Any]:
    retry = {"max_attempts": 2, "initial_seconds": 0.01}
    return {"subtype": "LEAK", "parameters": parameters, "retry": retry, "on_error": "continue"}


async def run(engine: Engine, **nodes: dict[str, Any]) -> UUID:
    await engine.deploy("secret", nodes)
    (execution,) = await engine.start("secret", {"given": 1})
    await engine.ended(execution)
    return execution


async def everything(engine: Engine) -> str:
    """Everything in the database, except the credentials themselves."""
    tables = await engine.rows("select tablename from pg_tables where schemaname = 'interlock' and tablename <> 'credentials'")
    return "".join([str(await engine.rows(f"select t::text from interlock.{table['tablename']} t")) for table in tables])


@pytest.mark.usefixtures("worker")
async def test_an_executor_gets_the_values_and_the_database_the_mask(engine: Engine, vault: Vault, leak: Leak) -> None:
    await vault.save("shop", "own", key=SECRET)
    execution = await run(engine, one=leaking(key="shop"), two=leaking())
    assert leak.got[0]["key"].fields == {"key": SECRET}
    visit = await engine.visit(execution, "one")
    assert visit["output"] == {"said": "[credential shop]", "list": ["[credential shop]"], "[credential shop]": 1}
    assert (await engine.visit(execution, "two"))["output"]["input"]["said"] == "[credential shop]"
    assert (await engine.execution(execution))["context"] == {"kept": "[credential shop]"}
    assert leak.got[1] == {}


SCOPE = ("input", "nodes", "context", "execution", "subject")
"""All names that stand for something in an expression, besides the keys of the input."""


@pytest.mark.usefixtures("worker")
async def test_expressions_cannot_see_credentials(engine: Engine, vault: Vault, leak: Leak) -> None:
    """An expression of the node that uses a credential: all that it sees is without the secret, and no name leads to it."""
    await vault.save("shop", "own", key=SECRET)
    how = " ".join(f"{{{{ {name} }}}}" for name in SCOPE)
    await run(engine, one=leaking(key="shop", how=how))
    assert leak.got[0]["key"].fields == {"key": SECRET}
    assert "given" in leak.hows[0]
    assert not found_in(leak.hows[0], SECRET)
    for number, name in enumerate(
        ("credentials", "credential", "secrets", "shop", "key", "parameters", "env", "context.credentials", "execution.credentials")
    ):
        await engine.deploy(f"guess {number}", {"one": leaking(key="shop", how="{{ " + name + " }}")})
        (execution,) = await engine.start(f"guess {number}", {"given": 1})
        await engine.ended(execution)
        error = (await engine.visit(execution, "one"))["error"]
        assert error, name
        assert not found_in(str(error), SECRET)
    assert len(leak.hows) == 1, "no node was executed with such a name"


@pytest.mark.usefixtures("worker")
async def test_a_worker_of_two_workspaces_uses_in_each_the_credential_of_that_name(
    engine: Engine, pool: AsyncConnectionPool[Any], cipher: Cipher, leak: Leak
) -> None:
    """Also while it remembers that of the other one."""
    second = await engine.add_workspace("second")
    await Vault(CredentialStore(pool, 1), cipher).save("shop", "own", key="s3cr3tOfTheFirst")
    await Vault(CredentialStore(pool, 1), cipher).save("mine", "own", key="s3cr3tOfMine")
    await Vault(CredentialStore(pool, 2), cipher).save("shop", "own", key="s3cr3tOfTheSecond")
    for one in (engine, second, engine):
        await run(one, one=leaking(key="shop"))
    assert [got["key"].field("key") for got in leak.got] == ["s3cr3tOfTheFirst", "s3cr3tOfTheSecond", "s3cr3tOfTheFirst"]
    assert (await engine.visit(await run(engine, one=leaking(key="mine")), "one"))["status"] == "completed"
    refused = await second.visit(await run(second, one=leaking(key="mine")), "one")
    assert refused["error"]["code"] == "credential_not_found"


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("how", ["output", "raise", "retryable", "final", "port", "later"])
async def test_nothing_that_leaves_a_worker_shows_the_secret(engine: Engine, vault: Vault, logs: io.StringIO, how: str) -> None:
    await vault.save("shop", "own", key=SECRET)
    await run(engine, one=leaking(key="shop", how=how), two=leaking())
    await asyncio.sleep(0)
    gc.collect()
    said = await everything(engine) + logs.getvalue()
    assert found_in(said, SECRET) == []
    assert "cnry" not in said
    assert "[credential shop]" in said
    assert "too few" in said
    assert ("never retrieved" in said) == (how == "later")


@pytest.mark.usefixtures("worker")
async def test_the_records_of_a_retried_attempt_are_masked(engine: Engine, vault: Vault) -> None:
    await vault.save("shop", "own", key=SECRET)
    execution = await run(engine, one=leaking(key="shop", how="retryable"))
    attempts = await engine.attempts(execution)
    assert len(attempts) == 2
    assert all(attempt["error"]["details"]["again"] == ["[credential shop]"] for attempt in attempts)
    assert all(attempt["error"]["message"].startswith("xxxx") for attempt in attempts)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("parameters", "code", "says"),
    [
        ({"key": "missing"}, "credential_not_found", "no credential named 'missing'"),
        ({"key": "database"}, "credential_kind", "the kind 'postgres'; key takes own or bearer"),
        ({"key": "damaged"}, "credential_unreadable", "damaged"),
    ],
)
async def test_an_unusable_credential_is_a_final_error_that_says_what_to_do(
    engine: Engine, vault: Vault, connection: psycopg.AsyncConnection, parameters: dict[str, str], code: str, says: str
) -> None:
    await vault.save("database", "postgres", dsn="postgresql://me:passw0rd@host/db")
    await vault.save("damaged", "own", key=SECRET)
    await connection.execute("update interlock.credentials set ciphertext = ciphertext || 'x' where name = 'damaged'")
    execution = await run(engine, one=leaking(**parameters))
    error = (await engine.visit(execution, "one"))["error"]
    assert (error["code"], error["retryable"]) == (code, False)
    assert says in error["message"]
    assert error["hint"]
    assert len(await engine.attempts(execution)) == 1


async def test_a_worker_without_the_key_fails_retryably_and_names_the_setting(engine: Engine, vault: Vault) -> None:
    await vault.save("shop", "own", key=SECRET)
    async with engine.working(Worker(engine.settings(), engine.nodes.factory, cipher=Cipher([MasterKey.of(b"2" * 32)]))):
        execution = await run(engine, one=leaking(key="shop"))
    error = (await engine.visit(execution, "one"))["error"]
    assert (error["code"], error["retryable"]) == ("credential_key_missing", True)
    assert "INTERLOCK_ENCRYPTION_KEY" in error["hint"]


@pytest.mark.usefixtures("worker")
async def test_two_parameters_receive_two_credentials(engine: Engine, vault: Vault, leak: Leak) -> None:
    await vault.save("one", "own", key="s3cr3tOne")
    await vault.save("two", "postgres", dsn="postgresql://me:passw0rd@host/db")
    await run(engine, one=leaking(key="one", other="two"))
    assert {parameter: credential.name for parameter, credential in leak.got[0].items()} == {"key": "one", "other": "two"}


def test_the_name_of_a_credential_cannot_be_a_template() -> None:
    nodes = [
        {"id": "start", "type": "TRIGGER_NODE", "subtype": "MANUAL"},
        {"id": "one", "type": "TEST_NODE", "subtype": "LEAK", "parameters": {"key": "{{ input.which }}"}},
    ]
    node_types = NodeTypes([*FLOW_NODE_TYPES, Leak.info()])
    report = validate_definition({"name": "w", "nodes": nodes, "connections": [{"from": "start", "to": "one"}]}, node_types)
    assert [(error.code, error.place) for error in report.errors] == [("bad_parameter", "/nodes/1/parameters/key")]


def test_the_schema_says_which_kinds_a_parameter_takes() -> None:
    properties = Leak.parameters.model_json_schema()["properties"]
    assert properties["key"]["anyOf"][0]["format"] == "interlock-credential"
    assert properties["key"]["anyOf"][0]["kinds"] == ["own", "bearer"]
    assert properties["other"]["anyOf"][0]["kinds"] == []
    assert Leak.info().credentials == {"key": ("own", "bearer"), "other": ()}


USE = [CredentialUse(parameter="key", name="shop")]


async def test_many_attempts_at_once_ask_the_database_once_and_a_change_takes_effect_soon(vault: Vault) -> None:
    saved = await vault.save("shop", "own", key="s3cr3tOne")
    asked: list[str] = []

    async def use(name: str, workspace_id: int | None) -> Any:
        asked.append(name)
        return await vault.store.use(name, workspace_id)

    reader = CredentialReader(use, vault.cipher, kept_seconds=0.05)
    given = await asyncio.gather(*(reader.read(USE) for _ in range(50)))
    assert asked == ["shop"]
    assert len({id(each["key"]) for each in given}) == 1
    await vault.replace(saved, key="s3cr3tTwo")

    async def is_new() -> bool:
        return (await reader.read(USE))["key"].field("key") == "s3cr3tTwo"

    await until(is_new)
    reader.close()


async def test_a_credential_that_was_missing_is_read_again(vault: Vault) -> None:
    reader = CredentialReader(vault.store.use, vault.cipher)
    with pytest.raises(NodeError):
        await reader.read(USE)
    await vault.save("shop", "own", key="s3cr3tOne")
    assert (await reader.read(USE))["key"].field("key") == "s3cr3tOne"


async def test_a_cancelled_attempt_does_not_cancel_the_reading_for_others(vault: Vault) -> None:
    await vault.save("shop", "own", key="s3cr3tOne")
    may_answer = asyncio.Event()

    async def use(name: str, workspace_id: int | None) -> Any:
        await may_answer.wait()
        return await vault.store.use(name, workspace_id)

    reader = CredentialReader(use, vault.cipher)
    first, second = asyncio.create_task(reader.read(USE)), asyncio.create_task(reader.read(USE))
    await asyncio.sleep(0)
    first.cancel()
    may_answer.set()
    assert (await second)["key"].field("key") == "s3cr3tOne"
    with pytest.raises(asyncio.CancelledError):
        await first
