import { ChevronRight, CircleAlert, CircleCheck, LoaderCircle, TriangleAlert } from "lucide-react";
import { placeKey, type Place } from "../definition/place";
import type { PlacedFault } from "../definition/faults";
import { findNode, titleOf } from "../definition/types";
import { goTo, select } from "../draft/actions";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useFaults } from "../draft/useFaults";
import styles from "./faults.module.css";

/** Everything that is wrong, with its code and its mend; each leads to where it is. */
export function FaultList({ onGo }: { readonly onGo: () => void }) {
  const store = useBuilderStore();
  const definition = useBuilder(definitionOf);
  const faults = useFaults();
  const ordered = [...faults].sort((left, right) => Number(left.severity === "warning") - Number(right.severity === "warning"));
  const go = (fault: PlacedFault) => {
    if (fault.node !== null) goTo(store, fault.node);
    else select(store, [], fault.connection === null ? [] : [fault.connection]);
    onGo();
    setTimeout(() => focusField(fault), EVERY_MS);
  };
  if (ordered.length === 0)
    return (
      <p className={styles.fine}>
        <CircleCheck size={15} aria-hidden="true" /> Nothing is wrong.
      </p>
    );
  return (
    <ul className={styles.list} aria-label="Faults and warnings">
      {ordered.map((fault) => {
        const node = fault.node === null ? undefined : findNode(definition, fault.node);
        const where = node === undefined ? (fault.connection === null ? "Workflow" : "Connection") : titleOf(node);
        return (
          <li key={`${fault.node ?? ""}${placeKey(fault.field)}${fault.connection ?? ""}${fault.code}${fault.message}`}>
            <button type="button" className={styles.fault} onClick={() => go(fault)}>
              {fault.severity === "fault" ? <CircleAlert size={14} className={styles.bad} aria-label="Fault" /> : <TriangleAlert size={14} className={styles.soft} aria-label="Warning" />}
              <span className={styles.where}>
                {where}
                {fault.field.length > 0 && <code>{fault.field.map(String).join(".")}</code>}
              </span>
              <span className={styles.message}>
                {fault.message} <em>{fault.mend}</em>
              </span>
              <code className={styles.code}>{fault.code}</code>
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

/** Brings the field into sight, on whichever tab it is, and puts the cursor into it as soon as it is drawn. */
function focusField(fault: PlacedFault): void {
  const [part] = fault.field;
  if (part !== undefined && part !== "parameters" && part !== "name") [...document.querySelectorAll<HTMLElement>("[role=tab]")].find((tab) => tab.textContent.startsWith("Settings"))?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, button: 0 }));
  const look = (tries: number) => {
    const control = controlAt(fault.field) ?? (tries > 0 ? undefined : nearestControl(fault.field));
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

/** The control of a place; what is typed into comes before the group around it. */
function controlAt(place: Place): HTMLElement | undefined {
  const key = placeKey(place);
  const found = [...document.querySelectorAll<HTMLElement>("[data-place]")].filter((item) => item.dataset.place === key);
  return found.find((item) => item.matches("input, textarea, select")) ?? found[0];
}

function nearestControl(place: Place): HTMLElement | undefined {
  return place.length === 0 ? undefined : (controlAt(place) ?? nearestControl(place.slice(0, -1)));
}

/** How many faults and warnings there are, and whether the server is still looking. */
export function FaultCount({ open, onClick }: { readonly open: boolean; readonly onClick: () => void }) {
  const faults = useFaults();
  const checking = useBuilder((state) => state.checking);
  const bad = faults.filter((fault) => fault.severity === "fault").length;
  const soft = faults.length - bad;
  const label = bad === 0 && soft === 0 ? "No faults" : [bad > 0 ? `${bad} ${bad === 1 ? "fault" : "faults"}` : "", soft > 0 ? `${soft} ${soft === 1 ? "warning" : "warnings"}` : ""].filter(Boolean).join(", ");
  return (
    <button type="button" className={styles.counter} aria-expanded={open} onClick={onClick} data-testid="fault-count">
      {bad > 0 ? <CircleAlert size={14} className={styles.bad} aria-hidden="true" /> : soft > 0 ? <TriangleAlert size={14} className={styles.soft} aria-hidden="true" /> : <CircleCheck size={14} className={styles.good} aria-hidden="true" />}
      {label}
      {checking && <LoaderCircle size={12} className={styles.turning} aria-label="checking" />}
    </button>
  );
}
