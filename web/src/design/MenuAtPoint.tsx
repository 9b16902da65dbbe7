import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { focusFirst } from "./focusFirst";
import { MenuParts } from "./Menu";
import styles from "./overlay.module.css";

interface MenuAtPointProps {
  readonly label: string;
  readonly point: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A context menu: open at a point of the screen, with its first item focused. */
export default function MenuAtPoint({ label, point, onClose, children }: MenuAtPointProps) {
  return (
    <DropdownMenu.Root modal={false} open onOpenChange={(open) => !open && onClose()}>
      <DropdownMenu.Trigger asChild>
        <button type="button" tabIndex={-1} aria-label={label} className={styles.point} style={{ left: point.x, top: point.y }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles.menu} align="start" sideOffset={0} collisionPadding={8} aria-label={label} ref={focusFirst} onCloseAutoFocus={(event) => event.preventDefault()}>
          <MenuParts value={DropdownMenu}>{children}</MenuParts>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
