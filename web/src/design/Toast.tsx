import { CircleCheck, CircleX, X } from "lucide-react";
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./overlay.module.css";

interface Message {
  readonly id: number;
  readonly good: boolean;
  readonly title: string;
  readonly text: string;
}

interface Toasts {
  /** Says what was done. */
  readonly succeeded: (title: string, text?: string) => void;
  /** Says what could not be done, and why. */
  readonly failed: (title: string, error: unknown) => void;
}

const ToastContext = createContext<Toasts>({ succeeded: () => undefined, failed: () => undefined });
const SHOWN_FOR = 6_000;

/** Short messages in a corner, announced to screen readers. A failure stays until the user closes it. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const remove = useCallback((id: number) => setMessages((now) => now.filter((message) => message.id !== id)), []);
  const toasts = useMemo<Toasts>(() => {
    let next = 0;
    const add = (good: boolean, title: string, text: string) => {
      const id = ++next;
      setMessages((now) => [...now.slice(-3), { id, good, title, text }]);
      if (good) setTimeout(() => remove(id), SHOWN_FOR);
    };
    return {
      succeeded: (title, text = "") => add(true, title, text),
      failed: (title, error) => add(false, title, messageOf(error)),
    };
  }, [remove]);
  return (
    <ToastContext value={toasts}>
      {children}
      <div className={styles.toasts} role="status" aria-live="polite">
        {messages.map((message) => (
          <div key={message.id} className={cx(styles.toast, message.good ? styles.good : styles.bad)}>
            {message.good ? <CircleCheck size={16} aria-hidden="true" /> : <CircleX size={16} aria-hidden="true" />}
            <div>
              <strong>{message.title}</strong>
              {message.text && <p>{message.text}</p>}
            </div>
            <IconButton small label="Close message" onClick={() => remove(message.id)}>
              <X size={13} />
            </IconButton>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}

export function useToasts(): Toasts {
  return useContext(ToastContext);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : "";
  return hint ? `${error.message} (${hint})` : error.message;
}
