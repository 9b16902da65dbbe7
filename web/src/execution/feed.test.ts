import { describe, expect, it } from "vitest";
import type { AssignmentSummary, ExecutionEvent, ExecutionSummary } from "../api/types";
import { afterEvents, feedOf } from "./feed";

const assignment = (id: string, change_number: number, status: AssignmentSummary["status"] = "running") => ({ id, change_number, status }) as AssignmentSummary;
const changed = (item: AssignmentSummary): ExecutionEvent => ({ change_number: item.change_number, kind: "assignment", assignment: item, execution: null });
const execution = (change_number: number, status: ExecutionSummary["status"]) => ({ id: "e", change_number, status }) as ExecutionSummary;
const moved = (kind: "execution" | "end", item: ExecutionSummary): ExecutionEvent => ({ change_number: item.change_number, kind, execution: item, assignment: null });

describe("feed", () => {
  it("resumes from the newest change that the list has", () => {
    expect(feedOf(execution(9, "running"), [assignment("a", 3), assignment("b", 7)]).cursor).toBe(7);
  });

  it("accepts new and changed assignments, and never an older state", () => {
    const feed = feedOf(null, [assignment("a", 3)]);
    const after = afterEvents(feed, [changed(assignment("a", 5, "completed")), changed(assignment("b", 6)), changed(assignment("a", 4, "running"))]);
    expect(after.assignments.get("a")?.status).toBe("completed");
    expect(after.assignments.size).toBe(2);
    expect(after.cursor).toBe(6);
    expect(feed.assignments.size).toBe(1);
  });

  it("is the same after repeated events, and however they are divided", () => {
    const events = [changed(assignment("a", 1)), moved("execution", execution(2, "running")), changed(assignment("a", 3, "completed")), moved("end", execution(4, "completed"))];
    const whole = afterEvents(feedOf(null, []), events);
    expect(afterEvents(whole, events.slice(1))).toEqual(whole);
    for (let cut = 0; cut <= events.length; cut++) {
      expect(afterEvents(afterEvents(feedOf(null, []), events.slice(0, cut)), events.slice(Math.max(0, cut - 1)))).toEqual(whole);
    }
    expect(whole.ended).toBe(true);
    expect(whole.execution?.status).toBe("completed");
  });

  it("does not copy if nothing changed", () => {
    const feed = feedOf(execution(1, "running"), [assignment("a", 1)]);
    expect(afterEvents(feed, [changed(assignment("a", 1))]).assignments).toBe(feed.assignments);
  });
});
