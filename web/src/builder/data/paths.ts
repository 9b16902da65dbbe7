/** How expressions name a value: `order.lines[0].price`, `input["a key"]`, `nodes["an id"].output`. */

import { isAttribute } from "../definition/expressions/parse";

export type Step = string | number;

/** Names that mean something else than a key of the input. */
const TAKEN = new Set(["input", "nodes", "context", "execution", "subject", "item", "true", "false", "null"]);

/** Returns a text as an expression writes it. Braces are escaped, so that it can stand in a condition and in a template. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("{{", String.raw`{\u007b`).replaceAll("}}", String.raw`}\u007d`);
}

/** Returns the steps behind a value: `.name`, `["a key"]`, `[0]`. */
export function stepsText(steps: readonly Step[]): string {
  return steps.map((step) => (typeof step === "number" ? `[${step}]` : isAttribute(step) ? `.${step}` : `[${quoted(step)}]`)).join("");
}

/** Returns the path of a value in the input of a node. */
export function inputPath(steps: readonly Step[]): string {
  const [first, ...rest] = steps;
  if (typeof first === "string" && isBareName(first)) return first + stepsText(rest);
  return `input${stepsText(steps)}`;
}

/** Returns the path of a value in the output of a node. */
export function outputPath(node: string, steps: readonly Step[]): string {
  return `nodes${stepsText([node])}.output${stepsText(steps)}`;
}

/** Whether a key of the input can be written as a name alone. */
export function isBareName(key: string): boolean {
  return isAttribute(key) && !TAKEN.has(key);
}
