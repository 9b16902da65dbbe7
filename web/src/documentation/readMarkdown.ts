/** Reads the Markdown of the documentation: headings, paragraphs, lists, tables, code, quotes, and in lines code, bold, emphasis, links and pictures. Everything else, HTML too, is text. */

export type Span =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "bold" | "emphasis"; readonly spans: readonly Span[] }
  | { readonly kind: "link"; readonly spans: readonly Span[]; readonly to: string }
  | { readonly kind: "picture"; readonly text: string; readonly to: string };

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly id: string; readonly spans: readonly Span[] }
  | { readonly kind: "paragraph" | "quote"; readonly spans: readonly Span[] }
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  | { readonly kind: "list"; readonly isNumbered: boolean; readonly items: readonly (readonly Span[])[] }
  | { readonly kind: "table"; readonly head: readonly (readonly Span[])[]; readonly rows: readonly Row[] };

export interface Row {
  /** The name that the row explains, if it explains one: `len` for `len(x)`. */
  readonly id: string | null;
  readonly cells: readonly (readonly Span[])[];
}

const HEADING = /^(#{1,6}) +(.*?)\s*$/;
const ITEM = /^\s*(?:[-*]|(\d+)\.) +(.*)$/;
const FENCE = /^\s*```(\S*)/;
const TABLE_LINE = /^\s*\|[\s:|-]+\|\s*$/;

export function readMarkdown(text: string): readonly Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const [block, next] = readBlock(lines, at);
    if (block !== null) blocks.push(block);
    at = next;
  }
  return blocks;
}

/** Returns the block that begins at a line, and the line behind it. */
function readBlock(lines: readonly string[], at: number): readonly [Block | null, number] {
  const line = lines[at] ?? "";
  if (line.trim() === "") return [null, at + 1];
  const fence = FENCE.exec(line);
  if (fence !== null) return readCode(lines, at, fence[1] ?? "");
  const heading = HEADING.exec(line);
  if (heading !== null) return [{ kind: "heading", level: heading[1]?.length ?? 1, id: anchorOf(heading[2] ?? ""), spans: readSpans(heading[2] ?? "") }, at + 1];
  if (line.trimStart().startsWith("|") && TABLE_LINE.test(lines[at + 1] ?? "")) return readTable(lines, at);
  if (ITEM.test(line)) return readList(lines, at);
  const isQuote = line.startsWith(">");
  const found = [line];
  let next = at + 1;
  while (next < lines.length && !beginsBlock(lines[next] ?? "")) found.push(lines[next++] ?? "");
  const said = found.map((each) => (isQuote ? each.replace(/^> ?/, "") : each).trim()).join(" ");
  return [{ kind: isQuote ? "quote" : "paragraph", spans: readSpans(said) }, next];
}

const beginsBlock = (line: string): boolean => line.trim() === "" || FENCE.test(line) || HEADING.test(line) || ITEM.test(line) || line.trimStart().startsWith("|");

function readCode(lines: readonly string[], at: number, language: string): readonly [Block, number] {
  const rest = lines.slice(at + 1).findIndex((line) => /^\s*```\s*$/.test(line));
  const end = rest < 0 ? lines.length : at + 1 + rest;
  return [{ kind: "code", language, text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function readList(lines: readonly string[], at: number): readonly [Block, number] {
  const items: string[] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? "";
    const item = ITEM.exec(line);
    if (item !== null) items.push(item[2] ?? "");
    else if (line.trim() !== "" && /^\s{2,}/.test(line)) items[items.length - 1] = `${items.at(-1) ?? ""} ${line.trim()}`;
    else break;
  }
  return [{ kind: "list", isNumbered: /^\s*\d/.test(lines[at] ?? ""), items: items.map(readSpans) }, next];
}

function readTable(lines: readonly string[], at: number): readonly [Block, number] {
  let next = at + 2;
  const rows: Row[] = [];
  for (; (lines[next] ?? "").trimStart().startsWith("|"); next++) {
    const cells = cellsOf(lines[next] ?? "");
    rows.push({ id: /^`([A-Za-z_]\w*)/.exec(cells[0] ?? "")?.[1] ?? null, cells: cells.map(readSpans) });
  }
  return [{ kind: "table", head: cellsOf(lines[at] ?? "").map(readSpans), rows }, next];
}

/** A bar with a backslash before it, and one in code, is text. */
function cellsOf(line: string): readonly string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

const MARKED = /(`+)(.+?)\1(?!`)|\*\*(.+?)\*\*|(?<![\w*])\*([^*\s][^*]*)\*|(!?)\[((?:`[^`]*`|[^\]`])*)\]\(([^)\s]+)\)/g;

export function readSpans(line: string): readonly Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const match of line.matchAll(MARKED)) {
    if (match.index > at) spans.push({ kind: "text", text: line.slice(at, match.index) });
    spans.push(spanOf(match));
    at = match.index + match[0].length;
  }
  if (at < line.length) spans.push({ kind: "text", text: line.slice(at) });
  return spans;
}

function spanOf([, ticks, code, bold, emphasis, bang, words, to]: RegExpMatchArray): Span {
  if (ticks !== undefined) return { kind: "code", text: ticks.length > 1 ? (code ?? "").trim() : (code ?? "") };
  if (bold !== undefined) return { kind: "bold", spans: readSpans(bold) };
  if (emphasis !== undefined) return { kind: "emphasis", spans: readSpans(emphasis) };
  if (bang === "!") return { kind: "picture", text: words ?? "", to: to ?? "" };
  return { kind: "link", spans: readSpans(words ?? ""), to: to ?? "" };
}

/** Returns the text without its marks. */
export function textOf(spans: readonly Span[]): string {
  return spans.map((span) => ("spans" in span ? textOf(span.spans) : span.text)).join("");
}

/** Returns the anchor of a heading, as hosts of Git repositories make it: links in the pages use it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, "")
    .replaceAll(" ", "-");
}
