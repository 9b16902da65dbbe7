/** Reads the text of a note: headings, lists, and in lines bold, emphasis, code and links. Everything else is text. */

export type Span =
  | { readonly kind: "text" | "bold" | "emphasis" | "code"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly to: string };

export type Block =
  | { readonly kind: "heading" | "paragraph"; readonly spans: readonly Span[] }
  | { readonly kind: "list"; readonly items: readonly (readonly Span[])[] };

export function readNote(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const line of text.split("\n")) {
    const item = /^\s*[-*] +(.*)$/.exec(line)?.[1];
    const heading = /^#{1,6} +(.*)$/.exec(line)?.[1];
    const last = blocks.at(-1);
    if (item !== undefined) {
      if (last?.kind === "list") blocks[blocks.length - 1] = { kind: "list", items: [...last.items, readSpans(item)] };
      else blocks.push({ kind: "list", items: [readSpans(item)] });
    } else if (heading !== undefined) blocks.push({ kind: "heading", spans: readSpans(heading) });
    else if (line.trim() !== "") blocks.push({ kind: "paragraph", spans: readSpans(line) });
  }
  return blocks;
}

const MARKED = /\*\*([^*]+)\*\*|\*([^*]+)\*|`([^`]+)`|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g;

function readSpans(line: string): readonly Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const match of line.matchAll(MARKED)) {
    if (match.index > at) spans.push({ kind: "text", text: line.slice(at, match.index) });
    const [whole, bold, emphasis, code, link, to] = match;
    if (bold !== undefined) spans.push({ kind: "bold", text: bold });
    else if (emphasis !== undefined) spans.push({ kind: "emphasis", text: emphasis });
    else if (code !== undefined) spans.push({ kind: "code", text: code });
    else spans.push({ kind: "link", text: link ?? "", to: to ?? "" });
    at = match.index + whole.length;
  }
  if (at < line.length) spans.push({ kind: "text", text: line.slice(at) });
  return spans;
}
