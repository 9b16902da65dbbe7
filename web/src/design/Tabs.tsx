import { useId, type KeyboardEvent, type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./display.module.css";

export interface Tab {
  readonly value: string;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly className?: string | undefined;
}

/** Several views, one of which is shown. The tabs are one stop of the Tab key; arrow keys, Home and End choose among them. */
export function Tabs({ label, tabs, value, onChange, className }: TabsProps) {
  const id = useId();
  const at = Math.max(0, tabs.findIndex((tab) => tab.value === value));
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const places = new Map([["ArrowRight", at + 1], ["ArrowLeft", at - 1 + tabs.length], ["Home", 0], ["End", tabs.length - 1]]);
    const next = places.get(event.key);
    const tab = next === undefined ? undefined : tabs[next % tabs.length];
    if (!tab) return;
    event.preventDefault();
    onChange(tab.value);
    document.getElementById(`${id}-${tab.value}`)?.focus();
  };
  return (
    <div className={cx(styles.tabs, className)}>
      <div className={styles.tabList} role="tablist" aria-label={label}>
        {tabs.map((tab, index) => (
          <button
            key={tab.value}
            type="button"
            role="tab"
            id={`${id}-${tab.value}`}
            className={styles.tab}
            aria-selected={index === at}
            aria-controls={`${id}-panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => onChange(tab.value)}
            onKeyDown={onKeyDown}
          >
            {tab.label}
          </button>
        ))}
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a panel is a stop of the Tab key, as the pattern of tabs has it */}
      <div key={value} id={`${id}-panel`} className={styles.tabPanel} role="tabpanel" aria-labelledby={`${id}-${tabs[at]?.value ?? ""}`} tabIndex={0}>
        {tabs[at]?.content}
      </div>
    </div>
  );
}
