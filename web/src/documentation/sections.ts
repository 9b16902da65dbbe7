/** The sections of all pages: what a search finds, and a list of titles and addresses for others who offer them. */

import { addressOf, PAGES, type DocumentationPage } from "./pages";
import { readMarkdown, textOf, type Block } from "./readMarkdown";

export interface Section {
  readonly title: string;
  /** The title of its page. */
  readonly page: string;
  readonly to: string;
  readonly text: string;
}

/** Returns the sections of a page. A row of a table that explains a name, such as a function, is a section of its own. */
export function sectionsOf({ path, title, text }: DocumentationPage): readonly Section[] {
  const sections: Section[] = [];
  const names: Section[] = [];
  for (const block of readMarkdown(text)) {
    if (block.kind === "heading") sections.push({ title: textOf(block.spans), page: title, to: addressOf(path, block.level === 1 ? "" : block.id), text: "" });
    const last = sections.at(-1);
    if (last !== undefined && block.kind !== "heading") sections[sections.length - 1] = { ...last, text: `${last.text} ${wordsOf(block)}`.trim() };
    if (block.kind === "table" && path === "reference/expressions")
      for (const { id, cells } of block.rows) if (id !== null) names.push({ title: textOf(cells[0] ?? []), page: title, to: addressOf(path, rowAnchor(id)), text: textOf(cells[1] ?? []) });
  }
  return [...sections, ...names];
}

/** The anchor of a row that explains a name. */
export const rowAnchor = (name: string): string => `of-${name.toLowerCase()}`;

function wordsOf(block: Exclude<Block, { kind: "heading" }>): string {
  if (block.kind === "code") return block.text;
  if (block.kind === "list") return block.items.map(textOf).join(" ");
  if (block.kind === "table") return block.rows.map(({ cells }) => cells.map(textOf).join(" ")).join(" ");
  return textOf(block.spans);
}

export const SECTIONS: readonly Section[] = PAGES.flatMap(sectionsOf);

/** Titles and addresses of everything that the documentation explains. */
export const TITLES: readonly { readonly title: string; readonly page: string; readonly to: string }[] = SECTIONS.map(({ title, page, to }) => ({ title, page, to }));

const MOST = 30;
const NOT_FOUND = 9;

/** Returns the sections that have every word; those whose title has them first. */
export function search(text: string, sections: readonly Section[] = SECTIONS): readonly Section[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = sections.map((section) => ({ section, distance: Math.max(...words.map((word) => distanceOf(section, word))) }));
  return found
    .filter(({ distance }) => distance < NOT_FOUND)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MOST)
    .map(({ section }) => section);
}

function distanceOf({ title, page, text }: Section, word: string): number {
  const name = title.toLowerCase();
  if (name === word) return 0;
  if (name.startsWith(word)) return 1;
  if (name.includes(word)) return 2;
  if (page.toLowerCase().includes(word)) return 3;
  return text.toLowerCase().includes(word) ? 4 : NOT_FOUND;
}
