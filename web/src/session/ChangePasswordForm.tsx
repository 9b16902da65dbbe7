import { useMutation } from "@tanstack/react-query";
import { Check, Circle } from "lucide-react";
import { useState } from "react";
import { answer, api, takeSession } from "../api/client";
import { ProblemError } from "../api/problem";
import type { Session } from "../api/types";
import { Button, cx, ErrorPanel, SecretField, submitting } from "../design";
import styles from "./session.module.css";

const SHORTEST = 12;

interface Props {
  readonly current: string;
  /** The current password, if the user has just typed it: the form does not ask for it again. */
  readonly known?: string | null;
  readonly action: string;
  readonly wide?: boolean;
  readonly onChanged: (session: Session) => void;
}

export function ChangePasswordForm({ current, known = null, action, wide = false, onChanged }: Props) {
  const [before, setBefore] = useState(known ?? "");
  const [after, setAfter] = useState("");
  const change = useMutation({
    mutationFn: async () => takeSession(await answer(api.PUT("/api/v1/session/password", { body: { current_password: before, new_password: after } }))),
    onSuccess: (session) => {
      setBefore("");
      setAfter("");
      onChanged(session);
    },
  });
  const problem = change.error instanceof ProblemError ? change.error : null;
  const longEnough = after.length >= SHORTEST;
  return (
    <form className={styles.form} noValidate onSubmit={submitting(() => change.mutate())}>
      {known === null && (
        <SecretField label={current} autoComplete="current-password" required value={before} onChange={(event) => setBefore(event.target.value)} error={problem?.errorOf("current_password")} />
      )}
      <SecretField
        label="New password"
        autoComplete="new-password"
        required
        value={after}
        onChange={(event) => setAfter(event.target.value)}
        error={problem?.errorOf("new_password")}
        help={
          <span className={cx(styles.rule, longEnough && styles.met)}>
            {longEnough ? <Check size={12} aria-hidden="true" /> : <Circle size={12} aria-hidden="true" />}
            At least {SHORTEST} characters
          </span>
        }
      />
      {change.error && problem?.code !== "IL054" && <ErrorPanel error={change.error} />}
      <Button type="submit" look="primary" wide={wide} busy={change.isPending} blocked={before && longEnough ? null : known === null ? "Fill in both passwords first" : "Choose a longer one first"}>
        {action}
      </Button>
    </form>
  );
}
