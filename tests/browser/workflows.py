"""Workflows whose executions have something to show."""

from typing import Any, Final

_BEGIN: Final = {"id": "begin", "type": "TRIGGER_NODE", "subtype": "MANUAL"}
_TRANSFORM: Final = {"type": "ACTION_NODE", "subtype": "TRANSFORM"}
_CODE: Final = {"type": "ACTION_NODE", "subtype": "RUN_CODE"}
_PIXELS: Final = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAJUlEQVR4nGNgYGD4jwMzYhVlYmBgYGBgYPiPA+OQYGTAARiHpgQAD8oHCRxuqB0AAAAASUVORK5CYII="

REST: Final[dict[str, Any]] = {
    "name": "Rest of the colony",
    "description": "Waits until the colony has rested.",
    "nodes": [
        _BEGIN,
        {"id": "rest", "name": "Let it rest", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 86_400}},
        {"id": "done", **_TRANSFORM, "parameters": {"values": {"rested": True}}},
    ],
    "connections": [{"from": "begin", "to": "rest"}, {"from": "rest", "to": "done"}],
}
"""Waits for a day."""

NAP: Final[dict[str, Any]] = {
    "name": "Nap",
    "nodes": [
        _BEGIN,
        {"id": "nap", "type": "FLOW_NODE", "subtype": "WAIT", "parameters": {"seconds": 86_400}},
        {"id": "awake", **_TRANSFORM, "parameters": {"values": {"rested": True}}},
    ],
    "connections": [{"from": "begin", "to": "nap"}, {"from": "nap", "to": "awake"}],
}
"""Waits for a day; `Product.end_waits` ends the wait at once."""

LAPS: Final[dict[str, Any]] = {
    "name": "Laps round the island",
    "nodes": [
        _BEGIN,
        {"id": "none_yet", "type": "FLOW_NODE", "subtype": "SET_CONTEXT", "parameters": {"values": {"laps": 0}}},
        {"id": "lap", "type": "FLOW_NODE", "subtype": "SET_CONTEXT", "parameters": {"values": {"laps": "{{ context.laps + 1 }}"}}},
        {"id": "enough", "type": "FLOW_NODE", "subtype": "IF", "parameters": {"condition": "context.laps >= 4"}},
        {"id": "again", "type": "FLOW_NODE", "subtype": "GOTO", "parameters": {"target": "lap"}},
        {"id": "home", **_TRANSFORM, "parameters": {"values": {"laps": "{{ context.laps }}"}}},
    ],
    "connections": [
        {"from": "begin", "to": "none_yet"},
        {"from": "none_yet", "to": "lap"},
        {"from": "lap", "to": "enough"},
        {"from": "enough", "port": "false", "to": "again"},
        {"from": "enough", "port": "true", "to": "home"},
    ],
}
"""Goes round its loop four times."""

INSTRUMENT: Final[dict[str, Any]] = {
    "name": "Absorbance of a sample",
    "description": "A spectrometer's curve, the table of its peaks, and a picture.",
    "nodes": [
        _BEGIN,
        {
            "id": "measure",
            "name": "Measure",
            **_CODE,
            "parameters": {
                "code": "wavelength = [400 + 2 * n for n in range(150)]\n"
                "absorbance = [round(1 / (1 + ((w - 520) / 24) ** 2) + 0.4 / (1 + ((w - 610) / 12) ** 2), 4) for w in wavelength]\n"
                '{"wavelength": wavelength, "absorbance": absorbance}'
            },
        },
        {
            "id": "peaks",
            "name": "Peaks",
            **_TRANSFORM,
            "parameters": {"values": {"peaks": [{"at": 520, "height": 1.03, "name": "main"}, {"at": 610, "height": 0.47, "name": "side"}]}},
        },
        {"id": "picture", "name": "Picture", **_TRANSFORM, "parameters": {"values": {"image": f"data:image/png;base64,{_PIXELS}"}}},
    ],
    "connections": [{"from": "begin", "to": "measure"}, {"from": "measure", "to": "peaks"}, {"from": "peaks", "to": "picture"}],
}
"""Returns two curves, a table and a picture."""
