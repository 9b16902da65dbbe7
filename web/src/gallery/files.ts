/** The texts of the examples, as they are in `examples/`. Imported only when somebody looks at them. */

const FILES = import.meta.glob<string>("../../../examples/*.yaml", { query: "?raw", import: "default", eager: true });

/** The first ones are the easiest to understand. An example that is not named here comes after them. */
const ORDER = ["expense_report", "support_desk", "order", "clean_table", "spectrum", "three_quotes", "service_check", "square_root"];

const keyOf = (path: string): string => path.replace(/^.*\//, "").replace(/\.yaml$/, "");
const rank = (key: string): number => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);

export interface ExampleFile {
  readonly key: string;
  readonly text: string;
}

export const EXAMPLE_FILES: readonly ExampleFile[] = Object.entries(FILES)
  .map(([path, text]) => ({ key: keyOf(path), text }))
  .sort((one, other) => rank(one.key) - rank(other.key));
