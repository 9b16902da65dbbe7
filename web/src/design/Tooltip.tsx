import { Tooltip as Radix } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import styles from "./overlay.module.css";

/** A word beside what it explains, on hover and on focus. */
export function Tooltip({ text, side = "bottom", children }: { readonly text: ReactNode; readonly side?: "top" | "right" | "bottom" | "left"; readonly children: ReactElement }) {
  if (!text) return children;
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.tooltip} side={side} sideOffset={6} collisionPadding={8}>
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const TooltipProvider = Radix.Provider;
