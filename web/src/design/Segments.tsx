import type { ReactNode } from "react";
import styles from "./display.module.css";

/** A choice of one among a few, side by side. */
export function Segments<Value extends string>({ label, options, value, onChange }: { readonly label: string; readonly options: readonly { readonly value: Value; readonly label: ReactNode }[]; readonly value: Value; readonly onChange: (value: Value) => void }) {
  return (
    <div className={styles.segments} role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" className={styles.segment} aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}
