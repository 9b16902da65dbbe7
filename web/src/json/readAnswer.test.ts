import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactNumber } from "./exactNumber";
import { parseJson } from "./parseJson";
import { readAnswer } from "./readAnswer";
import { writeJson } from "./writeJson";

const HARD = ["7615917337495251231", "-9223372036854775809", `1${"0".repeat(4000)}7`, "5.0", "1e16", "6.022e23", "0.30000000000000004", "-0.0", "1.7976931348623157e308"];

describe("an answer about an execution", () => {
  it.each(HARD)("keeps %s in values of workflows, however deep", (number) => {
    const value = `{"a":[${number},{"b":${number}}]}`;
    const text = `{"change_number":12,"input":${value},"output":${value},"context":${value},"error":{"message":"no","details":${value}},"run_data":{"execution_path":[{"input_data":${value},"output_data":${value}}]}}`;
    const answer = readAnswer(text) as Record<string, unknown>;
    expect(writeJson(answer)).toBe(text);
    expect(writeJson(answer.input, 2)).toBe(`{\n  "a": [\n    ${number},\n    {\n      "b": ${number}\n    }\n  ]\n}`);
  });

  it("has plain numbers where the API counts", () => {
    expect(readAnswer('{"took_seconds":2.0,"items":[{"attempt":1,"after":0.50}]}')).toEqual({ took_seconds: 2, items: [{ attempt: 1, after: 0.5 }] });
  });
});

describe("writeJson", () => {
  it("writes what the browser writes, with and without an indent", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const value: unknown = JSON.parse(text);
        expect(writeJson(value)).toBe(JSON.stringify(value));
        expect(writeJson(value, 2)).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it("needs nothing that older browsers do not have", () => {
    const raw = (JSON as { rawJSON?: unknown }).rawJSON;
    try {
      delete (JSON as { rawJSON?: unknown }).rawJSON;
      expect(writeJson(parseJson('{"a":7615917337495251231}'))).toBe('{"a":7615917337495251231}');
      expect(() => JSON.stringify(new ExactNumber("7615917337495251231"))).toThrow("without changing it");
    } finally {
      if (raw !== undefined) (JSON as { rawJSON?: unknown }).rawJSON = raw;
    }
  });
});
