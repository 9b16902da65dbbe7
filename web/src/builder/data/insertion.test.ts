import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { insertPath } from "./insertion";
import { openAt } from "./openAt";

const put = (marked: string, use: "expression" | "template"): string => {
  const at = marked.indexOf("|");
  const made = insertPath(marked.replace("|", ""), at, at, "order.id", use);
  return `${made.text.slice(0, made.cursor)}|${made.text.slice(made.cursor)}`;
};

describe("inserting", () => {
  test("a template gets braces where the cursor is outside of an expression, and none inside", () => {
    expect(put("Hello |!", "template")).toBe("Hello {{ order.id }}|!");
    expect(put("Hello {{ | }}", "template")).toBe("Hello {{ order.id| }}");
    expect(put("{{|}}", "template")).toBe("{{ order.id |}}");
    expect(put("{{ a + | ", "template")).toBe("{{ a + order.id| ");
    expect(put('{{ "}}" + | }}', "template")).toBe('{{ "}}" + order.id| }}');
    expect(put("{{ a }} and |", "template")).toBe("{{ a }} and {{ order.id }}|");
  });

  test("an expression gets the path alone, apart from what stands beside it", () => {
    expect(put("|", "expression")).toBe("order.id|");
    expect(put("len(|)", "expression")).toBe("len(order.id|)");
    expect(put("a|", "expression")).toBe("a order.id|");
    expect(put("|and b", "expression")).toBe("order.id |and b");
  });

  test("what is selected is replaced", () => {
    expect(insertPath("Hello name!", 6, 10, "order.id", "template")).toEqual({ text: "Hello {{ order.id }}!", cursor: 20 });
  });

  test("any text keeps everything around the cursor", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.constantFrom("expression" as const, "template" as const), (text, place, use) => {
        const at = place % (text.length + 1);
        const made = insertPath(text, at, at, "order.id", use);
        expect(made.text.startsWith(text.slice(0, at))).toBe(true);
        expect(made.text.endsWith(text.slice(at))).toBe(true);
        expect(made.text.slice(at, made.cursor)).toContain("order.id");
      }),
    );
  });

  test("an expression is open from its braces to the closing ones", () => {
    const text = 'a {{ b["}}"] }} c {{ d';
    expect([0, 3, 4, 10, 13, 15, 17, 20, text.length].map((at) => openAt(text, at))).toEqual([null, null, 4, 4, 4, null, null, 20, 20]);
  });
});
