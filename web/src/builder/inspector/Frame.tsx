import { CircleAlert, TriangleAlert } from "lucide-react";
import { useId, type ReactNode } from "react";
import { Prose } from "../../design";
import type { Place } from "../definition/place";
import { placeKey } from "../definition/place";
import { useFieldError } from "./formContext";
import styles from "./inspector.module.css";

export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
  readonly "data-place": string;
}

interface FrameProps {
  readonly label: string;
  readonly place: Place;
  readonly help?: ReactNode;
  readonly required?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly aside?: ReactNode;
  readonly children: (control: ControlProps) => ReactNode;
}

/** Label, control, help and errors, connected for screen readers. The list of errors finds the control by its place. */
export function Frame({ label, place, help, required, quiet, aside, children }: FrameProps) {
  const id = useId();
  const error = useFieldError(place);
  const described = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <div className={quiet ? styles.quiet : styles.labelRow}>
        <label htmlFor={id} className={quiet ? "visually-hidden" : styles.label}>
          {label}
          {required && (
            <span className={styles.required} aria-hidden="true">
              required
            </span>
          )}
        </label>
        {aside}
      </div>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error !== null && !error.isWarning ? true : undefined, "data-place": placeKey(place) })}
      {error && <ErrorLine id={`${id}-error`} text={error.text} isWarning={error.isWarning} />}
      {help && (
        <div id={`${id}-help`} className={styles.help}>
          {typeof help === "string" ? <Prose text={help} /> : help}
        </div>
      )}
    </div>
  );
}

export function ErrorLine({ id, text, isWarning }: { readonly id?: string; readonly text: string; readonly isWarning: boolean }) {
  return (
    <div id={id} className={isWarning ? styles.warning : styles.error}>
      {isWarning ? <TriangleAlert size={12} aria-hidden="true" /> : <CircleAlert size={12} aria-hidden="true" />}
      <span>{text}</span>
    </div>
  );
}
