import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { cx } from "./cx";
import styles from "./controls.module.css";
import { Tooltip } from "./Tooltip";

type Look = "plain" | "primary" | "danger" | "ghost";

export interface Shape {
  readonly look?: Look;
  readonly small?: boolean;
  readonly wide?: boolean;
}

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
  Shape & {
    readonly busy?: boolean;
    /** Why the button cannot be pressed now. It stays reachable by keyboard and shows the reason. */
    readonly blocked?: string | null | undefined;
    readonly ref?: Ref<HTMLButtonElement>;
  };

export function Button({ look = "plain", small, wide, busy = false, blocked, className, children, onClick, ...rest }: ButtonProps) {
  const button = (
    <button
      type="button"
      {...rest}
      aria-disabled={busy || Boolean(blocked) || rest["aria-disabled"] || undefined}
      aria-busy={busy || undefined}
      className={cx(buttonClass({ look, small, wide }), className)}
      onClick={(event) => {
        if (busy || blocked) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy && <span className={styles.spinner} aria-hidden="true" />}
      {children}
    </button>
  );
  return blocked ? <Tooltip text={blocked}>{button}</Tooltip> : button;
}

/** A button with an icon only. Its name is shown in a tooltip and announced to screen readers. */
export function IconButton({ label, children, className, ...rest }: ButtonProps & { readonly label: string; readonly children: ReactNode }) {
  const name = rest.blocked ? `${label}: ${rest.blocked}` : label;
  return (
    <Tooltip text={name}>
      <Button look="ghost" {...rest} blocked={undefined} aria-label={label} aria-disabled={Boolean(rest.blocked)} className={cx(styles.icon, className)}>
        {children}
      </Button>
    </Tooltip>
  );
}

/** The class names of something that looks like a button. */
export function buttonClass({ look, small, wide }: { look: Look; small: boolean | undefined; wide: boolean | undefined }): string {
  return cx(styles.button, look !== "plain" && styles[look], small && styles.small, wide && styles.wide);
}
