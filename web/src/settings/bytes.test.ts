import { expect, test } from "vitest";
import { exactBytes, readBytes, shownBytes } from "./bytes";

test.each([
  ["5 GB", 5_000_000_000],
  ["5gb", 5_000_000_000],
  ["1.5 TB", 1_500_000_000_000],
  [" 250 kB ", 250_000],
  ["1024", 1024],
  ["7 B", 7],
])("%s is %d bytes", (text, bytes) => {
  expect(readBytes(text)).toBe(bytes);
});

test.each(["", "GB", "-1", "5 XB", "1e9", "5 GB 2", "1,5 GB", "99999999999999999999"])("%j is no number of bytes", (text) => {
  expect(readBytes(text)).toBeUndefined();
});

test("bytes are shown short, and edited as they are", () => {
  expect([0, 950, 1_234_567, 4_999_999_999].map(shownBytes)).toEqual(["0 bytes", "950 bytes", "1.23 MB", "5 GB"]);
  for (const bytes of [1, 1024, 250_000, 1_234_567, 5_000_000_000, 1_500_000_000_000]) expect(readBytes(exactBytes(bytes))).toBe(bytes);
  expect(exactBytes(1_500_000_000_000)).toBe("1500 GB");
});
