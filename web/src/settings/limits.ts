import type { Workspace } from "../api/types";
import { count } from "../design";
import { exactBytes, readBytes, shownBytes } from "./bytes";

type LimitName = "max_requests" | "max_streams" | "max_running" | "max_stored_bytes";

export interface Limit {
  readonly name: LimitName;
  readonly label: string;
  readonly help: string;
  /** The words after a number of them. */
  readonly counted: string;
  /** What holds without it. */
  readonly without: string;
  readonly isBytes?: boolean;
}

const AS_SET = "As the server is set";
const NONE = "No limit";

export const LIMITS: readonly Limit[] = [
  { name: "max_requests", label: "Requests a minute", help: "To each API process.", counted: "requests a minute", without: AS_SET },
  { name: "max_streams", label: "Open event streams", help: "In each API process.", counted: "event streams", without: AS_SET },
  { name: "max_running", label: "Running assignments", help: "More of them wait.", counted: "running assignments", without: NONE },
  { name: "max_stored_bytes", label: "Stored at most", help: "As 5 GB or 500 MB. Nothing new starts beyond it.", counted: "stored", without: NONE, isBytes: true },
];

/** Returns a limit in words; null if the workspace has none of its own. */
export function shownLimit(workspace: Workspace, { name, isBytes }: Limit): string | null {
  const value = workspace[name];
  return value === null ? null : isBytes ? shownBytes(value) : count(value);
}

/** Returns all limits in one line. */
export function shownLimits(workspace: Workspace): string {
  return LIMITS.flatMap((limit) => {
    const shown = shownLimit(workspace, limit);
    return shown === null ? [] : [`${shown} ${limit.counted}`];
  }).join(" · ");
}

export function shownStored({ stored_bytes }: Workspace): string {
  return stored_bytes === null ? "Not measured yet" : shownBytes(stored_bytes);
}

/** `1.2 GB of 5 GB` */
export function storedOf(workspace: Workspace): string {
  const { stored_bytes, max_stored_bytes } = workspace;
  return stored_bytes !== null && max_stored_bytes !== null ? `${shownBytes(stored_bytes)} of ${shownBytes(max_stored_bytes)}` : shownStored(workspace);
}

/** Returns a limit as it is typed: nothing if there is none. */
export function typedLimit(workspace: Workspace, { name, isBytes }: Limit): string {
  const value = workspace[name];
  return value === null ? "" : isBytes ? exactBytes(value) : String(value);
}

/** Reads what was typed: null takes the limit away, undefined is no limit at all. */
export function readLimit(text: string, { isBytes }: Limit): number | null | undefined {
  if (text.trim() === "") return null;
  const value = isBytes ? readBytes(text) : /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
  return value === 0 ? undefined : value;
}
