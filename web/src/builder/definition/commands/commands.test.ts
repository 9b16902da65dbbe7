import { describe, expect, it } from "vitest";
import { testTypes } from "../catalog.fixture";
import { isRefusal, type Definition } from "../types";
import { addNode } from "./addNode";
import { paste, pieceFromText, pieceOf, pieceToText } from "./paste";
import { removeConnections } from "./removeConnections";
import { removeNodes } from "./removeNodes";
import { renameNode } from "./renameNode";
import { renamePort, setNodeField, setWorkflowField } from "./setField";

const definition: Definition = {
  name: "a",
  note: "kept",
  nodes: [
    { id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" },
    { id: "if", type: "FLOW_NODE", subtype: "IF", parameters: { condition: "nodes['start'].output.a == 1 and nodes.start.output.b and nodes.starter and x.nodes.start" } },
    { id: "back", type: "FLOW_NODE", subtype: "GOTO", parameters: { target: "start" } },
  ],
  connections: [{ from: "start", to: "if" }, { from: "if", port: "true", to: "back" }],
};
const type = (name: string): NonNullable<ReturnType<typeof testTypes.of>> => {
  const [first = "", second = ""] = name.split("/");
  const found = testTypes.of({ type: first, subtype: second });
  if (found === undefined) throw new Error(name);
  return found;
};

describe("adding a node", () => {
  it("connects it from the first free port of the one before", () => {
    const { definition: next, id } = addNode(definition, testTypes, type("ACTION_NODE/TRANSFORM"), "if");
    expect(id).toBe("transform");
    expect(next.connections.at(-1)).toEqual({ from: "if", port: "false", to: "transform" });
    expect(addNode(next, testTypes, type("ACTION_NODE/TRANSFORM"), null).id).toBe("transform_2");
  });

  it("connects a supplier to the one that takes it, and a trigger to nothing", () => {
    const agent = addNode(definition, testTypes, type("AI_AGENT_NODE/CLAUDE_NODE"), null);
    const tool = addNode(agent.definition, testTypes, type("TOOL_NODE/HTTP_TOOL"), agent.id);
    expect(tool.definition.connections.at(-1)).toEqual({ from: tool.id, to: agent.id, type: "AI_TOOL" });
    expect(addNode(definition, testTypes, type("TRIGGER_NODE/MANUAL"), "if").definition.connections).toBe(definition.connections);
  });

  it("makes the containers that are required, so that their forms can be filled in", () => {
    const { definition: next } = addNode(definition, testTypes, type("FLOW_NODE/SWITCH"), null);
    expect(next.nodes.at(-1)?.parameters).toEqual({ cases: [{}] });
    expect(addNode(definition, testTypes, type("FLOW_NODE/ROUTER"), null).definition.nodes.at(-1)?.parameters).toEqual({ custom_config: { rules: [{}] } });
  });
});

describe("renaming a node", () => {
  it("changes its connections, the GOTO that leads to it and the expressions that name it", () => {
    const next = renameNode(definition, "start", "begin") as Definition;
    expect(next.nodes.map((node) => node.id)).toEqual(["begin", "if", "back"]);
    expect(next.connections[0]).toEqual({ from: "begin", to: "if" });
    expect(next.nodes[1]?.parameters?.condition).toBe("nodes['begin'].output.a == 1 and nodes.begin.output.b and nodes.starter and x.nodes.start");
    expect(next.nodes[2]?.parameters?.target).toBe("begin");
  });

  it("quotes a name that is not an identifier", () => {
    const next = renameNode(definition, "start", "first step") as Definition;
    expect(next.nodes[1]?.parameters?.condition).toContain("nodes['first step'].output.a == 1 and nodes['first step'].output.b");
  });

  it.each(["", "if", "1st", "a\nb", " a"])("refuses %j", (id) => {
    expect(isRefusal(renameNode(definition, "start", id))).toBe(true);
  });
});

describe("other edits", () => {
  it("remove nodes with their connections", () => {
    const next = removeNodes(definition, new Set(["if"]));
    expect(next.connections).toEqual([]);
    expect(next.note).toBe("kept");
    expect(removeNodes(definition, new Set(["nobody"]))).toBe(definition);
    expect(removeConnections(definition, new Set(["no key"]))).toBe(definition);
  });

  it("set and remove fields at any depth", () => {
    const set = setNodeField(definition, "back", ["retry", "max_attempts"], 3);
    expect(set.nodes[2]).toMatchObject({ retry: { max_attempts: 3 } });
    expect(setNodeField(definition, "back", ["parameters", "target"], undefined).nodes[2]).not.toHaveProperty("parameters");
    expect(setWorkflowField(definition, "note", undefined)).not.toHaveProperty("note");
  });

  it("carry the connections of a port that is renamed", () => {
    expect(renamePort(definition, "if", "true", "yes").connections[1]).toEqual({ from: "if", port: "yes", to: "back" });
  });

  it("copy and paste by text, under free ids, with the connections in between", () => {
    const text = pieceToText(pieceOf(definition, new Set(["start", "if"]), { start: { x: 0, y: 0 } }));
    const piece = pieceFromText(text);
    if (isRefusal(piece)) throw new Error(piece.message);
    const pasted = paste(definition, piece, { x: 40, y: 40 });
    expect(pasted.ids).toEqual(["start_2", "if_2"]);
    expect(pasted.definition.nodes.slice(-2).map((node) => node.position)).toEqual([{ x: 40, y: 40 }, undefined]);
    expect(pasted.definition.connections.at(-1)).toEqual({ from: "start_2", to: "if_2" });
  });

  it.each(["hello", "[]", "{}", '{"nodes": [{}]}'])("refuse to paste %s", (text) => {
    expect(isRefusal(pieceFromText(text))).toBe(true);
  });
});
