import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Session } from "./types";

const HERE = "https://flows.example.org";
const URL_OF_SESSION = `${HERE}/api/v1/session`;
const WORKFLOWS = `${HERE}/api/v1/workflows`;

const session = (workspace: number, csrf_token: string, user = "ada") => ({ user: { id: user }, workspace: { id: workspace }, csrf_token }) as Session;

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly workspace: string | null;
  readonly csrf: string | null;
  readonly body: string;
}

/** A server with one session, which others may move; it refuses what is meant for another workspace, as the real one does. */
function serve(first: Session) {
  const server = { session: first as Session | null, sent: [] as Sent[], moved: [] as Session[], signedOut: 0 };
  const refuse = (status: number, code: string) => Response.json({ code, detail: code }, { status });
  vi.stubGlobal("fetch", async (request: Request) => {
    const sent: Sent = {
      method: request.method,
      path: new URL(request.url).pathname,
      workspace: request.headers.get("X-Workspace-Id"),
      csrf: request.headers.get("X-CSRF-Token"),
      body: await request.text(),
    };
    server.sent.push(sent);
    if (server.session === null) return refuse(401, "IL030");
    if (sent.workspace !== null && sent.workspace !== String(server.session.workspace.id)) return refuse(412, "IL064");
    if (sent.method !== "GET" && sent.csrf !== server.session.csrf_token) return refuse(403, "IL034");
    return Response.json(sent.path === "/api/v1/session" ? server.session : { done: server.session.workspace.id });
  });
  return server;
}

/** What came of a call by the time that everything else was done. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  let found: unknown = "no answer";
  void call.then(
    (value) => (found = value),
    (error: unknown) => (found = error),
  );
  for (let turn = 0; turn < 20; turn++) await new Promise((next) => setTimeout(next, 0));
  return found;
}

const post = (body = "{}") => new Request(WORKFLOWS, { method: "POST", body });

describe("a page of one workspace", () => {
  let client: typeof import("./client");
  let server: ReturnType<typeof serve>;

  beforeEach(async () => {
    vi.resetModules();
    client = await import("./client");
    server = serve(session(1, "first"));
    client.listenToApi({ moved: (now) => server.moved.push(now), signedOut: () => server.signedOut++ });
    await client.takeSession(session(1, "first"));
  });

  afterEach(() => void vi.useRealTimers());

  it("says with every request which workspace it is meant for, except to ask for the session", async () => {
    await client.apiFetch(new Request(WORKFLOWS));
    await client.apiFetch(post());
    await client.apiFetch(new Request(URL_OF_SESSION));
    expect(server.sent.map(({ method, workspace, csrf }) => [method, workspace, csrf])).toEqual([
      ["GET", "1", null],
      ["POST", "1", "first"],
      ["GET", null, null],
    ]);
  });

  it("sends a change again, with the new token, when another tab signed in again", async () => {
    server.session = session(1, "second");
    const response = await client.apiFetch(post('{"name": "a"}'));
    expect(await response.json()).toEqual({ done: 1 });
    expect(server.sent.at(-1)).toEqual({ method: "POST", path: "/api/v1/workflows", workspace: "1", csrf: "second", body: '{"name": "a"}' });
    expect(server.moved).toEqual([]);
  });

  it.each([
    ["another workspace, with a new token", session(2, "second")],
    ["another workspace, with the token that it had", session(2, "first")],
    ["another user", session(1, "second", "ben")],
  ])("never sends a change to %s: it says so once, and answers nothing any more", async (_, now) => {
    server.session = now;
    expect(await outcome(client.apiFetch(post()))).toBe("no answer");
    expect(await outcome(client.apiFetch(post()))).toBe("no answer");
    expect(server.moved).toEqual([now]);
    expect(server.sent.filter(({ method, workspace }) => method === "POST" && workspace !== "1")).toEqual([]);
    expect(server.sent.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("shows nothing that is read in another workspace", async () => {
    server.session = session(2, "second");
    expect(await outcome(client.apiFetch(new Request(WORKFLOWS)))).toBe("no answer");
    expect(server.moved).toHaveLength(1);
  });

  it("drops answers that were under way when the session moved", async () => {
    let arrive = (_: Response): void => undefined;
    vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (arrive = resolve)));
    const read = client.apiFetch(new Request(WORKFLOWS));
    void client.takeSession(session(2, "second"));
    arrive(Response.json({ items: [] }));
    expect(await outcome(read)).toBe("no answer");
  });

  it("goes on when the session is back in its workspace by the time it looks", async () => {
    server.session = session(2, "second");
    const moves = vi.fn((request: Request) => {
      if (request.url === URL_OF_SESSION) server.session = session(1, "third");
      return Promise.resolve(server.session?.workspace.id === 1 ? Response.json(server.session) : Response.json({ code: "IL064" }, { status: 412 }));
    });
    vi.stubGlobal("fetch", moves);
    expect((await client.apiFetch(post())).status).toBe(200);
    expect(moves).toHaveBeenCalledTimes(3);
  });

  it("says that the user is signed out only when there is no session, and goes on being none", async () => {
    vi.useFakeTimers();
    server.session = null;
    const read = client.apiFetch(new Request(WORKFLOWS));
    void read.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.signedOut).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(read).rejects.toMatchObject({ code: "IL030" });
    expect(server.signedOut).toBe(1);
  });

  it.each([WORKFLOWS, URL_OF_SESSION])("does not take it for the end of the session that another tab has just replaced the token: %s", async (address) => {
    vi.useFakeTimers();
    server.session = null;
    const read = client.apiFetch(new Request(address));
    await vi.advanceTimersByTimeAsync(100);
    server.session = session(2, "second");
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(await outcome(read)).toBe("no answer");
    expect(server.moved).toEqual([session(2, "second")]);
    expect(server.signedOut).toBe(0);
  });

  it("does not wait for a session that it never had", async () => {
    vi.resetModules();
    const fresh = await import("./client");
    server.session = null;
    await expect(fresh.apiFetch(new Request(URL_OF_SESSION))).rejects.toMatchObject({ code: "IL030" });
    expect(server.sent).toHaveLength(1);
  });

  it("does not look for a session when a sign-in is refused", async () => {
    server.session = null;
    await expect(client.apiFetch(new Request(URL_OF_SESSION, { method: "POST", body: "{}" }))).rejects.toMatchObject({ code: "IL030" });
    expect(server.sent).toHaveLength(1);
  });
});
