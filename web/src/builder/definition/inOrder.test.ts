import { expect, test } from "vitest";
import { toText } from "./text";
import type { Definition } from "./types";

test("a text is in the order in which people write", () => {
  const stored = {
    lock: "account",
    name: "Orders",
    nodes: [{ id: "check", join: "any", type: "FLOW_NODE", position: { x: 1, y: 2 }, subtype: "IF", parameters: { value: "a", condition: "b" }, name: "Check" }],
    connections: [{ to: "check", from: "start", port: "main" }],
    description: "What it is for.",
  } as unknown as Definition;
  expect(toText(stored, "yaml")).toBe(`name: Orders
description: What it is for.
lock: account
nodes:
  - id: check
    name: Check
    type: FLOW_NODE
    subtype: IF
    parameters:
      value: a
      condition: b
    join: any
    position:
      x: 1
      y: 2
connections:
  - from: start
    port: main
    to: check
`);
  expect(JSON.parse(toText(stored, "json"))).toEqual(stored);
});
