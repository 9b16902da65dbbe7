import { useMemo } from "react";
import { useParameterCheck } from "../check/useParameterCheck";
import { placeKey } from "../definition/place";
import type { PlacedError } from "../definition/errors";
import { definitionOf, useBuilder } from "./store";

const keyOf = (error: PlacedError): string => `${error.node ?? ""}${placeKey(error.field)}`;

/**
 * Returns the errors of the draft: those that the server found, and until it has checked, those that the page finds by the schemas. The server
 * decides: it knows more rules than the schemas, and accepts some values of another type (7 as text).
 */
export function useErrors(): readonly PlacedError[] {
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const checked = useBuilder((state) => state.checked);
  const checkedFor = useBuilder((state) => state.checkedFor);
  // A draft without changes is left to the server.
  const check = useParameterCheck(useBuilder((state) => state.history.past.length > 0));
  return useMemo(() => {
    const isChecked = checkedFor === definition;
    const reported = new Set(checked.filter((error) => error.severity === "error").map(keyOf));
    const own = isChecked || !check ? [] : check(definition, types).filter((error) => !reported.has(keyOf(error)));
    const ids = new Set(definition.nodes.map((node) => node.id));
    const standing = checked.filter((error) => error.node === null || ids.has(error.node));
    return [...standing, ...own];
  }, [definition, types, checked, checkedFor, check]);
}
