import { describe, expect, it } from "vitest";
import { EventStreamParser } from "./serverSentEvents";

const STREAM = 'id: 7\nevent: assignment\ndata: {"a":\ndata: 1}\n\n: keep-alive\n\nid: 8\r\nevent: end\r\ndata: {}\r\n\r\n';

describe("EventStreamParser", () => {
  it("reads ids, names and data of several lines, and skips comments", () => {
    expect(new EventStreamParser().push(STREAM)).toEqual([
      { id: "7", event: "assignment", data: '{"a":\n1}' },
      { id: "8", event: "end", data: "{}" },
    ]);
  });

  it("gives the same messages wherever the stream is cut", () => {
    const whole = new EventStreamParser().push(STREAM);
    for (let size = 1; size < 12; size++) {
      const parser = new EventStreamParser();
      const events = [];
      for (let at = 0; at < STREAM.length; at += size) events.push(...parser.push(STREAM.slice(at, at + size)));
      expect(events).toEqual(whole);
    }
  });

  it("holds back an incomplete message", () => {
    expect(new EventStreamParser().push("id: 1\ndata: x\n")).toEqual([]);
  });
});
