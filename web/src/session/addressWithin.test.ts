import { describe, expect, it } from "vitest";
import { addressWithin } from "./addressWithin";

describe("where a sign-in leads to", () => {
  it.each(["/", "/executions?status=failed&status=running", "/workflows/0190/edit#node", "/workflows/ä%20b"])("%s is within the pages", (address) => {
    expect(addressWithin(address)).toBe(address);
  });

  it.each([
    null,
    "",
    "executions",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/a\\..\\..\\evil",
    "/\u2028/evil.example",
  ])("%j is not", (address) => {
    expect(addressWithin(address)).toBe("/");
  });

  it("returns no address that a browser reads as another host", () => {
    const characters = ["/", "\\", "\t", "\n", "\r", " ", ".", "e", ":", "@", "?", "#", "%09"];
    for (const one of characters)
      for (const two of characters)
        for (const three of characters) {
          const address = addressWithin(`/${one}${two}${three}/evil.example`);
          expect(new URL(address, "https://flows.example.org").origin).toBe("https://flows.example.org");
        }
  });
});
