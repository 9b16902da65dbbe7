import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./display.module.css";

export interface Tab {
  readonly value: string;
  readonly label: ReactNode;
  readonly content: ReactNode;
}

export function Tabs({ label, tabs, value, onChange, className, aside }: { readonly label: string; readonly tabs: readonly Tab[]; readonly value: string; readonly onChange: (value: string) => void; readonly className?: string | undefined; readonly aside?: ReactNode }) {
  return (
    <Radix.Root className={cx(styles.tabs, className)} value={value} onValueChange={onChange}>
      <Radix.List className={styles.tabList} aria-label={label}>
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.value} value={tab.value} className={styles.tab}>
            {tab.label}
          </Radix.Trigger>
        ))}
        {aside}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className={styles.tabPanel}>
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

/** One of a few, side by side. */
export function Segments<Value extends string>({ label, options, value, onChange }: { readonly label: string; readonly options: readonly { readonly value: Value; readonly label: ReactNode }[]; readonly value: Value; readonly onChange: (value: Value) => void }) {
  return (
    <div className={styles.segments} role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" className={styles.segment} aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}
