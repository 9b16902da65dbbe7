import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const API = process.env.INTERLOCK_API ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/interlock/api/rest/static",
    emptyOutDir: true,
    // Nothing is inlined as a data: address, so that the content security policy can stay narrow.
    assetsInlineLimit: 0,
    target: "es2023",
    manifest: true,
    // The page budget (`npm run size`) is what counts; a lazily loaded part may be larger than a part of the first load.
    chunkSizeWarningLimit: 700,
  },
  // The API lets only its own origin make changes by cookie.
  server: { proxy: { "/api": { target: API, changeOrigin: true, headers: { Origin: API } } } },
  preview: { proxy: { "/api": { target: API, changeOrigin: true, headers: { Origin: API } } } },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
