import { lazy, Suspense, type ReactNode } from "react";
import { ChevronLeft } from "lucide-react";
import { Link } from "react-router";
import { cx } from "../design";
import styles from "./shell.module.css";
import { useListKeys } from "./useListKeys";

const Keys = lazy(() => import("./Keys"));

interface PageProps {
  readonly title: string;
  /** What the browser's tab says, where it is more than the title. */
  readonly tab?: string;
  /** What stands beside the title, as a status. */
  readonly beside?: ReactNode;
  /** The list that this page is from. */
  readonly from?: { readonly to: string; readonly label: string };
  readonly actions?: ReactNode;
  /** For reading and forms. */
  readonly narrow?: boolean;
  /** The content goes to the edges. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** The frame of every page: its title, where it belongs, and what can be done. */
export function Page({ title, tab = title, beside, from, actions, narrow, flush, children }: PageProps) {
  const { showsKeys, hideKeys } = useListKeys();
  return (
    <>
      <title>{`${tab} · Interlock`}</title>
      <header className={styles.head}>
        <div className={styles.title}>
          {from && (
            <span className={styles.crumb}>
              <Link to={from.to} aria-label={from.label}>
                <ChevronLeft size={18} aria-hidden="true" />
                <span>{from.label}</span>
              </Link>
              <span aria-hidden="true">/</span>
            </span>
          )}
          <h1>{title}</h1>
          {beside}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={cx(styles.body, narrow && styles.narrow, flush && styles.flush)}>{children}</div>
      {showsKeys && (
        <Suspense fallback={null}>
          <Keys onClose={hideKeys} />
        </Suspense>
      )}
    </>
  );
}
