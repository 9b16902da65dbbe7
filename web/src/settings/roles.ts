import type { Role } from "../api/types";

/** What each role is for. `interlock.api.auth.permissions` decides what it may do. */
export const ROLES: readonly { readonly value: Role; readonly label: string; readonly help: string }[] = [
  { value: "admin", label: "Admin", help: "Everything, users included." },
  { value: "editor", label: "Editor", help: "Draws workflows, manages credentials, and does everything that an operator does." },
  { value: "operator", label: "Operator", help: "Starts executions, cancels, suspends and retries them." },
  { value: "approver", label: "Approver", help: "Sees everything and answers what people are asked." },
  { value: "annotator", label: "Annotator", help: "Sees only the assignments that are given to them." },
  { value: "viewer", label: "Viewer", help: "Sees workflows and executions, changes nothing." },
];
