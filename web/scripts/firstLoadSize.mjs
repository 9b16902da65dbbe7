// Fails if a browser loads more than the limit of a page before it can show it: the entry, everything that it imports, their styles, the page
// itself and the font, compressed by gzip. Headers and data come on top: `python -m benchmarks first_load` counts these too.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PAGES } from "../building/pages.ts";

/** KB */
const LIMITS = { "/sign-in": 130, "/executions/*": 277, "/workflows/*": 294 };
const LIMIT = 175;
const root = new URL("../../src/interlock/api/rest/static/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(root, ".vite/manifest.json"), "utf8"));

function filesOf(key, seen = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not loaded by itself`);
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const style of chunk.css ?? []) seen.add(style);
  for (const imported of chunk.imports ?? []) filesOf(imported, seen);
  return seen;
}

const size = (file) => (/\.woff2$/.test(file) ? readFileSync(join(root, file)).length : gzipSync(readFileSync(join(root, file)), { level: 9 }).length) / 1000;
const total = (files) => [...files].reduce((sum, file) => sum + size(file), 0);
const shown = (kilobytes) => `${kilobytes.toFixed(1)} KB`.padStart(9);

const always = new Set(["index.html", "theme.js", "favicon.svg"]);
for (const name of readdirSync(join(root, "assets"))) if (/^(early-.*\.js|inter-basic-.*\.woff2)$/.test(name)) always.add(`assets/${name}`);
const entry = new Set([...always, ...filesOf("index.html")]);
console.log(`${shown(total(entry))} every page`);
for (const file of entry) console.log(`        ${shown(size(file))}  ${file}`);

let tooLarge = false;
for (const { address, modules } of PAGES) {
  const files = new Set([...entry, ...modules.flatMap((module) => [...filesOf(module)])]);
  const limit = LIMITS[address] ?? LIMIT;
  const kilobytes = total(files);
  console.log(`${shown(kilobytes)} of ${limit} in ${String(files.size).padStart(2)} files  ${address}`);
  if (process.argv.includes("--files")) for (const file of [...files].filter((each) => !entry.has(each))) console.log(`        ${shown(size(file))}  ${file}`);
  tooLarge ||= kilobytes > limit;
}
if (tooLarge) {
  console.error("a page is too large");
  process.exit(1);
}
