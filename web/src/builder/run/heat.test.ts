import { expect, it } from "vitest";
import { heatOf } from "./useHeat";

it("is the number of errors of each node, and its share of the one with the most", () => {
  const failing = [
    { node_id: "constructor", count: 8, last_message: "No answer." },
    { node_id: "send", count: 2, last_message: "" },
  ];
  expect([...heatOf(failing)]).toEqual([
    ["constructor", { count: 8, share: 1, lastMessage: "No answer." }],
    ["send", { count: 2, share: 0.25, lastMessage: "" }],
  ]);
  expect(heatOf([]).size).toBe(0);
});
