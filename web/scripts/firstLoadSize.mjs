// Fails where what a browser loads before the first page shows is larger than 300 KB gzipped: the entry, everything that it imports, their styles,
// the largest page of those that a person may land on, and the font.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 300 * 1000;
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
const font = readdirSync(join(root, "assets")).filter((name) => /latin-wght-normal.*\.woff2$/.test(name) && !name.includes("ext"));
for (const name of font) entry.add(`assets/${name}`);
const shell = total(["index.html", "theme.js", "favicon.svg"]) + total(entry);
console.log(`every page: ${kilobytes(shell)}`);
for (const file of entry) console.log(`    ${kilobytes(size(file)).padStart(9)}  ${file}`);

let worst = shell;
for (const page of manifest["index.html"].dynamicImports ?? []) {
  const own = [...filesOf(page)].filter((file) => !entry.has(file));
  const bytes = shell + total(own);
  worst = Math.max(worst, bytes);
  console.log(`${kilobytes(bytes).padStart(9)}  ${page}`);
}
console.log(`largest first load: ${kilobytes(worst)} of ${kilobytes(LIMIT)}`);
if (worst > LIMIT) process.exit(1);
