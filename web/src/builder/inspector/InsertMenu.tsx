import { Plus } from "lucide-react";
import { IconButton, Menu, MenuItem, MenuLabel } from "../../design";
import { placeKey, type Place } from "../definition/place";
import { useForm } from "./formContext";
import styles from "./inspector.module.css";

/** Inserts an expression at the cursor. */
export function InsertMenu({ place, isTemplate }: { readonly place: Place; readonly isTemplate: boolean }) {
  const { inserts, change, readOnly } = useForm();
  if (readOnly || inserts.length === 0) return null;
  const put = (text: string) => {
    const control = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("[data-place]")].find((item) => item.dataset.place === placeKey(place));
    const value = control?.value ?? "";
    const start = control?.selectionStart ?? value.length;
    const end = control?.selectionEnd ?? start;
    const written = isTemplate ? `{{ ${text} }}` : text;
    change(place, value.slice(0, start) + written + value.slice(end));
  };
  return (
    <Menu
      trigger={
        <IconButton small label={isTemplate ? "Put an expression in" : "Put a value in"} className={styles.insert}>
          <Plus size={13} />
          <code className={styles.written} data-sign={isTemplate ? "{{ }}" : "fx"} aria-hidden="true" />
        </IconButton>
      }
    >
      <MenuLabel>Insert into the expression</MenuLabel>
      {inserts.map((item) => (
        <MenuItem key={item.text} onSelect={() => put(item.text)}>
          {item.label}
          <small>
            <code>{item.text}</code>
          </small>
        </MenuItem>
      ))}
    </Menu>
  );
}
