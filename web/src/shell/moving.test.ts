import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { addressFor, saidOf } from "./moving";
import { linked, SETTINGS, WORK } from "./navigation";

const EDITOR = ["account", "credentials.read", "executions.read", "overview.read", "workflows.read"];
const ADMIN = [...EDITOR, "users.manage"];
const red = { id: 2, name: "red", role: "editor" as const };
const first = { id: 1, name: "default", role: "admin" as const };

function sessionOf(permissions: readonly string[], more: Partial<Session> = {}): Session {
  return {
    user: { id: "ada", email: "ada@example.org", name: "Ada" },
    workspace: red,
    workspaces: [first, red],
    several_workspaces: true,
    permissions,
    ...more,
  } as Session;
}

describe("the page after a switch", () => {
  it.each([
    ["/", "/"],
    ["/executions", "/executions"],
    ["/executions/0190", "/executions"],
    ["/workflows/0190", "/workflows"],
    ["/workflows/new", "/workflows"],
    ["/settings", "/settings"],
    ["/settings/account", "/settings/account"],
    ["/settings/credentials", "/settings/credentials"],
    ["/nowhere", "/"],
  ])("%s is %s", (before, after) => {
    expect(addressFor(sessionOf(EDITOR), before)).toBe(after);
  });

  it("is one that the role in the workspace includes", () => {
    expect(addressFor(sessionOf(EDITOR), "/settings/users")).toBe("/");
    expect(addressFor(sessionOf(["account", "assignments.read"]), "/executions/0190")).toBe("/settings/account");
    expect(addressFor(sessionOf(ADMIN), "/settings/users")).toBe("/settings/users");
  });
});

describe("links", () => {
  const labels = (session: Session) => linked([...WORK, ...SETTINGS], session).map(({ label }) => label);

  it("do not name workspaces while there is only one", () => {
    expect(labels(sessionOf(ADMIN, { workspace: first, workspaces: [first], several_workspaces: false }))).not.toContain("Workspaces");
    expect(labels(sessionOf(ADMIN, { workspace: first, workspaces: [first], several_workspaces: true }))).toContain("Workspaces");
  });

  it("lead an admin of another workspace to its limits, and nobody else", () => {
    expect(labels(sessionOf(ADMIN, { workspaces: [red], several_workspaces: false }))).toContain("Workspaces");
    expect(labels(sessionOf(EDITOR))).not.toContain("Workspaces");
  });
});

describe("what a page says that was loaded again", () => {
  const move = { email: "ada@example.org", workspace: { id: 1, name: "default" }, isChosen: false, draft: null };
  const session = sessionOf(EDITOR);

  it("is where the user is, and why", () => {
    expect(saidOf({ ...move, isChosen: true }, session)).toEqual({ title: "Now in red", text: "" });
    expect(saidOf(move, session).text).toBe("Another tab switched from default to red, so this page was loaded again.");
    expect(saidOf(move, sessionOf(EDITOR, { workspaces: [red] })).text).toBe("You are no longer a member of default.");
    expect(saidOf({ ...move, email: "ben@example.org" }, session).title).toBe("Signed in as Ada");
  });

  it("says where changes are that were not published", () => {
    for (const isChosen of [true, false]) expect(saidOf({ ...move, isChosen, draft: "Weighing" }, session).text).toContain("Your changes to Weighing are kept as a draft");
  });
});
