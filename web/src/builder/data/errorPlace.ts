/** Says where an error is: by what stands there, and by line in a text of several lines. The column counts code points from 1. */
export function errorPlace(text: string, column: number): string {
  const signs = Array.from(text);
  const before = signs.slice(0, column - 1);
  const rest = signs.slice(column - 1).join("");
  const part = /^(?:[\p{L}\p{N}_]+|"[^"\n]{0,30}"?|'[^'\n]{0,30}'?|[^\s\p{L}\p{N}_]{1,3})/u.exec(rest)?.[0];
  const line = before.filter((sign) => sign === "\n").length + 1;
  const where = part === undefined ? "at the end" : `at ${part}`;
  const isOfLines = text.includes("\n");
  const inLine = before.length - before.lastIndexOf("\n");
  return isOfLines ? `(line ${line}, column ${inLine}, ${where})` : `(column ${column}, ${where})`;
}
