import { expect, test } from "vitest";
import { problemOf } from "./problem";
import { pauseBefore } from "./queries";

const refused = (headers: Record<string, string>) =>
  problemOf(new Response(JSON.stringify({ code: "IL062", detail: "the limit", retryable: true }), { status: 429, headers }));

test("a request that a limit refused is repeated when the server asks for it", async () => {
  expect(pauseBefore(0, await refused({ "Retry-After": "7" }))).toBe(7_000);
  expect(pauseBefore(1, await refused({}))).toBe(600);
  expect(pauseBefore(1, await refused({ "Retry-After": "Fri, 07 Nov 2026 23:59:59 GMT" }))).toBe(600);
  expect(pauseBefore(0, new TypeError("no answer"))).toBe(300);
});
