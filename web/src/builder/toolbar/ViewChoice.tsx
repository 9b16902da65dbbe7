import { Code, ListTree, Workflow } from "lucide-react";
import { Segments } from "../../design";
import { useView, useViewStore } from "../view/viewStore";
import styles from "../builder.module.css";

const VIEWS = [
  { value: "canvas", icon: Workflow, label: "Canvas" },
  { value: "outline", icon: ListTree, label: "Outline" },
  { value: "text", icon: Code, label: "Text" },
] as const;

/** Canvas, outline or text. */
export function ViewChoice() {
  const store = useViewStore();
  const value = useView((state) => state.view);
  return (
    <Segments
      label="View"
      value={value}
      onChange={(view) => store.set({ view })}
      options={VIEWS.map(({ value: option, icon: Icon, label }) => ({
        value: option,
        label: (
          <span className={styles.view}>
            <Icon size={13} aria-hidden="true" />
            <span className={styles.viewName}>{label}</span>
          </span>
        ),
      }))}
    />
  );
}
