import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { answer, api } from "../../api/client";
import { parseJson, describeProblem } from "../../json/parseJson";
import { isObject, type JsonObject } from "../definition/types";
import { Button, Dialog, ErrorPanel, Field, Select, TextField } from "../../design";

interface RunDialogProps {
  readonly workflow: { readonly id: string; readonly name: string };
  readonly version?: number | undefined;
  readonly triggers?: readonly { readonly id: string; readonly title: string }[];
  readonly open: boolean;
  readonly onClose: () => void;
}

/** The key under which the input of the last run is kept, as long as the tab is open. */
const KEPT = "interlock.input.";

/** Test runs begin with the same input. */
export const keptInputKey = (workflow: string | null): string => KEPT + (workflow ?? "new");

/** Starts an execution with an input, and goes to it. */
export function RunDialog({ workflow, version, triggers = [], open, onClose }: RunDialogProps) {
  const navigate = useNavigate();
  const [text, setText] = useState(() => sessionStorage.getItem(keptInputKey(workflow.id)) ?? "{}");
  const [subject, setSubject] = useState("");
  const [key, setKey] = useState("");
  const [trigger, setTrigger] = useState("");
  const input = readInput(text);
  const run = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workflows/{workflow}/run", {
          params: { path: { workflow: workflow.id } },
          body: {
            input: input.value ?? {},
            ...(version === undefined ? {} : { version }),
            ...(trigger === "" ? {} : { trigger }),
            ...(subject === "" ? {} : { subject }),
            ...(key === "" ? {} : { idempotency_key: key }),
          },
        }),
      ),
    onSuccess: (started) => {
      sessionStorage.setItem(keptInputKey(workflow.id), text);
      onClose();
      void navigate(`/executions/${started.execution_id}`);
    },
  });
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Run ${workflow.name}`}
      onSubmit={() => {
        if (input.problem === undefined) run.mutate();
      }}
      foot={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary" busy={run.isPending}>
            Run
          </Button>
        </>
      }
    >
      {run.isError && <ErrorPanel error={run.error} />}
      <TextField label="Input" rows={7} style={{ fontFamily: "var(--mono)", fontSize: "var(--text-s)" }} value={text} onChange={(event) => setText(event.target.value)} error={input.problem} help="A JSON object; the first nodes see its keys by name." />
      {triggers.length > 1 && (
        <Select label="Trigger" value={trigger} onChange={(event) => setTrigger(event.target.value)}>
          <option value="">The manual one</option>
          {triggers.map((item) => (
            <option key={item.id} value={item.id}>
              {item.title}
            </option>
          ))}
        </Select>
      )}
      <Field label="Subject" value={subject} onChange={(event) => setSubject(event.target.value)} help="The account, image or document that it is about; may be empty." />
      <Field label="Idempotency key" value={key} onChange={(event) => setKey(event.target.value)} help="A second run with the same key starts nothing and leads to the first; may be empty." />
    </Dialog>
  );
}

function readInput(text: string): { value?: JsonObject; problem: string | undefined } {
  if (text.trim() === "") return { value: {}, problem: undefined };
  try {
    const value = parseJson(text);
    return isObject(value) ? { value, problem: undefined } : { problem: "The input is an object, in braces." };
  } catch (error) {
    return { problem: describeProblem(text, error) };
  }
}
