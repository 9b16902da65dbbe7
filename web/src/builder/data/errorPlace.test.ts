import { expect, test } from "vitest";
import { errorPlace } from "./errorPlace";

test("the place of an error is named by what stands there", () => {
  expect(errorPlace("order.totl > 1", 7)).toBe("(column 7, at totl)");
  expect(errorPlace("amount && b", 9)).toBe("(column 9, at &)");
  expect(errorPlace("amount >", 9)).toBe("(column 9, at the end)");
  expect(errorPlace("😀 {{ totl }}", 6)).toBe("(column 6, at totl)");
  expect(errorPlace("a\nbc {{ totl }}", 9)).toBe("(line 2, column 7, at totl)");
});
