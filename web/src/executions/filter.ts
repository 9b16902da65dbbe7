import type { ExecutionStatus } from "../api/types";
import { EXECUTION_STATUSES } from "../design";

/** The filter of the list. It is part of the address of the page, so that it can be bookmarked and passed on. */
export interface ExecutionFilter {
  readonly status: readonly ExecutionStatus[];
  readonly workflow: string;
  readonly subject: string;
  readonly time: TimeRange;
  readonly tests: Tests;
}

/** Whether test runs are in the list. */
export type Tests = "exclude" | "include" | "only";

export type TimeRange = { readonly kind: "any" } | { readonly kind: "last"; readonly minutes: number } | { readonly kind: "between"; readonly after: string; readonly before: string };

export const LAST: readonly { readonly minutes: number; readonly label: string }[] = [
  { minutes: 15, label: "Last 15 minutes" },
  { minutes: 60, label: "Last hour" },
  { minutes: 1_440, label: "Last 24 hours" },
  { minutes: 10_080, label: "Last 7 days" },
  { minutes: 43_200, label: "Last 30 days" },
];

export function readFilter(search: URLSearchParams): ExecutionFilter {
  const given = search.getAll("status");
  return {
    status: EXECUTION_STATUSES.filter((status) => given.includes(status)),
    workflow: search.get("workflow") ?? "",
    subject: search.get("subject") ?? "",
    time: readTime(search),
    tests: readTests(search.get("tests")),
  };
}

function readTests(text: string | null): Tests {
  return text === "include" || text === "only" ? text : "exclude";
}

function readTime(search: URLSearchParams): TimeRange {
  const minutes = Number(search.get("last"));
  if (Number.isInteger(minutes) && minutes > 0) return { kind: "last", minutes };
  const after = search.get("after") ?? "";
  const before = search.get("before") ?? "";
  return search.has("after") || search.has("before") ? { kind: "between", after, before } : { kind: "any" };
}

export function writeFilter(filter: ExecutionFilter): URLSearchParams {
  const search = new URLSearchParams();
  for (const status of filter.status) search.append("status", status);
  if (filter.workflow) search.set("workflow", filter.workflow);
  if (filter.subject) search.set("subject", filter.subject);
  if (filter.tests !== "exclude") search.set("tests", filter.tests);
  if (filter.time.kind === "last") search.set("last", String(filter.time.minutes));
  if (filter.time.kind === "between") {
    search.set("after", filter.time.after);
    search.set("before", filter.time.before);
  }
  return search;
}

export function toggled(filter: ExecutionFilter, status: ExecutionStatus): ExecutionFilter {
  const has = filter.status.includes(status);
  return { ...filter, status: EXECUTION_STATUSES.filter((each) => (each === status ? !has : filter.status.includes(each))) };
}

export function isNarrowed(filter: ExecutionFilter): boolean {
  return filter.status.length > 0 || filter.workflow !== "" || filter.subject !== "" || filter.time.kind !== "any" || filter.tests !== "exclude";
}

/** Returns the filter as the API takes it. Local times become moments with a time zone. */
export function queryOf(filter: ExecutionFilter, now: number) {
  const { time } = filter;
  const after = time.kind === "last" ? new Date(now - time.minutes * 60_000).toISOString() : time.kind === "between" ? momentOf(time.after) : undefined;
  const before = time.kind === "between" ? momentOf(time.before) : undefined;
  return {
    ...(filter.status.length > 0 && { status: [...filter.status] }),
    ...(filter.workflow && { workflow: filter.workflow }),
    ...(filter.subject && { subject: filter.subject }),
    ...(filter.tests !== "exclude" && { tests: filter.tests }),
    ...(after && { created_after: after }),
    ...(before && { created_before: before }),
  };
}

function momentOf(local: string): string | undefined {
  const time = Date.parse(local);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
