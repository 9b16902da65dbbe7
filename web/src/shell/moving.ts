import { keepUnsaved } from "../api/client";
import type { Session } from "../api/types";
import type { useToasts } from "../design";
import { linked, SETTINGS, SETTINGS_PLACE, placeOf, WORK } from "./navigation";

const KEY = "interlock.moved";

/** Why the page was loaded again. */
export interface Move {
  /** Who was signed in, and in which workspace. */
  readonly email: string;
  readonly workspace: { readonly id: number; readonly name: string };
  /** Whether the user chose the workspace here, and not in another tab. */
  readonly isChosen: boolean;
  /** The name of a drawing with changes that were not published; they are kept. */
  readonly draft: string | null;
}

let chosen: number | null = null;

/** Notes the workspace that the user chose in this tab. */
export function chooseWorkspace(id: number | null): void {
  chosen = id;
}

/** Loads the pages for a session that moved: nothing of the workspace before is left, cached or under way. */
export function move(before: Session, now: Session): void {
  const draft = keepUnsaved();
  const made: Move = { email: before.user.email, workspace: { id: before.workspace.id, name: before.workspace.name }, isChosen: chosen === now.workspace.id, draft };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(made));
  } catch {
    // There is no storage: the page says its workspace all the same.
  }
  globalThis.location.replace(addressFor(now, globalThis.location.pathname));
}

/** Says, once, why the page was loaded again. */
export function sayMove(session: Session, toasts: ReturnType<typeof useToasts>): void {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return;
  sessionStorage.removeItem(KEY);
  const move = JSON.parse(text) as Move;
  const said = saidOf(move, session);
  if (move.isChosen) toasts.succeeded(said.title, said.text);
  else toasts.told(said.title, said.text);
}

/** Returns what to tell the user who is in this session now. */
export function saidOf({ email, workspace, isChosen, draft }: Move, session: Session): { readonly title: string; readonly text: string } {
  const kept = draft === null ? "" : `Your changes to ${draft} are kept as a draft: switch back and open it to go on with them.`;
  const here = session.workspace.name;
  if (session.user.email !== email) return { title: `Signed in as ${session.user.name}`, text: "Somebody signed in in another tab, so this page was loaded again." };
  if (isChosen) return { title: `Now in ${here}`, text: kept };
  const isMember = session.workspaces.some(({ id }) => id === workspace.id);
  const why = isMember ? `Another tab switched from ${workspace.name} to ${here}, so this page was loaded again.` : `You are no longer a member of ${workspace.name}.`;
  return { title: `Now in ${here}`, text: kept ? `${why} ${kept}` : why };
}

/** Returns the page that comes closest to this one for another session: what has an id exists only in its own workspace. */
export function addressFor(session: Session, path: string): string {
  const place = path === SETTINGS_PLACE.to ? SETTINGS_PLACE : placeOf(path);
  const places = linked([...WORK, ...SETTINGS, SETTINGS_PLACE], session);
  return (places.find((each) => each === place) ?? places[0] ?? SETTINGS_PLACE).to;
}
