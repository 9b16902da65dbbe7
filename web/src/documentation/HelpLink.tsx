import { CircleHelp } from "lucide-react";
import styles from "./help.module.css";

/** A `?` that opens a place of the documentation in another tab: what is being written stays as it is. */
export function HelpLink({ to, about }: { readonly to: string; readonly about: string }) {
  return (
    <a className={styles.help} href={to} target="_blank" rel="noreferrer" aria-label={`Documentation of ${about}`} title={`Documentation of ${about}`} onPointerDown={(event) => event.preventDefault()}>
      <CircleHelp size={13} aria-hidden="true" />
    </a>
  );
}
