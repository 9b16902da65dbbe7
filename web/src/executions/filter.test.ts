import { describe, expect, it } from "vitest";
import { isNarrowed, queryOf, readFilter, toggled, writeFilter } from "./filter";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("the filter in the address", () => {
  it.each(["", "status=running&status=failed", "workflow=Expense+report&subject=a%26b", "last=60", "after=2026-11-20T08%3A00&before="])("reads back what it wrote: %s", (text) => {
    expect(writeFilter(readFilter(new URLSearchParams(text))).toString()).toBe(text);
  });

  it("ignores unknown values", () => {
    const filter = readFilter(new URLSearchParams("status=exploded&last=soon"));
    expect(isNarrowed(filter)).toBe(false);
  });
});

it("turns statuses on and off, in their order", () => {
  const none = readFilter(new URLSearchParams());
  const two = toggled(toggled(none, "failed"), "running");
  expect(two.status).toEqual(["running", "failed"]);
  expect(toggled(two, "running").status).toEqual(["failed"]);
});

it("asks the API for moments", () => {
  expect(queryOf(readFilter(new URLSearchParams("last=60&status=failed")), NOW)).toEqual({ status: ["failed"], created_after: "2026-11-21T11:00:00.000Z" });
});
