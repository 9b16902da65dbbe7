import type { ReactNode } from "react";
import { writeJson } from "../../json/writeJson";
import type { Place } from "../definition/place";
import type { Json } from "../definition/types";

export interface FieldProps {
  readonly label: string;
  readonly place: Place;
  readonly value: Json | undefined;
  readonly help?: string | undefined;
  readonly required?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly fallback?: Json | undefined;
  /** An item of a list or a map stays if it is emptied. */
  readonly stays?: boolean | undefined;
  /** What stands beside the label. */
  readonly aside?: ReactNode;
}

export const shown = (value: Json | undefined): string => (value === undefined || value === null ? "" : typeof value === "string" ? value : writeJson(value));
export const isTemplate = (value: Json | undefined): boolean => typeof value === "string" && value.includes("{{");
