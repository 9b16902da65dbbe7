const UNITS: readonly (readonly [name: string, size: number])[] = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
];

/** `4.7 GB`, `950 bytes`. */
export function shownBytes(bytes: number): string {
  const [name, size] = UNITS.find(([, least]) => bytes >= least) ?? ["bytes", 1];
  return `${Number((bytes / size).toPrecision(3))} ${name}`;
}

/** The same without rounding, so that it can be edited. */
export function exactBytes(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit ? `${bytes / unit[1]} ${unit[0]}` : String(bytes);
}

/** Reads `5 GB`, `1.5 TB`, `1024`; undefined if it is none of them. */
export function readBytes(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?) *([kMGT]?B)?$/i.exec(text.trim()) ?? [];
  const size = UNITS.find(([name]) => name.toLowerCase() === unit.toLowerCase())?.[1] ?? 1;
  const bytes = Math.round(Number(digits) * size);
  return digits !== "" && Number.isSafeInteger(bytes) ? bytes : undefined;
}
