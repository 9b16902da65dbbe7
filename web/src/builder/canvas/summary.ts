/** What a node does, in one line under its name. */

import type { NodeType } from "../definition/nodeTypes";
import { isList, isObject, type Json, type NodeDefinition } from "../definition/types";

const LONGEST = 80;

export function summaryOf(node: NodeDefinition, type: NodeType | undefined): string {
  const text = mainParameter(node) ?? type?.title ?? `${node.type}/${node.subtype}`;
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** Returns the parameter that says most about a node; undefined if none does. */
function mainParameter(node: NodeDefinition): string | undefined {
  const parameters = node.parameters ?? {};
  switch (node.subtype) {
    case "HTTP_REQUEST":
      return filled(parameters.url) && `${text(parameters.method) || "GET"} ${text(parameters.url)}`;
    case "WAIT":
      return filled(parameters.seconds) ? `${text(parameters.seconds)} s` : filled(parameters.until) && `until ${text(parameters.until)}`;
    case "IF":
      return filled(parameters.condition) && text(parameters.condition);
    case "SWITCH":
      return filled(parameters.value) && `on ${text(parameters.value)}`;
    case "GOTO":
      return filled(parameters.target) && `to ${text(parameters.target)}`;
    case "FAIL":
      return filled(parameters.message) && text(parameters.message);
    case "ROUTER":
      return isObject(parameters.custom_config) && isList(parameters.custom_config.rules) ? `${parameters.custom_config.rules.length} rules` : undefined;
    case "RUN_CODE":
      return filled(parameters.code) && firstLine(text(parameters.code));
    case "SQL_QUERY":
      return filled(parameters.query) && text(parameters.query);
    default:
      return isObject(parameters.values) ? Object.keys(parameters.values).join(", ") || undefined : undefined;
  }
}

const filled = (value: Json | undefined): true | undefined => (value === undefined || value === null || value === "" ? undefined : true);
const text = (value: Json | undefined): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");
const firstLine = (code: string): string => code.split("\n").find((line) => line.trim() !== "" && !line.trim().startsWith("#")) ?? "";
