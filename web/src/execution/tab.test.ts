import { describe, expect, it } from "vitest";
import { tabOf } from "./tab";

describe("the title of an execution's tab", () => {
  it("says status, subject and workflow", () => {
    expect(tabOf({ status: "failed", workflow: "Weighing report", subject: "Dream" })).toBe("✗ Dream · Weighing report");
    expect(tabOf({ status: "running", workflow: "Nap", subject: null })).toBe("▶ Nap");
  });
});
