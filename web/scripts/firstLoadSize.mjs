// Fails where what a browser loads before a page stands is larger than 300 KB gzipped: the entry, everything that it imports, their styles, the page
// itself and the font. A page that draws a graph needs what draws it besides, and has another limit.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 300 * 1000;
const LIMIT_WITH_GRAPH = 380 * 1000;
/** What each of these pages loads at once when it is opened. */
const WITH_GRAPH = { "src/execution/ExecutionPage.tsx": ["src/execution/GraphCanvas.tsx"], "src/builder/BuilderPage.tsx": [] };
const root = new URL("../../src/interlock/api/rest/static/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(root, ".vite/manifest.json"), "utf8"));

function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const style of chunk.css ?? []) seen.add(style);
  for (const imported of chunk.imports ?? []) filesOf(imported, seen);
  return seen;
}

const size = (file) => (/\.woff2$/.test(file) ? readFileSync(join(root, file)).length : gzipSync(readFileSync(join(root, file))).length);
const total = (files) => [...files].reduce((sum, file) => sum + size(file), 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

const entry = filesOf("index.html");
const font = readdirSync(join(root, "assets")).filter((name) => name.startsWith("inter-latin-") && !name.startsWith("inter-latin-ext") && name.endsWith(".woff2"));
for (const name of font) entry.add(`assets/${name}`);
const shell = total(["index.html", "theme.js", "favicon.svg"]) + total(entry);
console.log(`every page: ${kilobytes(shell)}`);
for (const file of entry) console.log(`    ${kilobytes(size(file)).padStart(9)}  ${file}`);

const over = [];
for (const page of manifest["index.html"].dynamicImports ?? []) {
  const parts = [page, ...(WITH_GRAPH[page] ?? [])];
  const own = new Set(parts.flatMap((part) => [...filesOf(part)]).filter((file) => !entry.has(file)));
  const bytes = shell + total(own);
  const limit = page in WITH_GRAPH ? LIMIT_WITH_GRAPH : LIMIT;
  console.log(`${kilobytes(bytes).padStart(9)} of ${kilobytes(limit)}  ${page}`);
  if (bytes > limit) over.push(page);
}
if (over.length > 0) {
  console.error(`too large: ${over.join(", ")}`);
  process.exit(1);
}
