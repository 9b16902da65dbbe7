import psycopg

from tests.cli.command import interlock
from tests.cli.conftest import WriteWorkflow, transform


def findings(url: str) -> dict[tuple[str, str], str]:
    document = interlock("doctor", "--json", database=url).document
    return {(finding["check"], finding["level"]): finding["message"] for finding in document["findings"]}


def test_a_fresh_database_is_healthy(database_url: str) -> None:
    found = findings(database_url)
    assert ("server", "ok") in found
    assert ("schema", "ok") in found
    assert ("clock", "ok") in found
    assert ("executions", "ok") in found
    assert ("workers", "warning") in found


def test_a_queue_without_a_worker_is_a_problem(database_url: str, workflow_file: WriteWorkflow) -> None:
    interlock("run", workflow_file("rare", {**transform("hello"), "queue": "rare"}), "--no-wait", database=database_url)
    done = interlock("doctor", database=database_url)
    assert done.code == 1
    assert "queue rare has 1 due assignment and no worker" in done.said
    assert "interlock worker --queue rare=10" in done.said


def test_a_missing_schema_is_a_problem(empty_database_url: str) -> None:
    done = interlock("doctor", database=empty_database_url)
    assert done.code == 1
    assert "interlock migrate" in done.said


def test_a_prepared_transaction_or_old_snapshot_is_named(database_url: str) -> None:
    """A snapshot is called old after five minutes; the check is asked with a limit of none."""
    import asyncio

    from interlock.insight.diagnosis.storage import check_snapshots
    from interlock.insight.records.installation import Finding

    async def look() -> list[Finding]:
        async with await psycopg.AsyncConnection.connect(database_url) as holder:
            await holder.execute("set transaction isolation level repeatable read")
            await holder.execute("select 1")
            async with await psycopg.AsyncConnection.connect(database_url, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
                return await check_snapshots(connection, older_than_seconds=-1)

    found = asyncio.run(look())
    assert any(
        finding.level == "warning" and "idle in transaction" in finding.message and "pg_terminate_backend" in (finding.hint or "")
        for finding in found
    )


def test_a_shifted_clock_is_a_problem(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into interlock.test_clock (shift) values ('1 hour')")
    assert ("clock", "error") in findings(database_url)
