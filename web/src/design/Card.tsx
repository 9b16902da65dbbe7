import { useId, type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./display.module.css";

/** A part of a page with a title. */
export function Card({ title, aside, flush, className, children }: { readonly title?: ReactNode; readonly aside?: ReactNode; readonly flush?: boolean; readonly className?: string | undefined; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className={cx(styles.card, className)} aria-labelledby={title ? id : undefined}>
      {title && (
        <div className={styles.cardHead}>
          <h2 id={id}>{title}</h2>
          {aside}
        </div>
      )}
      {flush ? children : <div className={styles.cardBody}>{children}</div>}
    </section>
  );
}
