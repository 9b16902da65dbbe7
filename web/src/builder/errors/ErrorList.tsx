import { ChevronRight, CircleAlert, CircleCheck, LoaderCircle, TriangleAlert } from "lucide-react";
import { placeKey, type Place } from "../definition/place";
import type { PlacedError } from "../definition/errors";
import { findNode, titleOf } from "../definition/types";
import { goTo, select } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useErrors } from "../draft/useErrors";
import { Hint } from "../../design";
import styles from "./errors.module.css";

/** All errors and warnings with their codes and hints. A click on one leads to its place. */
export function ErrorList({ onGo }: { readonly onGo: () => void }) {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const errors = useErrors();
  const ordered = [...errors].sort((left, right) => Number(left.severity === "warning") - Number(right.severity === "warning"));
  const go = (error: PlacedError) => {
    if (error.node !== null) goTo(store, error.node);
    else select(store, [], error.connection === null ? [] : [error.connection]);
    onGo();
    setTimeout(() => focusField(error), EVERY_MS);
  };
  if (ordered.length === 0)
    return (
      <p className={styles.fine}>
        <CircleCheck size={15} aria-hidden="true" /> Nothing is wrong.
      </p>
    );
  return (
    <ul className={styles.list} aria-label="Errors and warnings">
      {ordered.map((error) => {
        const node = error.node === null ? undefined : findNode(definition, error.node);
        const where = node === undefined ? (error.connection === null ? "Workflow" : "Connection") : titleOf(node);
        return (
          <li key={`${error.node ?? ""}${placeKey(error.field)}${error.connection ?? ""}${error.code}${error.message}`}>
            <button type="button" className={styles.error} onClick={() => go(error)}>
              {error.severity === "error" ? <CircleAlert size={14} className={styles.bad} aria-label="Error" /> : <TriangleAlert size={14} className={styles.soft} aria-label="Warning" />}
              <span className={styles.where}>
                {where}
                {error.field.length > 0 && <code>{error.field.map(String).join(".")}</code>}
              </span>
              <span className={styles.message}>
                {error.message}
                {error.hint && <Hint>{error.hint}</Hint>}
              </span>
              <code className={styles.code}>{error.code}</code>
              <ChevronRight size={13} aria-hidden="true" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const TRIES = 20;
const EVERY_MS = 40;

/** Brings the field into view, on whichever tab it is, and moves the focus to it as soon as it is drawn. */
function focusField(error: PlacedError): void {
  const [part] = error.field;
  if (part !== undefined && part !== "parameters" && part !== "name") [...document.querySelectorAll<HTMLElement>("[role=tab]")].find((tab) => tab.textContent.startsWith("Settings"))?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, button: 0 }));
  const look = (tries: number) => {
    const control = controlAt(error.field) ?? (tries > 0 ? undefined : nearestControl(error.field));
    if (control === undefined) {
      if (tries > 0) setTimeout(() => look(tries - 1), EVERY_MS);
      return;
    }
    const details = control.closest("details");
    if (details !== null) details.open = true;
    control.scrollIntoView({ block: "center" });
    control.focus({ preventScroll: true });
  };
  look(TRIES);
}

/** Returns the control of a place; a field rather than the group around it. */
function controlAt(place: Place): HTMLElement | undefined {
  const key = placeKey(place);
  const found = [...document.querySelectorAll<HTMLElement>("[data-place]")].filter((item) => item.dataset.place === key);
  return found.find((item) => item.matches("input, textarea, select")) ?? found[0];
}

function nearestControl(place: Place): HTMLElement | undefined {
  return place.length === 0 ? undefined : (controlAt(place) ?? nearestControl(place.slice(0, -1)));
}

/** The number of errors and warnings, and whether the server is still checking. */
export function ErrorCount({ open, onClick }: { readonly open: boolean; readonly onClick: () => void }) {
  const errors = useErrors();
  const checking = useBuilder((state) => state.checking);
  const bad = errors.filter((error) => error.severity === "error").length;
  const soft = errors.length - bad;
  const label = bad === 0 && soft === 0 ? "No errors" : [bad > 0 ? `${bad} ${bad === 1 ? "error" : "errors"}` : "", soft > 0 ? `${soft} ${soft === 1 ? "warning" : "warnings"}` : ""].filter(Boolean).join(", ");
  return (
    <button type="button" className={styles.counter} aria-expanded={open} onClick={onClick} data-testid="error-count">
      {bad > 0 ? <CircleAlert size={14} className={styles.bad} aria-hidden="true" /> : soft > 0 ? <TriangleAlert size={14} className={styles.soft} aria-hidden="true" /> : <CircleCheck size={14} className={styles.good} aria-hidden="true" />}
      {label}
      {checking && <LoaderCircle size={12} className={styles.turning} aria-label="checking" />}
    </button>
  );
}
