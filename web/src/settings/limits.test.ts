import { describe, expect, it } from "vitest";
import type { Workspace } from "../api/types";
import { LIMITS, readLimit, shownLimits, storedOf, typedLimit } from "./limits";

const [requests, , , stored] = LIMITS as [(typeof LIMITS)[0], unknown, unknown, (typeof LIMITS)[0]];
const workspace = { max_requests: 6_000, max_streams: null, max_running: 20, max_stored_bytes: 5_000_000_000, stored_bytes: 1_234_567_890 } as Workspace;
const free = { max_requests: null, max_streams: null, max_running: null, max_stored_bytes: null, stored_bytes: null } as Workspace;

describe("limits", () => {
  it("are shown in words", () => {
    expect(shownLimits(workspace)).toBe("6,000 requests a minute · 20 running assignments · 5 GB stored");
    expect(shownLimits(free)).toBe("");
    expect([workspace, { ...workspace, max_stored_bytes: null }, free].map(storedOf)).toEqual(["1.23 GB of 5 GB", "1.23 GB", "Not measured yet"]);
  });

  it("are what was typed", () => {
    for (const limit of LIMITS) expect(readLimit(typedLimit(workspace, limit), limit)).toBe(workspace[limit.name]);
    expect(readLimit("  ", requests)).toBeNull();
    expect(readLimit("600", requests)).toBe(600);
    expect(readLimit("2.5 TB", stored)).toBe(2_500_000_000_000);
  });

  it.each(["0", "-1", "1.5", "many", "1e3", "6,000"])("are never %j", (text) => {
    expect(readLimit(text, requests)).toBeUndefined();
  });

  it("of stored bytes are never nothing at all", () => {
    expect(readLimit("0 GB", stored)).toBeUndefined();
  });
});
