/** Numbers that JavaScript would change: 9007199254740993, 1.0, 1e400. They are kept as they were written. */

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

type RawJson = (text: string) => unknown;

export class ExactNumber {
  /** As JSON writes it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /**
   * Values of workflows are written by `writeJson`, in every browser. This is for a `JSON.stringify` that was forgotten: it writes the digits,
   * or throws in a browser that cannot (before 2025), so that no number is changed.
   * The YAML reader calls it too, with a context of its own, and gets the plain number.
   */
  toJSON(_key?: unknown, context?: unknown): unknown {
    if (context !== undefined) return this;
    const raw = (JSON as { rawJSON?: RawJson }).rawJSON;
    if (raw === undefined) throw new Error(`This browser cannot write the number ${this.text} without changing it. A newer one can.`);
    return raw(this.text);
  }

  toString(): string {
    return this.text;
  }
}

/** Returns the exact number that a text is in JSON; undefined if it is none. */
export function numberFrom(text: string): number | ExactNumber | undefined {
  if (!JSON_NUMBER.test(text)) return undefined;
  const number = Number(text);
  return String(number) === text ? number : new ExactNumber(text);
}

const TYPED_NUMBER = /^([-+]?)(\d*)(\.\d*)?([eE][-+]?\d+)?$/;

/** Returns the number that a person typed, to the last digit, also as JSON does not write it: +5, 007, .5, 5. (undefined if it is none). */
export function typedNumber(text: string): number | ExactNumber | undefined {
  const [, sign, whole = "", fraction = "", exponent = ""] = TYPED_NUMBER.exec(text) ?? [];
  if (whole.length + fraction.length < (fraction === "" ? 1 : 2)) return undefined;
  return numberFrom(`${sign === "-" ? "-" : ""}${whole.replace(/^0+(?=\d)/, "") || "0"}${fraction === "." ? "" : fraction}${exponent}`);
}

/** Returns the value with the nearest JavaScript numbers, for code that only compares or draws them. */
export function measured(value: unknown): unknown {
  if (value instanceof ExactNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(measured);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, measured(item)]));
}
