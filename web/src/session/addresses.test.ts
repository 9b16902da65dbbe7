import { describe, expect, it } from "vitest";
import { addressAfterSignIn, addressOfSignIn } from "./addresses";

const at = (address: string) => new URL(address, "https://interlock.example");

describe("the address of the sign-in", () => {
  it("keeps the page that the user wanted, and leads back there", () => {
    const asked = "/executions?status=failed#last";
    const signIn = addressOfSignIn(at(asked));
    expect(signIn).toBe("/sign-in?next=%2Fexecutions%3Fstatus%3Dfailed%23last");
    expect(addressAfterSignIn(at(signIn))).toBe(asked);
  });

  it("does not name the first page", () => {
    expect(addressOfSignIn(at("/"))).toBe("/sign-in");
    expect(addressAfterSignIn(at("/sign-in"))).toBe("/");
  });

  it("stays as it is if it is one of these pages already", () => {
    expect(addressOfSignIn(at("/sign-in?next=/executions"))).toBe("/sign-in?next=/executions");
    expect(addressAfterSignIn(at("/executions?last=60"))).toBe("/executions?last=60");
  });

  it("never leads to another host", () => {
    expect(addressAfterSignIn(at("/sign-in?next=//evil.example"))).toBe("/");
  });
});
