import { cloneElement, createContext, lazy, Suspense, use, useState, type ComponentType, type MouseEvent, type ReactElement, type ReactNode } from "react";
import type { DropdownMenu } from "radix-ui";
import { Link } from "react-router";
import { cx } from "./cx";
import styles from "./overlay.module.css";

/** The parts of a menu. They are loaded when somebody is about to open one: no page needs them to be shown. */
const load = () => import("./OpenedMenu");
const OpenedMenu = lazy(load);

type Parts = Pick<typeof DropdownMenu, "Item" | "ItemIndicator" | "Label" | "RadioGroup" | "RadioItem" | "Separator">;
export const MenuParts = createContext<Parts | null>(null);

export interface MenuProps {
  readonly trigger: ReactElement<TriggerProps>;
  readonly children: ReactNode;
  readonly align?: "start" | "end";
  /** Whether a key opened it first, so that its first item is focused. */
  readonly byKey?: boolean;
}

interface TriggerProps {
  readonly onClick?: (event: MouseEvent) => void;
  readonly onPointerEnter?: () => void;
  readonly onFocus?: () => void;
  readonly "aria-haspopup"?: "menu";
  readonly "aria-expanded"?: boolean;
}

/** A list of actions under a button. */
export function Menu(props: MenuProps) {
  const [wanted, setWanted] = useState<"key" | "pointer" | null>(null);
  const soon = () => void load().catch(() => undefined); // opening it reports the error
  const closed = cloneElement(props.trigger, { "aria-haspopup": "menu", "aria-expanded": false, onPointerEnter: soon, onFocus: soon, onClick: (event) => setWanted(event.detail === 0 ? "key" : "pointer") });
  if (wanted === null) return closed;
  return (
    <Suspense fallback={closed}>
      <OpenedMenu {...props} byKey={wanted === "key"} />
    </Suspense>
  );
}

export function useParts(): Parts {
  const parts = use(MenuParts);
  if (!parts) throw new Error("this belongs into a Menu");
  return parts;
}

interface ItemProps {
  readonly icon?: ReactNode;
  readonly children: ReactNode;
  readonly danger?: boolean;
  /** Why it cannot be chosen now; shown below it. */
  readonly blocked?: string | null | undefined;
  /** The keys that do the same. */
  readonly keys?: string;
}

export function MenuItem({ icon, children, danger, blocked, keys, onSelect }: ItemProps & { readonly onSelect: () => void }) {
  const Item: ComponentType<DropdownMenu.DropdownMenuItemProps> = useParts().Item;
  return (
    <Item className={cx(styles.item, danger && !blocked && styles.danger)} disabled={Boolean(blocked)} onSelect={onSelect}>
      {icon}
      <span>
        {children}
        {blocked && <small>{blocked}</small>}
      </span>
      {keys && <kbd aria-hidden="true">{keys}</kbd>}
    </Item>
  );
}

export function MenuLink({ icon, children, to }: ItemProps & { readonly to: string }) {
  const { Item } = useParts();
  return (
    <Item asChild>
      <Link className={styles.item} to={to}>
        {icon}
        <span>{children}</span>
      </Link>
    </Item>
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  const { Label } = useParts();
  return <Label className={styles.menuLabel}>{children}</Label>;
}

export function MenuSeparator() {
  const { Separator } = useParts();
  return <Separator className={styles.separator} />;
}
