import { Activity, Columns3, KeyRound, LayoutGrid, Lightbulb, ListTree, Settings, ShieldEllipsis, UserRound, UsersRound, type LucideIcon } from "lucide-react";
import type { Session } from "../api/types";
import type { Permission } from "../session/session";

export interface Place {
  readonly to: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly needs?: Permission;
  /** Whether there are links to it. Who has the permission can go to its address all the same. */
  readonly isLinked?: (session: Session) => boolean;
}

export const WORK: readonly Place[] = [
  { to: "/", label: "Overview", icon: Activity, needs: "overview.read" },
  { to: "/workflows", label: "Workflows", icon: LayoutGrid, needs: "workflows.read" },
  { to: "/executions", label: "Executions", icon: ListTree, needs: "executions.read" },
];

/** The workspace that every installation has; its admins administer the installation. */
export const FIRST_WORKSPACE = 1;

export const SETTINGS: readonly Place[] = [
  { to: "/settings/account", label: "Account", icon: UserRound },
  { to: "/settings/api-keys", label: "API keys", icon: KeyRound },
  { to: "/settings/credentials", label: "Credentials", icon: ShieldEllipsis, needs: "credentials.read" },
  { to: "/settings/users", label: "Users", icon: UsersRound, needs: "users.manage" },
  { to: "/settings/workspaces", label: "Workspaces", icon: Columns3, needs: "users.manage", isLinked: ({ workspace, several_workspaces }) => several_workspaces || workspace.id !== FIRST_WORKSPACE },
  { to: "/documentation", label: "Documentation", icon: Lightbulb },
];

/** The last of the four links of the bar on a phone. */
export const SETTINGS_PLACE: Place = { to: "/settings", label: "Settings", icon: Settings };

/** Returns the link that a page belongs to: every page below `/workflows` belongs to the workflows. */
export function placeOf(path: string): Place | undefined {
  const holds = (place: Place) => path === place.to || (place.to !== "/" && path.startsWith(`${place.to}/`));
  return [...WORK, ...SETTINGS].find(holds);
}

/** Whether the page is a canvas, which gets the room of the navigation. */
export function isDrawing(path: string): boolean {
  return /^\/workflows\/[^/]+$/.test(path);
}

export function isAllowed({ needs }: Place, { permissions }: Session): boolean {
  return !needs || permissions.includes(needs);
}

export function linked(places: readonly Place[], session: Session): Place[] {
  return places.filter((place) => isAllowed(place, session) && (place.isLinked?.(session) ?? true));
}
