import { Activity, KeyRound, LayoutGrid, ListTree, Settings, ShieldEllipsis, UserRound, UsersRound, type LucideIcon } from "lucide-react";
import type { Permission } from "../session/session";

export interface Place {
  readonly to: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly needs?: Permission;
}

export const WORK: readonly Place[] = [
  { to: "/", label: "Overview", icon: Activity, needs: "overview.read" },
  { to: "/workflows", label: "Workflows", icon: LayoutGrid, needs: "workflows.read" },
  { to: "/executions", label: "Executions", icon: ListTree, needs: "executions.read" },
];

export const SETTINGS: readonly Place[] = [
  { to: "/settings/account", label: "Account", icon: UserRound },
  { to: "/settings/api-keys", label: "API keys", icon: KeyRound },
  { to: "/settings/credentials", label: "Credentials", icon: ShieldEllipsis, needs: "credentials.read" },
  { to: "/settings/users", label: "Users", icon: UsersRound, needs: "users.manage" },
];

/** The last of the four links of the bar on a phone. */
export const SETTINGS_PLACE: Place = { to: "/settings", label: "Settings", icon: Settings };

/** Returns the link that a page belongs to: every page below `/workflows` belongs to the workflows. */
export function placeOf(path: string): Place | undefined {
  const holds = (place: Place) => path === place.to || (place.to !== "/" && path.startsWith(`${place.to}/`));
  return [...WORK, ...SETTINGS].find(holds);
}

export function allowed(places: readonly Place[], permissions: readonly string[]): Place[] {
  return places.filter((place) => !place.needs || permissions.includes(place.needs));
}
