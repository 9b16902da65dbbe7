import { createContext, useContext } from "react";
import { placeKey, type Place } from "../definition/place";
import type { PlacedFault } from "../definition/faults";
import type { Json, JsonObject } from "../definition/types";

/** What every field of one form has in common. */
export interface FormContextValue {
  /** The schema that `$ref`s point into. */
  readonly root: JsonObject;
  readonly readOnly: boolean;
  readonly faults: ReadonlyMap<string, readonly PlacedFault[]>;
  readonly change: (place: Place, value: Json | undefined) => void;
  /** Expressions that can be put in: what they give, and how they are written. */
  readonly inserts: readonly { readonly label: string; readonly text: string }[];
}

const FormContext = createContext<FormContextValue | null>(null);
export const FormProvider = FormContext.Provider;

export function useForm(): FormContextValue {
  const value = useContext(FormContext);
  if (value === null) throw new Error("outside of a form");
  return value;
}

/** What is wrong with a field, as one text. */
export function useFieldFault(place: Place): { readonly text: string; readonly isWarning: boolean } | null {
  const found = useForm().faults.get(placeKey(place));
  const [first] = found ?? [];
  if (found === undefined || first === undefined) return null;
  return { text: found.map((fault) => [fault.message, fault.mend].filter(Boolean).join(" ")).join(" "), isWarning: found.every((fault) => fault.severity === "warning") };
}
