import { notifyManager, useQueryClient } from "@tanstack/react-query";
import { CloudOff, LogOut, Monitor, Moon, Search, Sun, UserRound } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link, NavLink, Outlet, useLocation, useNavigation } from "react-router";
import { isWaiting } from "../api/queries";
import { Menu, MenuItem, MenuLabel, MenuLink, MenuSeparator } from "../design";
import { useSession } from "../session/session";
import { Logo } from "./Logo";
import { allowed, placeOf, SETTINGS, SETTINGS_PLACE, WORK, type Place } from "./navigation";
import { NotForThisRole } from "./NotForThisRole";
import styles from "./shell.module.css";
import { useSignOut } from "./useSignOut";
import { useTheme } from "./theme";

const CommandPalette = lazy(() => import("./CommandPalette"));

/** Around every page: navigation, search, and the user who is signed in. */
export function Shell() {
  const session = useSession();
  const [searching, setSearching] = useState(false);
  useShortcut(() => setSearching(true));
  const main = useFocusAfterNavigation();
  const work = allowed(WORK, session.permissions);
  const here = placeOf(useLocation().pathname);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <nav className={styles.side} aria-label="Main">
        <Link to="/" className={styles.brand}>
          <Logo />
          Interlock
        </Link>
        <button type="button" className={styles.search} onClick={() => setSearching(true)}>
          <Search size={14} aria-hidden="true" />
          <span>Go to…</span>
          <kbd>Ctrl K</kbd>
        </button>
        {work.map((place) => (
          <PlaceLink key={place.to} place={place} />
        ))}
        <div className={styles.group}>Settings</div>
        {allowed(SETTINGS, session.permissions).map((place) => (
          <PlaceLink key={place.to} place={place} />
        ))}
        <div className={styles.grow} />
        <UserMenu />
      </nav>
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        {here && allowed([here], session.permissions).length === 0 ? <NotForThisRole place={here} /> : <Outlet />}
      </main>
      <nav className={styles.bottom} aria-label="Main, on a phone">
        {[...work, SETTINGS_PLACE].map((place) => (
          <NavLink key={place.to} to={place.to} end={place.to === "/"}>
            <place.icon size={19} strokeWidth={1.9} aria-hidden="true" />
            {place.label}
          </NavLink>
        ))}
      </nav>
      <OfflineNotice />
      {searching && (
        <Suspense fallback={null}>
          <CommandPalette onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  );
}

function PlaceLink({ place }: { readonly place: Place }) {
  return (
    <NavLink to={place.to} end={place.to === "/"} className={styles.link ?? ""}>
      <place.icon size={15} strokeWidth={2} aria-hidden="true" />
      {place.label}
    </NavLink>
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

/** Says on every page that the server is down, as long as it is. */
function OfflineNotice() {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((changed: () => void) => cache.subscribe(notifyManager.batchCalls(changed)), [cache]);
  const away = useSyncExternalStore(subscribe, () => cache.getAll().some(isWaiting));
  return (
    <div role="status">
      {away && (
        <div className={styles.offline}>
          <CloudOff size={15} aria-hidden="true" />
          No connection: trying again
        </div>
      )}
    </div>
  );
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
