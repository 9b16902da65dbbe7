import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "./building/compress";
import { loadEarly } from "./building/loadEarly";
import { PAGES } from "./building/pages";

const API = process.env.INTERLOCK_API ?? "http://127.0.0.1:8080";

/** Small modules that several pages share are put together: each file costs a request and its headers. */
const TOGETHER = [
  { name: "react", test: /\/node_modules\/(react|react-dom|scheduler|@tanstack|openapi-fetch)\/|rolldown\/runtime/ },
  { name: "design", test: /\/src\/(design\/(?!index|OpenedMenu|ButtonLink|Menu|Tabs|JsonView|fonts)|api\/(client|problem|queries)|session\/session\.ts)/ },
  { name: "icons", test: /\/lucide-react\//, minShareCount: 2 },
  // Before the graph, which would take what it needs with it: pages without a graph need it too.
  { name: "definitions", test: /\/src\/(json\/|builder\/(definition\/(types|read|json|exactNumber|place|connectionRules|nodeTypes)\.|load)|api\/assignments)/, minShareCount: 2 },
  { name: "graph", test: /\/node_modules\/(@xyflow|@dagrejs|d3-|zustand|classcat)|\/src\/graph\// },
];

export default defineConfig({
  plugins: [react(), loadEarly(PAGES), compress()],
  build: {
    outDir: "../src/interlock/api/rest/static",
    emptyOutDir: true,
    // No asset is inlined as a data: address, so that the content security policy can stay narrow.
    assetsInlineLimit: 0,
    target: "es2023",
    manifest: true,
    // `npm run size` checks the limits of pages; a chunk that is loaded on demand may be larger than a chunk of the first load.
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: TOGETHER } } },
  },
  // With a cookie the API accepts changes from its own origin only.
  server: { proxy: { "/api": { target: API, changeOrigin: true, headers: { Origin: API } } } },
  preview: { proxy: { "/api": { target: API, changeOrigin: true, headers: { Origin: API } } } },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
