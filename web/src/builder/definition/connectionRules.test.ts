import { describe, expect, it } from "vitest";
import { testTypes } from "./catalog.fixture";
import { connectNodes, reconnect } from "./commands/connectNodes";
import { connectionRefusal } from "./connectionRules";
import { portsOf } from "./nodeTypes";
import { connectionKey, type Definition, type NodeDefinition } from "./types";

const node = (id: string, name: string, rest: Partial<NodeDefinition> = {}): NodeDefinition => {
  const [type = "", subtype = ""] = name.split("/");
  return { id, type, subtype, ...rest };
};
const definition: Definition = {
  name: "a",
  nodes: [
    node("start", "TRIGGER_NODE/MANUAL"),
    node("if", "FLOW_NODE/IF"),
    node("step", "ACTION_NODE/TRANSFORM"),
    node("wait", "FLOW_NODE/WAIT"),
    node("end", "FLOW_NODE/END"),
    node("agent", "AI_AGENT_NODE/CLAUDE_NODE"),
    node("tool", "TOOL_NODE/HTTP_TOOL"),
    node("alien", "THEIR_NODE/THING"),
  ],
  connections: [{ from: "start", to: "if" }],
};
const why = (from: string, to: string, port = "main", type = "MAIN"): string | null => connectionRefusal(definition, testTypes, { from, to, port, type })?.refused ?? null;

describe("a connection", () => {
  it.each([
    ["start", "step", "main", "MAIN", null],
    ["if", "step", "true", "MAIN", null],
    ["if", "step", "main", "MAIN", "missing-port"],
    ["if", "start", "true", "MAIN", "trigger-takes-no-connection"],
    ["end", "step", "main", "MAIN", "missing-port"],
    ["step", "end", "error", "MAIN", "missing-port"],
    ["start", "if", "main", "MAIN", "duplicate-connection"],
    ["step", "step", "main", "MAIN", "self"],
    ["if", "if", "true", "MAIN", null],
    ["wait", "wait", "main", "MAIN", null],
    ["tool", "agent", "main", "AI_TOOL", null],
    ["tool", "agent", "main", "AI_MEMORY", "capability-not-given"],
    ["tool", "step", "main", "AI_TOOL", "capability-not-taken"],
    ["tool", "step", "main", "MAIN", "only-supplies"],
    ["step", "tool", "main", "MAIN", "only-supplies"],
    ["agent", "agent", "main", "AI_TOOL", "self"],
    ["nobody", "step", "main", "MAIN", "dangling-connection"],
    ["alien", "step", "main", "MAIN", null],
    ["tool", "alien", "main", "AI_TOOL", null],
  ])("from %s to %s through %s as %s: %s", (from, to, port, type, expected) => {
    expect(why(from, to, port, type)).toBe(expected);
  });

  it("is written without its defaults", () => {
    const next = connectNodes(definition, testTypes, { from: "start", to: "step", port: "main", type: "MAIN" }) as Definition;
    expect(next.connections.at(-1)).toEqual({ from: "start", to: "step" });
    expect(next.nodes).toBe(definition.nodes);
  });

  it("stays at its place in the order when it is drawn to another node", () => {
    const two: Definition = { ...definition, connections: [...definition.connections, { from: "if", port: "true", to: "step" }] };
    const next = reconnect(two, testTypes, connectionKey({ from: "start", to: "if" }), { from: "start", to: "wait" }) as Definition;
    expect(next.connections.map((item) => item.to)).toEqual(["wait", "step"]);
    expect(reconnect(two, testTypes, connectionKey({ from: "start", to: "if" }), { from: "start", to: "start" })).toHaveProperty("refused", "trigger-takes-no-connection");
  });
});

describe("ports", () => {
  const ports = (value: NodeDefinition): readonly string[] => portsOf(value, testTypes.of(value));

  it("come from the parameters that name them, with the default", () => {
    const cases = [{ equals: 1, port: "one" }, { equals: 2, port: "two" }, { equals: 3, port: "one" }, { equals: 4 }];
    expect(ports(node("s", "FLOW_NODE/SWITCH", { parameters: { value: "a", cases } }))).toEqual(["one", "two", "default"]);
    expect(ports(node("s", "FLOW_NODE/SWITCH", { parameters: { value: "a", cases, default: "else" } }))).toEqual(["one", "two", "else"]);
    expect(ports(node("r", "FLOW_NODE/ROUTER", { parameters: { custom_config: { rules: [{ condition: "a", port: "good" }] } } }))).toEqual(["good"]);
    expect(ports(node("r", "FLOW_NODE/ROUTER", { parameters: { custom_config: { rules: [], default: "rest" } } }))).toEqual(["rest"]);
    expect(ports(node("r", "FLOW_NODE/ROUTER", { parameters: { custom_config: "{{ not there yet }}" } }))).toEqual([]);
  });

  it("have error if on_error is port", () => {
    expect(ports(node("s", "ACTION_NODE/TRANSFORM", { on_error: "port" }))).toEqual(["main", "error"]);
    expect(ports(node("i", "FLOW_NODE/IF", { on_error: "continue" }))).toEqual(["true", "false", "main"]);
  });
});
