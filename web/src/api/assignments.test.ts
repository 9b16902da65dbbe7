import { expect, test } from "vitest";
import { assignmentsOf, type Page } from "./assignments";
import type { AssignmentSummary } from "./types";

const visit = (id: string, change_number: number) => ({ id, change_number }) as AssignmentSummary;

test("every page is read, and a visit that changes meanwhile is returned once, in its newest state", async () => {
  const pages: Record<number, Page> = {
    3: { items: [visit("a", 4), visit("b", 5)], next_since: 5 },
    5: { items: [visit("c", 6), visit("a", 9)], next_since: 9 },
    9: { items: [visit("d", 12)], next_since: null },
  };
  const found = await assignmentsOf("one", 3, undefined, (since) => Promise.resolve(pages[since] ?? { items: [], next_since: null }));
  expect(Object.fromEntries(found.map((item) => [item.id, item.change_number]))).toEqual({ a: 9, b: 5, c: 6, d: 12 });
});
