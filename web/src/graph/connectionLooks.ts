/** The look of each connection type: a colour, a dash and a word, so that nobody depends on one of the three. */

import type { ConnectionType } from "../builder/definition/types";

export interface ConnectionLook {
  /** The hue in degrees; the theme has lightness and strength. Null: no colour of its own. */
  readonly hue: number | null;
  readonly dash: string;
  readonly label: string;
}

const LOOKS: ReadonlyMap<string, ConnectionLook> = new Map<ConnectionType, ConnectionLook>([
  ["MAIN", { hue: null, dash: "", label: "Main" }],
  ["AI_AGENT", { hue: 275, dash: "8 4", label: "Agent" }],
  ["AI_CHAIN", { hue: 250, dash: "12 4 2 4", label: "Chain" }],
  ["AI_DOCUMENT", { hue: 60, dash: "2 3", label: "Document" }],
  ["AI_EMBEDDING", { hue: 190, dash: "6 3", label: "Embedding" }],
  ["AI_LANGUAGE_MODEL", { hue: 300, dash: "10 4", label: "Language model" }],
  ["AI_MEMORY", { hue: 220, dash: "4 4", label: "Memory" }],
  ["AI_OUTPUT_PARSER", { hue: 30, dash: "8 3 2 3", label: "Output parser" }],
  ["AI_RETRIEVER", { hue: 160, dash: "5 5", label: "Retriever" }],
  ["AI_RERANKER", { hue: 120, dash: "2 4", label: "Reranker" }],
  ["AI_TEXT_SPLITTER", { hue: 85, dash: "1 4", label: "Text splitter" }],
  ["AI_TOOL", { hue: 45, dash: "6 4", label: "Tool" }],
  ["AI_VECTOR_STORE", { hue: 340, dash: "10 3 2 3 2 3", label: "Vector store" }],
]);

/** Returns the look of a type; an unknown one looks like a plain capability. */
export function lookOf(type: string): ConnectionLook {
  return LOOKS.get(type) ?? { hue: 0, dash: "3 3", label: type };
}

/** Returns the CSS colour of a type. */
export function colourOf(type: string): string {
  const { hue } = lookOf(type);
  return hue === null ? "var(--edge)" : `oklch(var(--edge-l) var(--edge-c) ${hue})`;
}
