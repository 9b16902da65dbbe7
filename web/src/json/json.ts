import type { ExactNumber } from "./exactNumber";

/** Any JSON value, with its numbers as they were written. */
export type Json = null | boolean | number | ExactNumber | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}
