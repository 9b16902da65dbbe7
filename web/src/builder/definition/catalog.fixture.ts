/** Node types for tests, as the API returns them, with an agent and its suppliers as another package may install them. */

import { NodeTypes, type NodeType } from "./nodeTypes";

function nodeType(type: string, subtype: string, rest: Partial<NodeType> = {}): NodeType {
  return {
    type,
    subtype,
    title: subtype,
    description: "",
    kind: "worker",
    ports: ["main"],
    ports_from: null,
    takes: [],
    gives: [],
    is_trigger: false,
    waits: false,
    queue: "default",
    parameters_schema: { type: "object", properties: {} },
    needs_credential: [],
    ...rest,
  };
}

const port = { type: "string", minLength: 1 };

export const testTypes = new NodeTypes([
  nodeType("TRIGGER_NODE", "MANUAL", { is_trigger: true, title: "Manual trigger" }),
  nodeType("FLOW_NODE", "IF", {
    ports: ["true", "false"],
    title: "If",
    parameters_schema: { type: "object", properties: { condition: { type: "string", format: "interlock-expression" } }, required: ["condition"] },
  }),
  nodeType("FLOW_NODE", "SWITCH", {
    ports: [],
    ports_from: "/cases/*/port",
    parameters_schema: {
      type: "object",
      properties: {
        value: { type: "string", format: "interlock-expression" },
        cases: { type: "array", minItems: 1, items: { $ref: "#/$defs/SwitchCase" } },
        default: { ...port, default: "default" },
      },
      required: ["value", "cases"],
      $defs: { SwitchCase: { type: "object", properties: { equals: {}, port }, required: ["equals", "port"], additionalProperties: false } },
    },
  }),
  nodeType("FLOW_NODE", "ROUTER", {
    ports: [],
    ports_from: "/custom_config/rules/*/port",
    parameters_schema: {
      type: "object",
      properties: { custom_config: { $ref: "#/$defs/RouterConfig" } },
      required: ["custom_config"],
      $defs: {
        RouterConfig: {
          type: "object",
          properties: { rules: { type: "array", minItems: 1, items: { type: "object" } }, default: { anyOf: [port, { type: "null" }], default: null } },
          required: ["rules"],
        },
      },
    },
  }),
  nodeType("FLOW_NODE", "GOTO", { parameters_schema: { type: "object", properties: { target: { type: "string", format: "interlock-node" } }, required: ["target"] } }),
  nodeType("FLOW_NODE", "WAIT", { waits: true }),
  nodeType("FLOW_NODE", "END", { ports: [] }),
  nodeType("ACTION_NODE", "TRANSFORM", { parameters_schema: { type: "object", properties: { values: {} }, required: ["values"] } }),
  nodeType("ACTION_NODE", "RUN_CODE", { parameters_schema: { type: "object", properties: { code: { type: "string", "x-interlock-template": false }, input: {} }, required: ["code"] } }),
  nodeType("AI_AGENT_NODE", "CLAUDE_NODE", { takes: ["AI_TOOL", "AI_MEMORY"] }),
  nodeType("TOOL_NODE", "HTTP_TOOL", { ports: [], gives: ["AI_TOOL"] }),
]);
