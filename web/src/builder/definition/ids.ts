/** Ids of nodes: how they are made, and which form they have. */

import type { Definition } from "./types";

const FORM = /^[A-Za-z_]([A-Za-z0-9_. -]*[A-Za-z0-9_.-])?$/;

/** Returns what is wrong with an id, or null. */
export function idProblem(definition: Definition, id: string, own: string | null): string | null {
  if (!FORM.test(id) || id.length > 100) return "1 to 100 letters, digits, _ . - and inner blanks, beginning with a letter or _.";
  if (id !== own && definition.nodes.some((node) => node.id === id)) return `Another node has the id “${id}”.`;
  return null;
}

/** Makes an id from a title: `HTTP request` becomes `http_request`. */
export function idFrom(title: string): string {
  const plain = title.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^[a-z_]/.test(plain) ? plain.slice(0, 90) : `node_${plain}`.slice(0, 90);
}

/** Returns the id, with the first number that makes it unique if it is taken. */
export function freshId(taken: ReadonlySet<string>, wanted: string): string {
  if (!taken.has(wanted)) return wanted;
  const stem = wanted.replace(/_\d+$/, "");
  for (let number = 2; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
}
