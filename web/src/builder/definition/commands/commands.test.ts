import { describe, expect, it } from "vitest";
import { testTypes } from "../catalog.fixture";
import { isRefusal, type Definition } from "../types";
import { addNode } from "./addNode";
import { paste, pieceFromText } from "./paste";
import { pieceOf, pieceToText, type Piece } from "./piece";
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

const read = async (text: string): Promise<Piece> => {
  const piece = await pieceFromText(text);
  if (isRefusal(piece)) throw new Error(piece.message);
  return piece;
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
    const next = renameNode(definition, testTypes, "start", "begin") as Definition;
    expect(next.nodes.map((node) => node.id)).toEqual(["begin", "if", "back"]);
    expect(next.connections[0]).toEqual({ from: "begin", to: "if" });
    expect(next.nodes[1]?.parameters?.condition).toBe("nodes['begin'].output.a == 1 and nodes.begin.output.b and nodes.starter and x.nodes.start");
    expect(next.nodes[2]?.parameters?.target).toBe("begin");
  });

  it("quotes a name that is not an identifier", () => {
    const next = renameNode(definition, testTypes, "start", "first step") as Definition;
    expect(next.nodes[1]?.parameters?.condition).toContain("nodes['first step'].output.a == 1 and nodes['first step'].output.b");
  });

  it.each(["", "if", "1st", "a\nb", " a"])("refuses %j", (id) => {
    expect(isRefusal(renameNode(definition, testTypes, "start", id))).toBe(true);
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

  it("copy and paste by text, under free ids, with the connections in between", async () => {
    const text = pieceToText(pieceOf(definition, new Set(["start", "if"]), (id) => (id === "start" ? { x: 0, y: 0 } : undefined), "w"));
    const piece = await read(text);
    expect(piece.copiedFrom).toBe("w");
    const pasted = paste(definition, testTypes, piece, { x: 40, y: 40 }, true);
    expect(pasted.ids).toEqual(["start_2", "if_2"]);
    expect(pasted.definition.nodes.slice(-2).map((node) => node.position)).toEqual([{ x: 40, y: 40 }, undefined]);
    expect(pasted.definition.connections.at(-1)).toEqual({ from: "start_2", to: "if_2" });
  });

  it.each(["hello", "[]", "{}", '{"nodes": [{}]}', "nodes: [", "- a"])("refuse to paste %s", async (text) => {
    expect(isRefusal(await pieceFromText(text))).toBe(true);
  });
});

/** Every way in which one node can name another. */
const naming: Definition = {
  name: "names",
  nodes: [
    { id: "start", type: "TRIGGER_NODE", subtype: "MANUAL" },
    { id: "ask", type: "ACTION_NODE", subtype: "TRANSFORM", parameters: { values: { n: 1 } } },
    { id: "if", type: "FLOW_NODE", subtype: "IF", parameters: { condition: "nodes[ 'ask' ].output.n > nodes.start.output.n" } },
    { id: "again", type: "FLOW_NODE", subtype: "GOTO", parameters: { target: "ask" } },
    { id: "join", type: "ACTION_NODE", subtype: "TRANSFORM", join: { count: 1 }, on_error: "port", lock: "k-{{ nodes.ask.output.n }}", parameters: { values: { "nodes.ask": ["{{ nodes[\"ask\"].output }} nodes.ask"] } } },
    { id: "code", type: "ACTION_NODE", subtype: "RUN_CODE", parameters: { code: "# nodes.ask, nodes['ask']\nreturn {{nodes.ask}}", input: "{{ nodes.ask.output }}" } },
  ],
  connections: [
    { from: "start", to: "ask" },
    { from: "ask", to: "if" },
    { from: "if", port: "true", to: "again" },
    { from: "if", port: "false", to: "join" },
    { from: "join", port: "error", to: "code" },
  ],
};
const all = new Set(naming.nodes.map((node) => node.id));
const piece = (ids: ReadonlySet<string>): Piece => pieceOf(naming, ids, () => undefined, "here");

describe("what names a node", () => {
  it("follows a rename in expressions, templates, locks and GOTOs, and in no text that only looks like it", () => {
    const next = renameNode(naming, testTypes, "ask", "the question") as Definition;
    expect(next.nodes.slice(2)).toEqual([
      { ...naming.nodes[2], parameters: { condition: "nodes[ 'the question' ].output.n > nodes.start.output.n" } },
      { ...naming.nodes[3], parameters: { target: "the question" } },
      { ...naming.nodes[4], lock: "k-{{ nodes['the question'].output.n }}", parameters: { values: { "nodes.ask": ["{{ nodes[\"the question\"].output }} nodes.ask"] } } },
      { ...naming.nodes[5], parameters: { code: "# nodes.ask, nodes['ask']\nreturn {{nodes.ask}}", input: "{{ nodes['the question'].output }}" } },
    ]);
    expect(renameNode(next, testTypes, "the question", "ask")).toMatchObject({ nodes: [{}, {}, {}, { parameters: { target: "ask" } }, {}, {}] });
  });

  it("follows the copies among what was copied", () => {
    const { definition: next, missing } = paste(naming, testTypes, piece(all), { x: 0, y: 0 }, true);
    const copies = next.nodes.slice(6);
    expect(copies.map((node) => node.id)).toEqual(["start_2", "ask_2", "if_2", "again_2", "join_2", "code_2"]);
    expect(copies[2]?.parameters).toEqual({ condition: "nodes[ 'ask_2' ].output.n > nodes.start_2.output.n" });
    expect(copies[3]?.parameters).toEqual({ target: "ask_2" });
    expect(copies[4]).toMatchObject({ join: { count: 1 }, on_error: "port", lock: "k-{{ nodes.ask_2.output.n }}" });
    expect(next.connections.slice(5)).toEqual(naming.connections.map((item) => ({ ...item, from: `${item.from}_2`, to: `${item.to}_2` })));
    expect(missing).toEqual([]);
  });

  it("still names the others where a copy stays in its workflow", () => {
    const { definition: next } = paste(naming, testTypes, piece(new Set(["if", "again"])), { x: 0, y: 0 }, true);
    expect(next.nodes.slice(6).map((node) => node.parameters)).toEqual([naming.nodes[2]?.parameters, naming.nodes[3]?.parameters]);
  });

  it("names nobody in another workflow until somebody chooses, also where a stranger has the name", () => {
    const other: Definition = { name: "other", nodes: [{ id: "ask", type: "TRIGGER_NODE", subtype: "MANUAL" }], connections: [] };
    const { definition: next, missing } = paste(other, testTypes, piece(new Set(["if", "again"])), { x: 0, y: 0 }, false);
    expect(next.nodes.slice(1).map((node) => node.parameters)).toEqual([{ condition: "nodes[ 'ask (not copied)' ].output.n > nodes['start (not copied)'].output.n" }, { target: "ask (not copied)" }]);
    expect(missing).toEqual(["start", "ask"]);
    const whole = paste(other, testTypes, piece(all), { x: 0, y: 0 }, false);
    expect(whole.missing).toEqual([]);
    expect(whole.definition.nodes[3]?.parameters).toEqual({ condition: "nodes[ 'ask_2' ].output.n > nodes.start.output.n" });
  });

  it.each([
    ["JSON with a byte order mark", '\ufeff{"nodes": [{"id": "a", "type": "T", "subtype": "S"}]}'],
    ["YAML", "# a comment\nname: x\nnodes:\n  - {id: a, type: T, subtype: S}\n"],
    ["YAML with a byte order mark", "\ufeffnodes:\n  - {id: a, type: T, subtype: S}\n"],
    ["a list of nodes in YAML", "- id: a\n  type: T\n  subtype: S\n"],
    ["JSON as YAML has it", "{nodes: [{id: a, type: T, subtype: S}]}"],
  ])("is pasted from %s", async (_name, text) => {
    expect((await read(text)).nodes).toEqual([{ id: "a", type: "T", subtype: "S" }]);
  });
});
