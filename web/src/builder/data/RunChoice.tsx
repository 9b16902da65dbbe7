import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { fullTime, LOOKS } from "../../design";
import { useBuilder, useBuilderStore } from "../draft/store";
import { Choice } from "../inspector/Choice";
import { chooseRun, useLastRun } from "../run/lastRun";
import styles from "./data.module.css";

const LATEST = 10;

/** Chooses the execution whose data is shown. */
export function RunChoice() {
  const store = useBuilderStore();
  const workflow = useBuilder((state) => state.base.workflowId);
  const { chosen, execution } = useLastRun();
  const list = useQuery({
    queryKey: ["executions", "to choose from", workflow, execution?.id],
    enabled: workflow !== null,
    queryFn: () => answer(api.GET("/api/v1/executions", { params: { query: { workflow: workflow ?? "", limit: LATEST, tests: "include" } } })),
  });
  const items = list.data?.items ?? [];
  const isListed = chosen === null || items.some((item) => item.id === chosen);
  return (
    <Choice className={styles.run} aria-label="Execution whose data is shown" value={chosen ?? ""} onChange={(event) => chooseRun(store, event.target.value === "" ? null : event.target.value)}>
      <option value="">Latest execution</option>
      {!isListed && <option value={chosen}>{chosen.slice(-8)}</option>}
      {items.map((item) => (
        <option key={item.id} value={item.id}>
          {item.is_test ? "Test run, " : ""}
          {LOOKS[item.status].label}, {fullTime(item.created_at)}
        </option>
      ))}
    </Choice>
  );
}
