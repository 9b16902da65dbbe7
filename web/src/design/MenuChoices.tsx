import { Check } from "lucide-react";
import { useParts } from "./Menu";
import styles from "./overlay.module.css";

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly about: string;
}

/** Several values, one of which is chosen. */
export function MenuChoices({ label, value, choices, onChoose }: { readonly label: string; readonly value: string; readonly choices: readonly Choice[]; readonly onChoose: (value: string) => void }) {
  const { ItemIndicator, RadioGroup, RadioItem } = useParts();
  return (
    <RadioGroup aria-label={label} value={value} onValueChange={(next) => next !== value && onChoose(next)}>
      {choices.map((choice) => (
        <RadioItem key={choice.value} className={styles.item} value={choice.value} textValue={choice.label}>
          <span role="presentation">
            <ItemIndicator>
              <Check size={14} aria-hidden="true" />
            </ItemIndicator>
          </span>
          <span>
            {choice.label}
            <small>{choice.about}</small>
          </span>
        </RadioItem>
      ))}
    </RadioGroup>
  );
}
