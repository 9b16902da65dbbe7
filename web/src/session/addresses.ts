import { addressWithin } from "./addressWithin";

export const SIGN_IN = "/sign-in";

export interface Address {
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/** Returns the address of the sign-in, with the page that the user wanted. */
export function addressOfSignIn({ pathname, search, hash }: Address): string {
  if (pathname === SIGN_IN) return pathname + search + hash;
  const next = pathname + search + hash;
  return next === "/" ? SIGN_IN : `${SIGN_IN}?next=${encodeURIComponent(next)}`;
}

/** Returns the page to show after the sign-in: the one that the user wanted. */
export function addressAfterSignIn({ pathname, search, hash }: Address): string {
  return pathname === SIGN_IN ? addressWithin(new URLSearchParams(search).get("next")) : pathname + search + hash;
}
