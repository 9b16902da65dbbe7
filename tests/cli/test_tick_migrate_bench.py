from tests.cli.command import interlock


def test_tick_says_what_it_handled(database_url: str) -> None:
    document = interlock("tick", "--json", database=database_url).document
    assert document["skipped"] is False
    assert set(document) > {"skipped", "next_due_seconds", "timers"}
    assert interlock("tick", "--limit", "10", database=database_url).code == 0


def test_migrate_twice_changes_nothing_the_second_time(empty_database_url: str) -> None:
    first = interlock("migrate", "--json", database=empty_database_url)
    assert first.code == 0, first.stderr
    assert first.document["applied"]
    assert interlock("migrate", "--json", database=empty_database_url).document["applied"] == []
    assert interlock("executions", "list", database=empty_database_url).code == 0


def test_bench_measures_the_throughput_of_a_named_database(database_url: str) -> None:
    document = interlock("bench", "--executions", "50", "--nodes", "3", "--json", database=database_url).document
    assert document["nodes"] == 150
    assert document["nodes_per_second"] > 0
