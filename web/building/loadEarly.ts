import { createHash } from "node:crypto";
import { relative } from "node:path";
import type { Plugin, Rollup } from "vite";
import type { PageNeeds } from "./pages";

/**
 * Lets a browser request everything that the opened page needs at once, instead of discovering one module after the other: a script at the head of the
 * page lists the modules for its address. Without the script everything works too, only later.
 */
export function loadEarly(pages: readonly PageNeeds[]): Plugin {
  let script: { readonly fileName: string; readonly source: string } | null = null;
  return {
    name: "load-early",
    apply: "build",
    enforce: "post",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        if (!bundle) return [];
        const source = scriptOf(pages.map(({ address, modules }) => [address, filesOf(modules, bundle)]));
        script = { fileName: `assets/early-${createHash("sha256").update(source).digest("base64url").slice(0, 8)}.js`, source };
        return [{ tag: "script", attrs: { src: `/${script.fileName}`, async: true }, injectTo: "head-prepend" }];
      },
    },
    generateBundle() {
      if (script) this.emitFile({ type: "asset", ...script });
    },
  };
}

/** Returns the files of these modules and of everything that they import statically, without the files that the page's own tags name. */
function filesOf(modules: readonly string[], bundle: Rollup.OutputBundle): string[] {
  const chunks = Object.values(bundle).filter((each) => each.type === "chunk");
  const named = new Set(filesBelow(chunks.filter((chunk) => chunk.isEntry), bundle));
  const wanted = modules.map((module) => {
    const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId !== null && relative(process.cwd(), facadeModuleId) === module);
    if (!chunk) throw new Error(`${module} is not loaded by itself`);
    return chunk;
  });
  return filesBelow(wanted, bundle).filter((file) => !named.has(file));
}

function filesBelow(chunks: readonly Rollup.OutputChunk[], bundle: Rollup.OutputBundle): string[] {
  const found = new Set<string>();
  const visit = (chunk: Rollup.OutputChunk) => {
    if (found.has(chunk.fileName)) return;
    found.add(chunk.fileName);
    for (const style of (chunk as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? []) found.add(style);
    for (const name of chunk.imports) {
      const imported = bundle[name];
      if (imported?.type === "chunk") visit(imported);
    }
  };
  chunks.forEach(visit);
  return [...found];
}

function scriptOf(pages: readonly (readonly [address: string, files: readonly string[]])[]): string {
  const all = [...new Set(pages.flatMap(([, files]) => files))];
  const rows = pages.map(([address, files]) => [`^${address.replaceAll("*", "[^/]+")}$`, files.map((file) => all.indexOf(file))]);
  return `(() => {
const files = ${JSON.stringify(all)};
const found = ${JSON.stringify(rows)}.find(([pattern]) => new RegExp(pattern).test(location.pathname));
for (const index of found ? found[1] : []) {
  const file = files[index];
  const link = document.createElement("link");
  if (file.endsWith(".css")) Object.assign(link, { rel: "preload", as: "style", crossOrigin: "" });
  else link.rel = "modulepreload";
  link.href = "/" + file;
  document.head.append(link);
}
})();
`;
}
