import { CircleCheck, CircleX, Info, X } from "lucide-react";
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./overlay.module.css";
import { clockTime, withReadableTimes } from "./time";

type Kind = "good" | "bad" | "news";

interface Message {
  readonly id: number;
  readonly kind: Kind;
  readonly title: string;
  readonly text: string;
}

interface Toasts {
  /** Says what was done. */
  readonly succeeded: (title: string, text?: string) => void;
  /** Says what could not be done, and why. */
  readonly failed: (title: string, error: unknown) => void;
  /** Says what happened elsewhere. */
  readonly told: (title: string, text: string) => void;
}

const ToastContext = createContext<Toasts>({ succeeded: () => undefined, failed: () => undefined, told: () => undefined });
const SHOWN_FOR = 6_000;
const ICONS = { good: CircleCheck, bad: CircleX, news: Info };

/** Short messages in a corner, announced to screen readers. What was done goes by itself; the others stay until the user closes them. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const remove = useCallback((id: number) => setMessages((now) => now.filter((message) => message.id !== id)), []);
  const toasts = useMemo<Toasts>(() => {
    let next = 0;
    const add = (kind: Kind, title: string, text: string) => {
      const id = ++next;
      setMessages((now) => [...now.slice(-3), { id, kind, title, text }]);
      if (kind === "good") setTimeout(() => remove(id), SHOWN_FOR);
    };
    return {
      succeeded: (title, text = "") => add("good", title, text),
      failed: (title, error) => add("bad", title, messageOf(error)),
      told: (title, text) => add("news", title, text),
    };
  }, [remove]);
  return (
    <ToastContext value={toasts}>
      {children}
      <div className={styles.toasts} role="status" aria-live="polite">
        {messages.map((message) => {
          const Icon = ICONS[message.kind];
          return (
            <div key={message.id} className={cx(styles.toast, styles[message.kind])}>
              <Icon size={16} aria-hidden="true" />
              <div>
                <strong>{message.title}</strong>
                {message.text && <p>{message.text}</p>}
              </div>
              <IconButton small label="Close message" onClick={() => remove(message.id)}>
                <X size={13} />
              </IconButton>
            </div>
          );
        })}
      </div>
    </ToastContext>
  );
}

export function useToasts(): Toasts {
  return useContext(ToastContext);
}

/** The message of an error with its hint, and when to try again. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { hint, againAt } = error as { hint?: unknown; againAt?: unknown };
  const more = [typeof hint === "string" ? hint : "", typeof againAt === "string" ? `try again from ${clockTime(againAt)} on` : ""].filter(Boolean).join("; ");
  return withReadableTimes(more ? `${error.message} (${more})` : error.message);
}
