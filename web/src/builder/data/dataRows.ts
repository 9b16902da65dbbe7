/** The rows of a value that is shown as a tree, a bounded number of them for each list and object. */

import { isList, isObject, type Json } from "../definition/types";
import { kindOf, preview, type Kind } from "./completion";
import { stepsText, type Step } from "./paths";

export interface DataRow {
  /** Identifies the row; also for keys that look alike. */
  readonly key: string;
  readonly steps: readonly Step[];
  readonly name: string;
  readonly kind: Kind;
  readonly preview: string;
  readonly depth: number;
  /** null: nothing is inside. */
  readonly isOpen: boolean | null;
  /** More rows follow inside, which are not shown yet: how many. */
  readonly more: number;
}

/** How many elements of a list or an object are shown at first, and with each click. */
export const PAGE = 50;
const MOST_ROWS = 2_000;

export interface Shown {
  /** The rows that were opened or closed by hand. */
  readonly turned: ReadonlySet<string>;
  /** How many elements are shown, where it is more than a page. */
  readonly pages: ReadonlyMap<string, number>;
}

/** Returns the rows inside a value. The first level is open, and everything that was turned. */
export function dataRows(root: Json, shown: Shown): readonly DataRow[] {
  const rows: DataRow[] = [];
  const inside = (value: Json, steps: readonly Step[], depth: number): void => {
    const entries: readonly (readonly [Step, Json | undefined])[] = isList(value) ? value.map((item, index) => [index, item] as const) : isObject(value) ? Object.entries(value) : [];
    const key = stepsText(steps);
    const count = shown.pages.get(key) ?? PAGE;
    for (const [step, item] of entries.slice(0, count)) {
      if (rows.length >= MOST_ROWS) return;
      row(item ?? null, [...steps, step], depth);
    }
    if (entries.length > count) rows.push({ key: `${key} more`, steps, name: "", kind: "null", preview: "", depth, isOpen: null, more: entries.length - count });
  };
  const row = (value: Json, steps: readonly Step[], depth: number): void => {
    const key = stepsText(steps);
    const holds = (isList(value) && value.length > 0) || (isObject(value) && Object.keys(value).length > 0);
    const isOpen = holds ? shown.turned.has(key) : null;
    rows.push({ key, steps, name: String(steps.at(-1)), kind: kindOf(value), preview: preview(value), depth, isOpen, more: 0 });
    if (isOpen === true) inside(value, steps, depth + 1);
  };
  inside(root, [], 0);
  return rows;
}
