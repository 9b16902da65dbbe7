import { describe, expect, it } from "vitest";
import { tabOf } from "./tab";

describe("the title of an execution's tab", () => {
  it("says how it is, whose it is and what it is", () => {
    expect(tabOf({ status: "failed", workflow: "Weighing report", subject: "Dream" })).toBe("✗ Dream · Weighing report");
    expect(tabOf({ status: "running", workflow: "Nap", subject: null })).toBe("▶ Nap");
  });
});
