import { lazy, Suspense, type ReactNode } from "react";
import { ChevronLeft } from "lucide-react";
import { Link } from "react-router";
import { cx } from "../design";
import styles from "./shell.module.css";
import { TabTitle } from "./TabTitle";
import { useListKeys } from "./useListKeys";

const Keys = lazy(() => import("./Keys"));

interface PageProps {
  readonly title: string;
  /** The title of the browser's tab, if it says more than the title of the page. */
  readonly tab?: string;
  /** Shown beside the title, for example a status. */
  readonly beside?: ReactNode;
  /** The list that this page belongs to. */
  readonly from?: { readonly to: string; readonly label: string };
  readonly actions?: ReactNode;
  /** Narrow, for text and forms. */
  readonly narrow?: boolean;
  /** The content has no margins. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** The frame of every page: its title, the list it belongs to, and its actions. */
export function Page({ title, tab = title, beside, from, actions, narrow, flush, children }: PageProps) {
  const { showsKeys, hideKeys } = useListKeys();
  return (
    <>
      <TabTitle of={tab} />
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
