import { CloudOff, Radio } from "lucide-react";
import { cx, Tooltip } from "../design";
import styles from "./execution.module.css";
import type { Connection as State } from "./useFeed";

/** Whether the page is up to date. */
export function Connection({ state }: { readonly state: State }) {
  return (
    <span role="status" className={styles.connection}>
      {(state === "live" || state === "looking") && (
        <Tooltip text={state === "live" ? "Every change is shown as it happens" : "Changes are looked for every two seconds: other tabs hold the connections for more"}>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- its tooltip has to be reachable by keyboard */}
          <span className={styles.live} tabIndex={0}>
            <Radio size={13} aria-hidden="true" />
            Live
          </span>
        </Tooltip>
      )}
      {state === "lost" && (
        <span className={cx(styles.live, styles.lost)}>
          <CloudOff size={13} aria-hidden="true" />
          Connection lost, reconnecting
        </span>
      )}
    </span>
  );
}
