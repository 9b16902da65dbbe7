import { useMemo } from "react";
import { useParameterCheck } from "../check/useParameterCheck";
import { placeKey } from "../definition/place";
import type { PlacedError } from "../definition/errors";
import { definitionOf, useBuilder } from "./store";

const keyOf = (error: PlacedError): string => `${error.node ?? ""}${placeKey(error.field)}`;

/**
 * What is wrong now: what the server found, and, until it has looked, what the page sees at once by the schemas. The server has the last word: it
 * knows rules beyond the schemas, and reads some values of another kind (7 as text).
 */
export function useErrors(): readonly PlacedError[] {
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const checked = useBuilder((state) => state.checked);
  const checkedFor = useBuilder((state) => state.checkedFor);
  // What nobody has changed yet is the server's to judge.
  const check = useParameterCheck(useBuilder((state) => state.history.past.length > 0));
  return useMemo(() => {
    const isChecked = checkedFor === definition;
    const told = new Set(checked.filter((error) => error.severity === "error").map(keyOf));
    const own = isChecked || !check ? [] : check(definition, types).filter((error) => !told.has(keyOf(error)));
    const ids = new Set(definition.nodes.map((node) => node.id));
    const standing = checked.filter((error) => error.node === null || ids.has(error.node));
    return [...standing, ...own];
  }, [definition, types, checked, checkedFor, check]);
}
