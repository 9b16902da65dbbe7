import pytest

from interlock.errors import NodeTypeNotFound
from tests.api.services.asking import Asking


async def test_every_executor_is_a_node_type_with_what_the_builder_needs(asking: Asking) -> None:
    items = {f"{one.type}/{one.subtype}": one for one in (await asking.ask("list_node_types")).items}
    assert items.keys() == {"/".join(name) for name in asking.services.node_types.names()}
    http = items["ACTION_NODE/HTTP_REQUEST"]
    assert (http.title, http.kind, http.ports, http.ports_from) == ("HTTP request", "worker", ["main"], None)
    assert http.description.startswith("Sends one HTTP request")
    assert "url" in http.parameters_schema["properties"]
    assert http.needs_credential
    assert items["TRIGGER_NODE/MANUAL"].is_trigger
    assert items["FLOW_NODE/WAIT"].waits
    assert items["FLOW_NODE/SWITCH"].ports_from == "/cases/*/port /default"
    assert items["FLOW_NODE/ROUTER"].ports_from == "/custom_config/rules/*/port /custom_config/default"
    assert all(one.title and one.description for one in items.values())
    assert await asking.ask("get_node_type", type="FLOW_NODE", subtype="SWITCH") == items["FLOW_NODE/SWITCH"]
    with pytest.raises(NodeTypeNotFound):
        await asking.ask("get_node_type", type="FLOW_NODE", subtype="NOTHING")


async def test_the_schema_of_a_definition_is_returned(asking: Asking) -> None:
    schema = (await asking.ask("get_definition_schema")).json_schema
    assert "nodes" in schema["properties"]
