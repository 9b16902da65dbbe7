import { ChevronDown, CircleAlert, Eye, EyeOff } from "lucide-react";
import { useId, useState, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./controls.module.css";

interface Described {
  readonly label: string;
  /** The label is for screen readers only. */
  readonly quiet?: boolean;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
}

/** Label, control, help and error, connected for screen readers; `children` is called with what the control needs. */
function Described({ label, quiet, help, error, children }: Described & { readonly children: (control: ControlProps) => ReactNode }) {
  const id = useId();
  const described = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={quiet ? "visually-hidden" : styles.label}>
        {label}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined })}
      {help && (
        <div id={`${id}-help`} className={styles.help}>
          {help}
        </div>
      )}
      {error && (
        <div id={`${id}-error`} className={styles.error} role="alert">
          <CircleAlert size={12} aria-hidden="true" />
          {error}
        </div>
      )}
    </div>
  );
}

interface ControlProps {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
}

export function Field({ label, quiet, help, error, className, ...rest }: Described & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Described label={label} {...given({ quiet, help, error })}>
      {(control) => <input {...rest} {...control} className={cx(styles.input, className)} />}
    </Described>
  );
}

export function TextField({ label, quiet, help, error, className, ...rest }: Described & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Described label={label} {...given({ quiet, help, error })}>
      {(control) => <textarea spellCheck={false} {...rest} {...control} className={cx(styles.input, className)} />}
    </Described>
  );
}

/** A secret; shown only on request, so that nobody reads it over the shoulder. */
export function SecretField({ label, quiet, help, error, ...rest }: Described & InputHTMLAttributes<HTMLInputElement>) {
  const [shown, setShown] = useState(false);
  return (
    <Described label={label} {...given({ quiet, help, error })}>
      {(control) => (
        <span className={styles.secret}>
          <input autoComplete="off" {...rest} {...control} type={shown ? "text" : "password"} className={styles.input} />
          <IconButton small label={shown ? "Hide" : "Show"} aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff size={14} /> : <Eye size={14} />}
          </IconButton>
        </span>
      )}
    </Described>
  );
}

/** The browser's own list: it works best on a phone and with screen readers. */
export function Select({ label, quiet, help, error, className, children, ...rest }: Described & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Described label={label} {...given({ quiet, help, error })}>
      {(control) => (
        <span className={styles.select}>
          <select {...rest} {...control} className={cx(styles.input, className)}>
            {children}
          </select>
          <ChevronDown size={14} aria-hidden="true" />
        </span>
      )}
    </Described>
  );
}

export function Checkbox({ label, help, ...rest }: { readonly label: string; readonly help?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className={styles.check}>
      <input {...rest} id={id} type="checkbox" aria-describedby={help ? `${id}-help` : undefined} />
      <div>
        <label htmlFor={id}>{label}</label>
        {help && (
          <div id={`${id}-help`} className={styles.help}>
            {help}
          </div>
        )}
      </div>
    </div>
  );
}

function given(values: { quiet: boolean | undefined; help: ReactNode; error: string | undefined }) {
  return { help: values.help, error: values.error, ...(values.quiet === undefined ? {} : { quiet: values.quiet }) };
}
