import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { LayoutGrid, ListTree } from "lucide-react";
import { useId, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { answer, api } from "../api/client";
import { useModal } from "../design";
import overlay from "../design/overlay.module.css";
import { useSession } from "../session/session";
import { linked, SETTINGS, WORK, type Place } from "./navigation";
import styles from "./shell.module.css";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Goes to pages and workflows by their names, and to an execution by its id. */
export default function CommandPalette({ onClose }: { readonly onClose: () => void }) {
  const ref = useModal(true);
  const id = useId();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const places = usePlaces(text.trim());
  const at = Math.min(chosen, places.length - 1);

  const go = (place: Place | undefined) => {
    if (!place) return;
    onClose();
    void navigate(place.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") go(places[at]);
    else if (event.key === "ArrowDown") setChosen((at + 1) % Math.max(1, places.length));
    else if (event.key === "ArrowUp") setChosen((at - 1 + places.length) % Math.max(1, places.length));
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={ref} className={`${overlay.dialog ?? ""} ${overlay.top ?? ""}`} aria-label="Go to" onClose={onClose}>
      <div className={styles.palette}>
        <input
          // eslint-disable-next-line jsx-a11y/no-autofocus -- it was opened to type into
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={places[at] ? `${id}-${at}` : undefined}
          aria-label="Page, workflow, or the id of an execution"
          placeholder="Page, workflow, or the id of an execution"
          value={text}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
        />
        <div id={id} className={styles.list} role="listbox" aria-label="Places">
          {places.map((place, index) => (
            // The field above handles the keyboard, as in every combobox.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <div className={styles.place} tabIndex={-1} key={place.to} id={`${id}-${index}`} role="option" aria-selected={index === at} onMouseMove={() => setChosen(index)} onClick={() => go(place)}>
              <place.icon size={15} aria-hidden="true" />
              {place.label}
              {place.to.startsWith("/workflows/") && <small>Workflow</small>}
            </div>
          ))}
        </div>
        {places.length === 0 && <p>Nothing is called that.</p>}
      </div>
    </dialog>
  );
}

function usePlaces(text: string): Place[] {
  const session = useSession();
  const workflows = useQuery({
    queryKey: ["workflows", "search", text],
    enabled: session.permissions.includes("workflows.read"),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/workflows", { params: { query: { limit: 8, ...(text && { search: text }) } }, signal })),
  });
  const pages = linked([...WORK, ...SETTINGS], session).filter((place) => place.label.toLowerCase().includes(text.toLowerCase()));
  const found = (workflows.data?.items ?? []).map((workflow) => ({ to: `/workflows/${workflow.id}`, label: workflow.name, icon: LayoutGrid }));
  const execution = UUID.test(text) ? [{ to: `/executions/${text.toLowerCase()}`, label: `Execution ${text}`, icon: ListTree }] : [];
  return [...execution, ...pages, ...found];
}
