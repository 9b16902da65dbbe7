import { X } from "lucide-react";
import { useEffect, useId, useLayoutEffect, useRef, type ReactNode, type SyntheticEvent } from "react";
import { Button, IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./overlay.module.css";

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly description?: ReactNode;
  readonly large?: boolean;
  readonly children: ReactNode;
  readonly foot?: ReactNode;
  /** Makes the whole dialog one form. */
  readonly onSubmit?: () => void;
}

/** The browser's own modal dialog: it keeps the focus, makes the rest inert, and closes with Escape. */
export function Dialog({ open, onClose, title, description, large, children, foot, onSubmit }: DialogProps) {
  const ref = useModal(open);
  const id = useId();
  const inner = (
    <>
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        <IconButton small label="Close" onClick={onClose}>
          <X size={15} />
        </IconButton>
      </div>
      <div className={styles.body}>
        {description && <p id={`${id}-about`}>{description}</p>}
        {children}
      </div>
      {foot && <div className={styles.foot}>{foot}</div>}
    </>
  );
  return (
    <dialog
      ref={ref}
      className={cx(styles.dialog, large && styles.large)}
      aria-labelledby={id}
      aria-describedby={description ? `${id}-about` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      {open &&
        (onSubmit ? (
          <form className={styles.form} noValidate onSubmit={submitting(onSubmit)}>
            {inner}
          </form>
        ) : (
          inner
        ))}
    </dialog>
  );
}

/** Asks before an action that cannot be undone. */
export function ConfirmDialog(props: Omit<DialogProps, "foot" | "children"> & { readonly action: string; readonly danger?: boolean; readonly busy?: boolean; readonly children?: ReactNode }) {
  const { action, danger = false, busy = false, children, ...rest } = props;
  return (
    <Dialog
      {...rest}
      foot={
        <>
          <Button onClick={props.onClose}>Back</Button>
          <Button type="submit" look={danger ? "danger" : "primary"} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}

/** Opens and closes a `<dialog>` as `open` says. */
export function useModal(open: boolean) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open === open) return;
    if (!open) {
      dialog.close();
      return;
    }
    dialog.showModal();
    // Not on the close button, which comes first.
    dialog.querySelector<HTMLElement>("input, select, textarea, [type=submit]")?.focus();
  }, [open]);
  // A dialog that is removed while it is open closes first: then the browser returns the focus to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current;
    return () => dialog?.close();
  }, []);
  return ref;
}

/** Handles the submit of a form in the page instead of in the browser. */
export function submitting(submit: () => void) {
  return (event: SyntheticEvent) => {
    event.preventDefault();
    event.stopPropagation();
    submit();
  };
}
