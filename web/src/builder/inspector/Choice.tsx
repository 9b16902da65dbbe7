import { ChevronDown } from "lucide-react";
import type { SelectHTMLAttributes } from "react";
import { cx } from "../../design";
import controls from "../../design/controls.module.css";

/** The browser's own list, for a field whose label is elsewhere. */
export function Choice({ className, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <span className={controls.select}>
      <select {...rest} className={cx(controls.input, className)}>
        {children}
      </select>
      <ChevronDown size={14} aria-hidden="true" />
    </span>
  );
}
