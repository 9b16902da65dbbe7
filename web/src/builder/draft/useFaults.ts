import { useMemo } from "react";
import { parameterFaults } from "../check/parameters";
import { placeKey } from "../definition/place";
import type { PlacedFault } from "../definition/faults";
import { definitionOf, useBuilder } from "./store";

const keyOf = (fault: PlacedFault): string => `${fault.node ?? ""}${placeKey(fault.field)}`;

/** What is wrong now: what the server found, and what the page sees at once by the schemas; a field is told of once, in the server's words. */
export function useFaults(): readonly PlacedFault[] {
  const definition = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const checked = useBuilder((state) => state.checked);
  return useMemo(() => {
    const told = new Set(checked.filter((fault) => fault.severity === "fault").map(keyOf));
    const own = parameterFaults(definition, types).filter((fault) => !told.has(keyOf(fault)));
    const ids = new Set(definition.nodes.map((node) => node.id));
    const standing = checked.filter((fault) => fault.node === null || ids.has(fault.node));
    return [...standing, ...own];
  }, [definition, types, checked]);
}
