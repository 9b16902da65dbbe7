/** Numbers that JavaScript's own would change: 9007199254740993, 1.0, 1e400. They are kept as they were written. */

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

type RawJson = (text: string) => unknown;

export class ExactNumber {
  /** As JSON writes it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /**
   * For `JSON.stringify`, which writes the digits. A browser that cannot (before 2025) is told so, rather than that a number is changed.
   * The YAML reader calls it too, with a context of its own, and gets the number itself.
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

/** The number that a text is in JSON, exact; undefined where it is none. */
export function numberFrom(text: string): number | ExactNumber | undefined {
  if (!JSON_NUMBER.test(text)) return undefined;
  const number = Number(text);
  return String(number) === text ? number : new ExactNumber(text);
}

/** The value with JavaScript's nearest numbers, for what only measures them. */
export function measured(value: unknown): unknown {
  if (value instanceof ExactNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(measured);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, measured(item)]));
}
