import { expect, test } from "vitest";
import { asExpression, asValue, loneExpression } from "./literals";

test("a value becomes an expression, and a literal becomes the value again", () => {
  for (const value of [5, true, "GET", 1.5, 'a "b" }}']) expect(asValue(asExpression(value))).toEqual(value);
  expect(asExpression(undefined)).toBeUndefined();
  expect(asValue("{{ amount }}")).toBeUndefined();
  expect(asValue("{{ 1 }} and {{ 2 }}")).toBeUndefined();
  expect(asValue("plain")).toBe("plain");
});

test("only a text that is nothing but one expression is one", () => {
  expect(loneExpression('{{ a["}}"] }}')).toBe('a["}}"]');
  for (const text of ["{{ a }} ", "x{{ a }}", "{{ a }}{{ b }}", "{{ a", "a", "", undefined, 5]) expect(loneExpression(text)).toBeNull();
});
