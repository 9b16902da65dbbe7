import { createContext, useContext } from "react";
import { placeKey, type Place } from "../definition/place";
import type { PlacedError } from "../definition/errors";
import type { Json, JsonObject, NodeDefinition } from "../definition/types";

/** What all fields of one form share. */
export interface FormContextValue {
  /** The schema that `$ref` points into. */
  readonly root: JsonObject;
  readonly readOnly: boolean;
  readonly errors: ReadonlyMap<string, readonly PlacedError[]>;
  readonly change: (place: Place, value: Json | undefined) => void;
  /** The node that is edited; its expressions have values. */
  readonly node?: NodeDefinition;
  /** Expressions that can be inserted: their labels and their texts. */
  readonly inserts: readonly { readonly label: string; readonly text: string }[];
}

const FormContext = createContext<FormContextValue | null>(null);
export const FormProvider = FormContext.Provider;

export function useForm(): FormContextValue {
  const value = useContext(FormContext);
  if (value === null) throw new Error("outside of a form");
  return value;
}

/** Returns the errors of a field as one text. */
export function useFieldError(place: Place): { readonly text: string; readonly isWarning: boolean } | null {
  const found = useForm().errors.get(placeKey(place));
  const [first] = found ?? [];
  if (found === undefined || first === undefined) return null;
  return { text: found.map((error) => [error.message, error.hint].filter(Boolean).join(" ")).join(" "), isWarning: found.every((error) => error.severity === "warning") };
}
