import { describe, expect, it } from "vitest";
import { addressOfPart, addressOfType } from "./addresses";
import { PAGES } from "./pages";
import { anchorOf, readMarkdown, readSpans, textOf, type Block, type Span } from "./readMarkdown";
import { resolveLink } from "./resolveLink";
import { rowAnchor, search, SECTIONS, TITLES } from "./sections";

describe("Markdown", () => {
  it("is read into headings, paragraphs, lists, tables and code", () => {
    const text = "# Title\n\nOne\ntwo.\n\n- a\n  more\n- b\n\n| x | y |\n| --- | --- |\n| `len(x)` | a \\| b |\n\n```sh\n# no heading\n```\n> said\n";
    expect(readMarkdown(text).map((block) => block.kind)).toEqual(["heading", "paragraph", "list", "table", "code", "quote"]);
    const [, paragraph, list, table, code] = readMarkdown(text) as [Block, Block, Block, Block, Block];
    expect(paragraph).toMatchObject({ spans: [{ kind: "text", text: "One two." }] });
    expect(list).toMatchObject({ items: [[{ text: "a more" }], [{ text: "b" }]] });
    expect(table).toMatchObject({ rows: [{ id: "len", cells: [[{ kind: "code", text: "len(x)" }], [{ text: "a | b" }]] }] });
    expect(code).toMatchObject({ language: "sh", text: "# no heading" });
  });

  it("has code, bold, emphasis, links and pictures in its lines, and HTML is text", () => {
    const kinds = readSpans("a **b** *c* `d` [`e`](f.md) ![g](h.svg) <img src=x onerror=alert(1)>").map((span) => span.kind);
    expect(kinds).toEqual(["text", "bold", "text", "emphasis", "text", "code", "text", "link", "text", "picture", "text"]);
    expect(readSpans("2 * 3 * 4")).toEqual([{ kind: "text", text: "2 * 3 * 4" }]);
  });
});

describe("the pages of the documentation", () => {
  it("are those that help a user, the first one first", () => {
    expect(PAGES[0]?.path).toBe("concepts/overview");
    for (const path of ["reference/nodes", "reference/expressions", "reference/definition", "errors", "how-to/deploy"]) expect(PAGES.map((page) => page.path)).toContain(path);
    for (const page of PAGES) expect(page.title, page.path).not.toBe("");
  });

  it("link only to places that there are, or nowhere", () => {
    const places = new Set(PAGES.flatMap(({ path, text }) => [path, ...readMarkdown(text).flatMap((block) => (block.kind === "heading" ? [`${path}#${block.id}`] : []))]));
    let count = 0;
    for (const { path, text } of PAGES)
      for (const link of readMarkdown(text).flatMap(linksOf)) {
        const found = resolveLink(path, link);
        if (found === null || found.isOutside) continue;
        expect(places, `${path}: ${link}`).toContain(found.to.replace("/documentation/", ""));
        count++;
      }
    expect(count).toBeGreaterThan(100);
  });

  it("take no link to a script, and none out of the documentation", () => {
    expect(resolveLink("errors", "javascript:alert(1)")).toBeNull();
    expect(resolveLink("concepts/overview", "../../CONTRIBUTING.md")).toBeNull();
    expect(resolveLink("concepts/overview", "movement.md#joins")).toEqual({ to: "/documentation/concepts/movement#joins", isOutside: false });
  });

  it("have anchors as links write them", () => {
    expect(anchorOf("ACTION_NODE / HTTP_REQUEST")).toBe("action_node--http_request");
  });
});

describe("the search", () => {
  it("finds titles first, then texts, with every word", () => {
    expect(search("http_request")[0]?.to).toBe("/documentation/reference/nodes#action_node--http_request");
    expect(search("idempotency key").length).toBeGreaterThan(0);
    expect(search("idempotency xyzzy")).toEqual([]);
    expect(search("  ")).toEqual([]);
  });

  it("finds every function of expressions at its row", () => {
    for (const name of ["len", "round", "sorted"]) expect(search(`${name}(`)[0]?.to).toBe(`/documentation/reference/expressions#${rowAnchor(name)}`);
  });

  it("offers titles and addresses to others", () => {
    expect(TITLES.length).toBe(SECTIONS.length);
    expect(TITLES.length).toBeGreaterThan(100);
  });
});

function linksOf(block: Block): string[] {
  const of = (spans: readonly Span[]): string[] => spans.flatMap((span) => (span.kind === "link" ? [span.to] : "spans" in span ? of(span.spans) : []));
  if (block.kind === "code") return [];
  if (block.kind === "list") return block.items.flatMap(of);
  if (block.kind === "table") return [...block.head, ...block.rows.flatMap(({ cells }) => cells)].flatMap(of);
  return of(block.spans);
}

it("shows texts without marks", () => {
  expect(textOf(readSpans("**a** `b`"))).toBe("a b");
});

describe("the places that the builder leads to", () => {
  const nodes = PAGES.find(({ path }) => path === "reference/nodes")?.text ?? "";
  const types = [...nodes.matchAll(/^## (\w+) \/ (\w+)$/gm)].map(([, type = "", subtype = ""]) => ({ type, subtype }));

  it("are a section for each node type", () => {
    expect(types.length).toBeGreaterThan(10);
    const places = SECTIONS.map(({ to }) => to);
    for (const type of types) expect(places).toContain(addressOfType(type));
  });

  it("are a row for each function and method", () => {
    const places = new Set(SECTIONS.map(({ to }) => to));
    for (const name of ["abs", "len", "sum"]) expect(places).toContain(addressOfPart({ kind: "function", name }));
    for (const name of ["capitalize", "casefold"]) expect(places).toContain(addressOfPart({ kind: "text", name }));
    expect(places).toContain(addressOfPart({ kind: "operator", name: "+" }));
  });
});
