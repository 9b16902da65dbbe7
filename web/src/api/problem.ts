import type { InvalidField, Problem } from "./types";

/** An error of the API: what it refused or failed to do, its stable code, and how to fix it. */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly hint: string;
  readonly requestId: string;
  readonly retryable: boolean;
  readonly invalid: readonly InvalidField[];
  readonly details: string;
  /** Seconds after which the server takes the request again, if it said so. */
  readonly retryAfter: number | undefined;
  /** When that is. */
  readonly againAt: string | undefined;

  constructor(problem: Partial<Problem> & { status: number }, retryAfter?: number) {
    super(problem.detail ?? problem.title ?? `The server answered ${problem.status}.`);
    this.name = "ProblemError";
    this.status = problem.status;
    this.code = problem.code ?? "";
    this.title = problem.title ?? "";
    this.hint = problem.hint ?? "";
    this.requestId = problem.instance ?? "";
    this.retryable = problem.retryable ?? false;
    this.invalid = problem.invalid ?? [];
    this.details = problem.details ?? "";
    this.retryAfter = retryAfter;
    this.againAt = retryAfter === undefined ? undefined : new Date(Date.now() + retryAfter * 1_000).toISOString();
  }

  /** What is wrong with the fields of the body; empty if they are fine. */
  errorOf(field: string): string | undefined {
    const error = this.invalid.find((item) => item.place === `body.${field}` || item.place === field || item.place.startsWith(`body.${field}.`));
    return error && [error.message, error.hint].filter(Boolean).join(": ");
  }
}

/** No answer came: the server or the network is down. */
export class OfflineError extends Error {
  constructor(cause: unknown) {
    super("The server cannot be reached.", { cause });
    this.name = "OfflineError";
  }
}

/** Returns the problem in an answer. For an answer that is not ours (a page of a proxy) it makes one from the status. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => "");
  const retryAfter = Number(response.headers.get("Retry-After") ?? undefined);
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "code" in body) {
      return new ProblemError({ ...(body as Problem), status: response.status }, retryAfter > 0 ? retryAfter : undefined);
    }
  } catch {
    // It is not JSON: the problem is made below.
  }
  return new ProblemError({
    status: response.status,
    title: response.statusText,
    detail: `The server answered ${response.status} ${response.statusText}`.trim() + ".",
    hint: response.status >= 500 ? "Try again; if it stays so, look at the log of `interlock api`." : "",
    instance: response.headers.get("X-Request-Id") ?? "",
    retryable: response.status >= 500,
  });
}
