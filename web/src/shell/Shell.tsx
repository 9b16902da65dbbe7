import { notifyManager, useQueryClient } from "@tanstack/react-query";
import { CloudOff, Hourglass, LogOut, Monitor, Moon, Search, Sun, UserRound } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import { Link, NavLink, Outlet, useLocation, useNavigation } from "react-router";
import { listenToApi } from "../api/client";
import { ProblemError } from "../api/problem";
import { waitsFor } from "../api/queries";
import type { Session } from "../api/types";
import { clockTime, cx, Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator, Tooltip, useToasts } from "../design";
import { useSession } from "../session/session";
import { Logo } from "./Logo";
import { isAllowed, isDrawing, linked, placeOf, SETTINGS, SETTINGS_PLACE, WORK, type Place } from "./navigation";
import { NotForThisRole } from "./NotForThisRole";
import styles from "./shell.module.css";
import { useSignOut } from "./useSignOut";
import { useTheme } from "./theme";

const CommandPalette = lazy(() => import("./CommandPalette"));
const loadMoving = () => import("./moving");
const WorkspaceSwitch = lazy(() => import("./WorkspaceSwitch"));

/** Around every page: navigation, search, and the user who is signed in. */
export function Shell() {
  const session = useSession();
  const [searching, setSearching] = useState(false);
  useShortcut(() => setSearching(true));
  useMoves(session);
  const main = useFocusAfterNavigation();
  const work = linked(WORK, session);
  const { pathname } = useLocation();
  const here = placeOf(pathname);
  const isFolded = isDrawing(pathname);
  const workspaceSwitch = session.workspaces.length > 1 && (
    <Suspense fallback={<div className={styles.switch} />}>
      <WorkspaceSwitch />
    </Suspense>
  );
  return (
    <div className={cx(styles.shell, workspaceSwitch && styles.switched, isFolded && styles.folded)}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <nav className={styles.side} aria-label="Main">
        <Link to="/" className={styles.brand}>
          <Logo />
          <span>Interlock</span>
        </Link>
        {workspaceSwitch}
        <button type="button" className={styles.search} onClick={() => setSearching(true)}>
          <Search size={14} aria-hidden="true" />
          <span>Go to…</span>
          <kbd>Ctrl K</kbd>
        </button>
        {work.map((place) => (
          <PlaceLink key={place.to} place={place} isFolded={isFolded} />
        ))}
        <div className={styles.group}><span>Settings</span></div>
        {linked(SETTINGS, session).map((place) => (
          <PlaceLink key={place.to} place={place} isFolded={isFolded} />
        ))}
        <div className={styles.grow} />
        <UserMenu />
      </nav>
      {workspaceSwitch && (
        <div className={styles.top}>
          <Logo />
          {workspaceSwitch}
        </div>
      )}
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        {here && !isAllowed(here, session) ? <NotForThisRole place={here} /> : <Outlet />}
      </main>
      <nav className={styles.bottom} aria-label="Main, on a phone">
        {[...work, SETTINGS_PLACE].map((place) => (
          <NavLink key={place.to} to={place.to} end={place.to === "/"}>
            <place.icon size={19} strokeWidth={1.9} aria-hidden="true" />
            {place.label}
          </NavLink>
        ))}
      </nav>
      <WaitingNotice />
      {searching && (
        <Suspense fallback={null}>
          <CommandPalette onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** In the folded navigation a link is its icon; the name is in the tooltip. */
function PlaceLink({ place, isFolded }: { readonly place: Place; readonly isFolded: boolean }) {
  return (
    <Tooltip text={isFolded ? place.label : ""} side="right">
      <NavLink to={place.to} end={place.to === "/"} className={styles.link ?? ""}>
        <place.icon size={15} strokeWidth={2} aria-hidden="true" />
        <span>{place.label}</span>
      </NavLink>
    </Tooltip>
  );
}

function UserMenu() {
  const { user } = useSession();
  const signOut = useSignOut();
  const [, setTheme] = useTheme();
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.user}>
          <span className={styles.face} aria-hidden="true">
            {user.name.slice(0, 1).toUpperCase()}
          </span>
          <span>
            <b>{user.name}</b>
            <small>{user.role}</small>
          </span>
        </button>
      }
    >
      <MenuLabel>{user.email}</MenuLabel>
      <MenuLink to="/settings/account" icon={<UserRound size={14} />}>
        Account
      </MenuLink>
      <MenuSeparator />
      <MenuItem icon={<Sun size={14} />} onSelect={() => setTheme("light")}>
        Light
      </MenuItem>
      <MenuItem icon={<Moon size={14} />} onSelect={() => setTheme("dark")}>
        Dark
      </MenuItem>
      <MenuItem icon={<Monitor size={14} />} onSelect={() => setTheme("system")}>
        As the system
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<LogOut size={14} />} onSelect={signOut}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

/** Says on every page what it waits for: that the server is up again, or that a limit allows more. */
function WaitingNotice() {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((changed: () => void) => cache.subscribe(notifyManager.batchCalls(changed)), [cache]);
  const reason = useSyncExternalStore(subscribe, () => cache.getAll().reduce<ReturnType<typeof waitsFor>>((found, query) => found ?? waitsFor(query), null));
  return (
    <div role="status">
      {reason && (
        <div className={styles.offline}>
          {reason instanceof ProblemError ? <Hourglass size={15} aria-hidden="true" /> : <CloudOff size={15} aria-hidden="true" />}
          <span>{reason instanceof ProblemError ? `${reason.message}. This page goes on by itself${reason.againAt ? ` at ${clockTime(reason.againAt)}` : ""}.` : "No connection: trying again"}</span>
        </div>
      )}
    </div>
  );
}

/** Loads the page again when the session is in another workspace by now, and says so afterwards. */
function useMoves(session: Session): void {
  const toasts = useToasts();
  const welcome = useEffectEvent(async () => (await loadMoving()).sayMove(session, toasts));
  useEffect(() => {
    if (wasMoved()) welcome().catch(() => undefined);
  }, []);
  useEffect(() => {
    const moved = (now: Session) => void loadMoving().then(({ move }) => move(session, now), () => globalThis.location.reload());
    listenToApi({ moved });
    return () => listenToApi({ moved: null });
  }, [session]);
}

function wasMoved(): boolean {
  try {
    return sessionStorage.getItem("interlock.moved") !== null;
  } catch {
    return false;
  }
}

function useShortcut(open: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        open();
      }
    };
    globalThis.addEventListener("keydown", listen);
    return () => globalThis.removeEventListener("keydown", listen);
  });
}

/** A new page begins at its top, for the keyboard and for screen readers too. */
function useFocusAfterNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);
  const idle = useNavigation().state === "idle";
  useEffect(() => {
    if (!idle || before.current === pathname) return;
    before.current = pathname;
    main.current?.focus({ preventScroll: true });
    globalThis.scrollTo(0, 0);
  }, [pathname, idle]);
  return main;
}
