import { expect, it } from "vitest";
import { readNote } from "./noteText";

it("reads headings, lists, bold, emphasis, code and links; everything else is text", () => {
  expect(readNote("# Why\nIt is **so** and *so*\n\n- `a * b`\n- [here](https://example.com)")).toEqual([
    { kind: "heading", spans: [{ kind: "text", text: "Why" }] },
    { kind: "paragraph", spans: [{ kind: "text", text: "It is " }, { kind: "bold", text: "so" }, { kind: "text", text: " and " }, { kind: "emphasis", text: "so" }] },
    { kind: "list", items: [[{ kind: "code", text: "a * b" }], [{ kind: "link", text: "here", to: "https://example.com" }]] },
  ]);
});

it("makes no link of anything but an address on the web", () => {
  expect(readNote("[x](javascript:alert(1)) <b>")).toEqual([{ kind: "paragraph", spans: [{ kind: "text", text: "[x](javascript:alert(1)) <b>" }] }]);
});
