import createClient from "openapi-fetch";
import { readAnswer } from "../json/readAnswer";
import { writeJson } from "../json/writeJson";
import type { paths } from "./schema";
import { OfflineError, ProblemError, problemOf } from "./problem";
import type { Session } from "./types";

const SESSION = "/api/v1/session";
const NOT_SIGNED_IN = "IL030";
const CSRF_REFUSED = "IL034";
const PASSWORD_MUST_CHANGE = "IL035";
const WORKSPACE_SWITCHED = "IL064";

/** What the client reports to the page around it. */
export interface ApiListener {
  readonly signedOut: () => void;
  readonly passwordMustChange: () => void;
  /** The session is in another workspace by now, or another user's: the page has to be loaded again, and gets no more answers. null: it is. */
  readonly moved: ((session: Session) => void) | null;
}

/** Whose page this is, and the workspace that it shows: the same until it is loaded again. Every request says for which workspace it is meant. */
let shown: { readonly user: string; readonly workspace: number } | null = null;
/** The CSRF token of the session; sent with every change. */
let csrfToken: string | null = null;
let hasMoved = false;
let listener: ApiListener = { signedOut: () => undefined, passwordMustChange: () => undefined, moved: null };

export function listenToApi(next: Partial<ApiListener>): void {
  listener = { ...listener, ...next };
}

/** Keeps what is not saved on the page, before it is loaded again, and returns the name of it; null if there is nothing. */
export let keepUnsaved: () => string | null = () => null;

export function onMove(keep: () => string | null): () => void {
  keepUnsaved = keep;
  return () => {
    if (keepUnsaved === keep) keepUnsaved = () => null;
  };
}

/** Continues with an answer about the session. Never resolves if the session is not that of this page any more. */
export function takeSession(session: Session): Promise<Session> {
  const { user, workspace } = session;
  if (shown && (shown.user !== user.id || shown.workspace !== workspace.id)) {
    if (!hasMoved) {
      hasMoved = true;
      if (listener.moved) listener.moved(session);
      else if (shown.workspace === workspace.id) globalThis.location.reload();
      else globalThis.location.replace("/");
    }
    return new Promise(() => undefined);
  }
  shown = { user: user.id, workspace: workspace.id };
  csrfToken = session.csrf_token;
  return Promise.resolve(session);
}

/** `fetch` for this page alone. It throws `ProblemError` if the server refuses, and `OfflineError` if no answer comes; when the page has to be loaded again, it neither sends nor answers. */
export function apiFetch(request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (hasMoved) return;
    fetched(request).then(
      (response) => hasMoved || resolve(response),
      (error: unknown) => hasMoved || reject(error as Error),
    );
  });
}

async function fetched(request: Request): Promise<Response> {
  const isSession = new URL(request.url).pathname === SESSION;
  const again = request.clone();
  let answered = await send(request, !isSession);
  // Another tab may have signed in again or switched the workspace.
  if (shown && isOutdated(answered) && !(isSession && request.method === "POST")) {
    const session = await presentSession(new URL(SESSION, request.url));
    if (session) {
      await takeSession(session);
      answered = await send(again, !isSession);
    }
  }
  if (answered instanceof Response) return answered;
  if (answered.code === NOT_SIGNED_IN) listener.signedOut();
  if (answered.code === PASSWORD_MUST_CHANGE) listener.passwordMustChange();
  throw answered;
}

/** Returns the session; null if there is none. A token that another tab has just replaced is void before the browser has the new one: it asks again. */
async function presentSession(address: URL): Promise<Session | null> {
  for (const pause of [0, 400, 1_200]) {
    if (pause) await new Promise((next) => setTimeout(next, pause));
    const answered = await send(new Request(address), false);
    if (answered instanceof Response) return (await answered.json()) as Session;
    if (answered.code !== NOT_SIGNED_IN) throw answered;
  }
  return null;
}

/** Whether a request was refused for what the page knows of the session. */
function isOutdated(answered: Response | ProblemError): boolean {
  return answered instanceof ProblemError && [NOT_SIGNED_IN, CSRF_REFUSED, WORKSPACE_SWITCHED].includes(answered.code);
}

/** Returns the answer, or the problem. */
async function send(request: Request, isOfWorkspace: boolean): Promise<Response | ProblemError> {
  if (isOfWorkspace && shown) request.headers.set("X-Workspace-Id", String(shown.workspace));
  if (request.method !== "GET" && csrfToken !== null) request.headers.set("X-CSRF-Token", csrfToken);
  try {
    const response = await fetch(request);
    return response.ok || response.status === 304 ? response : await problemOf(response);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new OfflineError(error);
  }
}

/** A list repeats its name: `?status=failed&status=running`. */
export const api = createClient<paths>({
  fetch: apiFetch,
  bodySerializer: (body) => writeJson(body),
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
