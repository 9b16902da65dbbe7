import { DropdownMenu } from "radix-ui";
import { MenuParts, type MenuProps } from "./Menu";
import { focusFirst } from "./focusFirst";
import styles from "./overlay.module.css";

/** A menu that is open from the start. It is not modal: a modal one adds a style element to the page, which the content security policy forbids. */
export default function OpenedMenu({ trigger, children, align = "end", byKey = false }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles.menu} align={align} sideOffset={5} collisionPadding={8} {...(byKey && { ref: focusFirst })}>
          <MenuParts value={DropdownMenu}>{children}</MenuParts>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
