import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { Link } from "react-router";
import { cx } from "./cx";
import styles from "./overlay.module.css";

/** A list of actions under a button. Not modal, so that the page behind needs no locking style element. */
export function Menu({ trigger, children, align = "end" }: { readonly trigger: ReactElement; readonly children: ReactNode; readonly align?: "start" | "end" }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles.menu} align={align} sideOffset={5} collisionPadding={8}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ItemProps {
  readonly icon?: ReactNode;
  readonly children: ReactNode;
  readonly danger?: boolean;
  /** Why it cannot be chosen now; said below it. */
  readonly blocked?: string | null | undefined;
}

export function MenuItem({ icon, children, danger, blocked, onSelect }: ItemProps & { readonly onSelect: () => void }) {
  return (
    <DropdownMenu.Item className={cx(styles.item, danger && !blocked && styles.danger)} disabled={Boolean(blocked)} onSelect={onSelect}>
      {icon}
      <span>
        {children}
        {blocked && <small>{blocked}</small>}
      </span>
    </DropdownMenu.Item>
  );
}

export function MenuLink({ icon, children, to }: ItemProps & { readonly to: string }) {
  return (
    <DropdownMenu.Item asChild>
      <Link className={styles.item} to={to}>
        {icon}
        <span>{children}</span>
      </Link>
    </DropdownMenu.Item>
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <DropdownMenu.Label className={styles.menuLabel}>{children}</DropdownMenu.Label>;
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className={styles.separator} />;
}
