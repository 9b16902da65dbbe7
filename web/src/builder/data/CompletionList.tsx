import { useEffect, useRef } from "react";
import { cx, Prose } from "../../design";
import PartHelp from "../../documentation/PartHelp";
import type { Option } from "./completion";
import styles from "./data.module.css";

interface CompletionListProps {
  readonly id: string;
  readonly options: readonly Option[];
  readonly active: number;
  readonly onChoose: (option: Option) => void;
}

/** The options of a completion below the field, with the documentation of the active one. */
export function CompletionList({ id, options, active, onChoose }: CompletionListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const part = options[active]?.part ?? null;
  return (
    <div className={styles.completion}>
      <div ref={list} id={id} role="listbox" aria-label="Suggestions" className={styles.options}>
        {options.map((option, index) => (
          <div
            key={option.insert}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={cx(styles.option, index === active && styles.active)}
            // The field keeps the focus.
            onPointerDown={(event) => {
              event.preventDefault();
              onChoose(option);
            }}
          >
            <code>{option.label}</code>
            <small>{option.detail}</small>
          </div>
        ))}
      </div>
      {part && (
        <div className={styles.about}>
          <Prose text={part.summary} />
          <code>
            {part.example} → {part.result}
          </code>
          <small>
            Costs <Prose text={part.cost} /> <PartHelp part={part} />
          </small>
        </div>
      )}
      <span className="visually-hidden" role="status">
        {options.length} suggestions
      </span>
    </div>
  );
}
