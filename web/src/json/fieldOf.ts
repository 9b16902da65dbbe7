import type { Json } from "./json";

/**
 * Returns the value of a key of JSON; undefined if it does not have the key. Keys come from outside, and every object has a `constructor` that is no
 * value of it.
 */
export function fieldOf<T extends Json>(object: { readonly [key: string]: T | undefined }, key: string): T | undefined {
  // eslint-disable-next-line interlock/no-maps-of-names -- the one place that reads JSON by a key, after it has asked for the object's own keys
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
