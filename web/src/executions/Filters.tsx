import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { answer, api } from "../api/client";
import { Button, Field, Select } from "../design";
import styles from "./executions.module.css";
import { isNarrowed, LAST, readFilter, type ExecutionFilter, type Tests, type TimeRange } from "./filter";

const TYPING = 350;

export function Filters({ filter, onChange }: { readonly filter: ExecutionFilter; readonly onChange: (filter: ExecutionFilter) => void }) {
  const names = useWorkflowNames(filter.workflow);
  const { time } = filter;
  return (
    <div className={styles.filters}>
      <Select quiet label="Workflow" value={filter.workflow} onChange={(event) => onChange({ ...filter, workflow: event.target.value })}>
        <option value="">All workflows</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Select>
      <SubjectField subject={filter.subject} onChange={(subject) => onChange({ ...filter, subject })} />
      <Select quiet label="Time" value={time.kind === "last" ? String(time.minutes) : time.kind} onChange={(event) => onChange({ ...filter, time: timeOf(event.target.value) })}>
        <option value="any">Any time</option>
        {LAST.map((item) => (
          <option key={item.minutes} value={item.minutes}>
            {item.label}
          </option>
        ))}
        <option value="between">Between…</option>
      </Select>
      {time.kind === "between" && (
        <>
          <Field quiet type="datetime-local" label="Created after" value={time.after} onChange={(event) => onChange({ ...filter, time: { ...time, after: event.target.value } })} />
          <Field quiet type="datetime-local" label="Created before" value={time.before} onChange={(event) => onChange({ ...filter, time: { ...time, before: event.target.value } })} />
        </>
      )}
      <Select quiet label="Test runs" value={filter.tests} onChange={(event) => onChange({ ...filter, tests: event.target.value as Tests })}>
        <option value="exclude">Without test runs</option>
        <option value="include">With test runs</option>
        <option value="only">Test runs only</option>
      </Select>
      {isNarrowed(filter) && (
        <Button look="ghost" onClick={() => onChange(readFilter(new URLSearchParams()))}>
          <X size={14} aria-hidden="true" />
          Clear
        </Button>
      )}
    </div>
  );
}

function timeOf(value: string): TimeRange {
  if (value === "any") return { kind: "any" };
  return value === "between" ? { kind: "between", after: "", before: "" } : { kind: "last", minutes: Number(value) };
}

/** Applies the text a moment after the last key, not at every key. */
function SubjectField({ subject, onChange }: { readonly subject: string; readonly onChange: (subject: string) => void }) {
  const [text, setText] = useState(subject);
  useEffect(() => {
    if (text.trim() === subject) return;
    const timer = setTimeout(() => onChange(text.trim()), TYPING);
    return () => clearTimeout(timer);
  });
  return <Field quiet data-filter="" label="Subject" placeholder="Subject" autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />;
}

/** All workflows, and the chosen one even if it has been deleted. */
function useWorkflowNames(asked: string): string[] {
  const workflows = useQuery({
    queryKey: ["workflows", "names"],
    staleTime: 30_000,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/workflows", { params: { query: { limit: 200 } }, signal })),
  });
  const names = (workflows.data?.items ?? []).map((workflow) => workflow.name);
  return asked && !names.includes(asked) ? [asked, ...names] : names;
}
