import { expect, test } from "vitest";
import { isRendered } from "./isRendered";

const ROOT = { type: "object", properties: { code: { type: "string", "x-interlock-template": false }, values: { type: "object" } } };

test("templates are offered in parameters that are rendered, and in locks", () => {
  expect(isRendered(ROOT, ["parameters", "values", "a"])).toBe(true);
  expect(isRendered(ROOT, ["parameters", "constructor"])).toBe(true);
  expect(isRendered(ROOT, ["parameters", "code"])).toBe(false);
  expect(isRendered(ROOT, ["parameters", "code", "inner"])).toBe(false);
  expect(isRendered(ROOT, ["lock"])).toBe(true);
  expect(isRendered(ROOT, ["name"])).toBe(false);
  expect(isRendered(ROOT, ["retry", "max_attempts"])).toBe(false);
});
