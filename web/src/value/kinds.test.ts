import { describe, expect, it } from "vitest";
import type { Json } from "../api/types";
import { parseJson } from "../json/parseJson";
import { writeJson } from "../json/writeJson";
import { curvesOf, imageSource, showablesIn } from "./kinds";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const kindsIn = (value: Parameters<typeof showablesIn>[0]) => showablesIn(value).map((item) => [item.path, item.kind]);

describe("pictures", () => {
  it("knows data addresses and the beginnings of files", () => {
    expect(imageSource(`data:image/png;base64,${PNG}`)).toBe(`data:image/png;base64,${PNG}`);
    expect(imageSource(PNG)).toBe(`data:image/png;base64,${PNG}`);
    expect(kindsIn({ spectrum: { picture: { content_type: "image/png", data: PNG } } })).toEqual([["spectrum.picture", "image"]]);
  });

  it("shows SVG as a picture that cannot run", () => {
    const source = imageSource('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    expect(source?.startsWith("data:image/svg+xml;charset=utf-8,%3Csvg")).toBe(true);
  });

  it.each(["hello", "/9j/", "data:text/html;base64,PHNjcmlwdD4=", "data:image/tiff;base64,AAAA", `${PNG}<script>`, "javascript:alert(1)"])("takes nothing else for one: %s", (text) => {
    expect(imageSource(text)).toBeNull();
  });
});

describe("curves", () => {
  it("draws a list of numbers over their positions", () => {
    expect(curvesOf([3, 1, 2])).toEqual({ axis: "index", x: [0, 1, 2], series: [{ name: "value", y: [3, 1, 2] }] });
  });

  it("draws pairs from left to right", () => {
    expect(curvesOf([[3, 30], [1, 10], [2, 20]])).toEqual({ axis: "x", x: [1, 2, 3], series: [{ name: "y", y: [10, 20, 30] }] });
  });

  it("finds the axis of an instrument by its name", () => {
    const curves = curvesOf({ absorbance: [0.1, null, 0.3], wavelength_nm: [400, 500, 600], reference: [0, 0, 0] });
    expect(curves?.axis).toBe("wavelength_nm");
    expect(curves?.series.map((series) => series.name)).toEqual(["absorbance", "reference"]);
  });

  it.each([[[1, 2]], [[1, "2", 3]], [{ a: [1, 2, 3] }], [{ a: [1, 2, 3], b: [1, 2] }], [[[1, 2, 3], [1, 2, 3], [1, 2, 3]]], ["text"], [null]])("takes nothing else for one: %j", (value) => {
    expect(curvesOf(value)).toBeNull();
  });
});

describe("numbers that JavaScript would change", () => {
  const exact = parseJson('{"scan":{"time":[0.0,1.0,2.0],"count":[7615917337495251231,1,2]},"rows":[{"id":7615917337495251231}],"one":1.0}') as Json;

  it("are drawn where the nearest number lies, and stay exact in tables", () => {
    expect(kindsIn(exact)).toEqual([
      ["scan", "plot"],
      ["rows", "table"],
    ]);
    const [plot, table] = showablesIn(exact);
    expect(plot?.kind === "plot" && plot.curves).toEqual({ axis: "time", x: [0, 1, 2], series: [{ name: "count", y: [7615917337495251231, 1, 2] }] });
    expect(table?.kind === "table" && writeJson(table.rows)).toBe('[{"id":7615917337495251231}]');
  });
});

describe("showablesIn", () => {
  it("finds tables, curves and pictures anywhere", () => {
    expect(kindsIn({ items: [{ what: "train", amount: 120.5 }, { what: "hotel" }], scan: { x: [1, 2, 3], y: [4, 5, 6] }, count: 2 })).toEqual([
      ["items", "table"],
      ["scan", "plot"],
    ]);
  });

  it("lists the columns of all rows, in the order in which they come", () => {
    const [table] = showablesIn([{ a: 1 }, { b: 2, a: 3 }]);
    expect(table?.kind === "table" && table.columns).toEqual(["a", "b"]);
  });

  it("handles values of any size", () => {
    const large = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key${index}`, { inner: { value: index } }]));
    expect(showablesIn(large)).toEqual([]);
    expect(showablesIn(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, [1, 2, 3]]))).length).toBeLessThanOrEqual(40);
  });
});
