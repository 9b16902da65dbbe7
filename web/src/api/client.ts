import createClient from "openapi-fetch";
import { readAnswer } from "../json/readAnswer";
import type { paths } from "./schema";
import { OfflineError, problemOf } from "./problem";

const CSRF_HEADER = "X-CSRF-Token";
const CSRF_REFUSED = "IL034";
const NOT_SIGNED_IN = "IL030";
const PASSWORD_MUST_CHANGE = "IL035";

/** What the client reports to the page around it: the session ended, or the password has to be changed first. */
export interface ApiListener {
  readonly signedOut: () => void;
  readonly passwordMustChange: () => void;
}

/** The CSRF token of the session; sent with every change. */
let csrfToken: string | null = null;
let listener: ApiListener = { signedOut: () => undefined, passwordMustChange: () => undefined };

export function rememberCsrfToken(token: string | null): void {
  csrfToken = token;
}

export function listenToApi(next: ApiListener): void {
  listener = next;
}

/** `fetch` that sends the token. It throws `ProblemError` if the server refuses, and `OfflineError` if no answer comes. */
export async function apiFetch(request: Request): Promise<Response> {
  const again = request.method === "GET" ? null : request.clone();
  try {
    return await checked(await send(request));
  } catch (error) {
    // Another tab has signed in again, so the token is a new one.
    if (again && isCode(error, CSRF_REFUSED) && (await renewCsrfToken())) return checked(await send(again));
    throw error;
  }
}

async function send(request: Request): Promise<Response> {
  if (request.method !== "GET" && csrfToken !== null) request.headers.set(CSRF_HEADER, csrfToken);
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new OfflineError(error);
  }
}

async function checked(response: Response): Promise<Response> {
  if (response.ok || response.status === 304) return response;
  const problem = await problemOf(response);
  if (problem.code === NOT_SIGNED_IN) listener.signedOut();
  if (problem.code === PASSWORD_MUST_CHANGE) listener.passwordMustChange();
  throw problem;
}

async function renewCsrfToken(): Promise<boolean> {
  const response = await fetch("/api/v1/session");
  if (!response.ok) return false;
  const session = (await response.json()) as { csrf_token: string | null };
  rememberCsrfToken(session.csrf_token);
  return session.csrf_token !== null;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** A list repeats its name: `?status=failed&status=running`. */
export const api = createClient<paths>({
  fetch: apiFetch,
  querySerializer: { array: { style: "form", explode: true } },
});

/** Returns the body of an answer; refusals have been thrown before. */
export async function answer<T>(call: Promise<{ data?: T; response: Response }>): Promise<NonNullable<T>> {
  const { data } = await call;
  if (data === undefined || data === null) throw new TypeError("the answer has no body");
  return data;
}

/** As `answer`, for answers with values of workflows, whose numbers stay as they were written. Ask for them with `parseAs: "text"`. */
export async function exactAnswer<T>(call: Promise<{ data?: string; response: Response }>): Promise<T> {
  return readAnswer(await answer(call)) as T;
}

/** For requests that are answered without a body (204). */
export async function done(call: Promise<unknown>): Promise<void> {
  await call;
}
