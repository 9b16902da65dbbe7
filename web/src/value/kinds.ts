import type { Json } from "../api/types";
import { ExactNumber } from "../json/exactNumber";

/** A part of a value that can be shown as a table, curves or a picture. */
export type Showable = { readonly path: string } & (
  | { readonly kind: "table"; readonly rows: readonly Record<string, Json>[]; readonly columns: readonly string[] }
  | { readonly kind: "plot"; readonly curves: Curves }
  | { readonly kind: "image"; readonly source: string }
);

/** Curves over one axis; the first series is the axis. */
export interface Curves {
  readonly axis: string;
  readonly x: readonly number[];
  readonly series: readonly { readonly name: string; readonly y: readonly (number | null)[] }[];
}

const DEEPEST = 5;
const MOST_LOOKED_AT = 5_000;
const MOST_FOUND = 40;
const FEWEST_POINTS = 3;
/** Names that instruments give to the axis over which they measure. */
const AXES = /^(x|t|time|times|timestamp|seconds|minutes|wavelength(_nm)?|wavelengths|frequency|frequencies|freq|wavenumber|q|angle|two_theta|2theta|position|distance|voltage|potential|temperature|retention_time|mz|m\/z|energy|shift|ppm|cycle|index)$/i;

/** Returns all tables, curves and pictures in a value, in their order. */
export function showablesIn(value: Json): Showable[] {
  const found: Showable[] = [];
  let left = MOST_LOOKED_AT;
  const walk = (part: Json, path: string, depth: number) => {
    if (left-- <= 0 || found.length >= MOST_FOUND) return;
    const shown = showablesOf(part, path);
    found.push(...shown);
    if (shown.length > 0 || depth >= DEEPEST || !isParted(part)) return;
    for (const [key, item] of Object.entries(part)) walk(item, path === "" ? key : `${path}.${key}`, depth + 1);
  };
  walk(value, "", 0);
  return found;
}

function showablesOf(value: Json, path: string): Showable[] {
  if (typeof value === "string") {
    const source = imageSource(value);
    return source === null ? [] : [{ kind: "image", path, source }];
  }
  const picture = described(value);
  if (picture !== null) return [{ kind: "image", path, source: picture }];
  const curves = curvesOf(value);
  if (Array.isArray(value)) {
    const table = tableOf(value);
    return [...(table ? [{ kind: "table" as const, path, ...table }] : []), ...(curves ? [{ kind: "plot" as const, path, curves }] : [])];
  }
  return curves ? [{ kind: "plot", path, curves }] : [];
}

const DATA_IMAGE = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;
/** The beginnings of the files, in base64. */
const SIGNATURES: readonly (readonly [beginning: string, type: string])[] = [
  ["iVBORw0KGgo", "png"],
  ["/9j/", "jpeg"],
  ["R0lGOD", "gif"],
  ["UklGR", "webp"],
];
const SHORTEST_IMAGE = 60;

/** Returns the source of an `<img>`. In an `<img>` even an SVG cannot run scripts or load anything. */
export function imageSource(text: string): string | null {
  if (DATA_IMAGE.test(text)) return text;
  if (/^\s*(<\?xml[^>]*>\s*)?<svg[\s>]/i.test(text)) return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  if (text.length < SHORTEST_IMAGE) return null;
  const type = SIGNATURES.find(([beginning]) => text.startsWith(beginning))?.[1];
  return type && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text) ? `data:image/${type};base64,${text.replace(/\s/g, "")}` : null;
}

/** `{"content_type": "image/png", "data": "<base64>"}`. */
function described(value: Json): string | null {
  if (!isParted(value) || Array.isArray(value)) return null;
  const type = value.content_type ?? value.mime_type ?? value.media_type;
  const data = value.data ?? value.base64 ?? value.content;
  if (typeof type !== "string" || typeof data !== "string" || !/^image\/(png|jpeg|gif|webp|svg\+xml)$/.test(type)) return null;
  return imageSource(data) ?? `data:${type};base64,${data.replace(/\s/g, "")}`;
}

function tableOf(list: readonly Json[]): { rows: readonly Record<string, Json>[]; columns: string[] } | null {
  if (list.length === 0) return null;
  const rows: Record<string, Json>[] = [];
  const columns = new Set<string>();
  for (const item of list) {
    if (!isParted(item) || Array.isArray(item)) return null;
    rows.push(item);
    if (columns.size < 60) for (const key of Object.keys(item)) columns.add(key);
  }
  return columns.size === 0 ? null : { rows, columns: [...columns] };
}

/** Reads a list of numbers, a list of [x, y] pairs, or an object of lists of numbers of the same length. */
export function curvesOf(value: Json): Curves | null {
  if (Array.isArray(value)) {
    if (value.length < FEWEST_POINTS) return null;
    const numbers = numbersIn(value);
    if (numbers !== null) return { axis: "index", x: value.map((_, index) => index), series: [{ name: "value", y: numbers }] };
    return pairsOf(value);
  }
  return isParted(value) ? listsOf(value) : null;
}

function pairsOf(list: readonly Json[]): Curves | null {
  const x: number[] = [];
  const y: number[] = [];
  for (const item of list) {
    const pair = Array.isArray(item) && item.length === 2 ? numbersIn(item) : null;
    if (pair === null) return null;
    x.push(pair[0] as number);
    y.push(pair[1] as number);
  }
  return sorted({ axis: "x", x, series: [{ name: "y", y }] });
}

function listsOf(value: Readonly<Record<string, Json>>): Curves | null {
  const lists = Object.entries(value).flatMap(([name, item]) => {
    const list = Array.isArray(item) && item.length >= FEWEST_POINTS ? numbersOrNullIn(item) : null;
    return list === null ? [] : [[name, list] as const];
  });
  const length = lists[0]?.[1].length;
  if (lists.length < 2 || lists.length > 24 || lists.some(([, list]) => list.length !== length)) return null;
  const axis = lists.find(([name, list]) => AXES.test(name) && !list.includes(null));
  const series = lists.filter((entry) => entry !== axis).map(([name, y]) => ({ name, y }));
  if (!axis) return { axis: "index", x: series[0]?.y.map((_, index) => index) ?? [], series };
  return sorted({ axis: axis[0], x: axis[1] as readonly number[], series });
}

/** The nearest numbers that can be drawn, of a list that has nothing else; null for any other list. */
function numbersIn(list: readonly Json[]): number[] | null {
  const numbers = numbersOrNullIn(list);
  return numbers === null || numbers.includes(null) ? null : (numbers as number[]);
}

function numbersOrNullIn(list: readonly Json[]): (number | null)[] | null {
  const numbers: (number | null)[] = [];
  for (const item of list) {
    const number = item instanceof ExactNumber ? Number(item.text) : item;
    if (number !== null && (typeof number !== "number" || !Number.isFinite(number))) return null;
    numbers.push(number);
  }
  return numbers.some((item) => item !== null) ? numbers : null;
}

/** Whether a value has parts. */
function isParted(value: Json): value is Json[] | { [key: string]: Json } {
  return value !== null && typeof value === "object" && !(value instanceof ExactNumber);
}

/** Sorts the points from left to right: a measurement may go the other way. */
function sorted(curves: Curves): Curves {
  const { x } = curves;
  if (x.every((value, index) => index === 0 || value >= (x[index - 1] ?? value))) return curves;
  const order = x.map((_, index) => index).sort((one, other) => (x[one] ?? 0) - (x[other] ?? 0));
  return { axis: curves.axis, x: order.map((index) => x[index] ?? 0), series: curves.series.map(({ name, y }) => ({ name, y: order.map((index) => y[index] ?? null) })) };
}
