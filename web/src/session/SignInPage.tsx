import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, takeSession } from "../api/client";
import { ProblemError } from "../api/problem";
import type { Session } from "../api/types";
import { Button, ErrorPanel, Field, SecretField, submitting } from "../design";
import { Logo } from "../shell/Logo";
import { ChangePasswordForm } from "./ChangePasswordForm";
import { useSetSession } from "./session";
import styles from "./session.module.css";
import { SignInArt } from "./SignInArt";

/** The sign-in, followed by the change of a one-time password. */
export default function SignInPage({ user, onSoon }: { readonly user: Session["user"] | null; readonly onSoon: () => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <div className={styles.page}>
      <title>Sign in · Interlock</title>
      <main className={styles.side}>
        <div className={styles.card}>
          <div className={styles.brand}>
            <Logo size={26} />
            Interlock
          </div>
          {user ? <ForcedChange once={typed} /> : <SignInForm onSignedIn={setTyped} onSoon={onSoon} />}
        </div>
      </main>
      <aside className={styles.art} aria-hidden="true">
        <div className={styles.grid} />
        <SignInArt />
      </aside>
    </div>
  );
}

/** `onSoon` is called when somebody begins to type, and will probably be signed in soon. */
function SignInForm({ onSignedIn, onSoon }: { readonly onSignedIn: (password: string) => void; readonly onSoon: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const setSession = useSetSession();
  const signIn = useMutation({
    mutationFn: async () => takeSession(await answer(api.POST("/api/v1/session", { body: { email: email.trim(), password } }))),
    onSuccess: (session) => {
      onSignedIn(password);
      setSession(session);
    },
  });
  const problem = signIn.error instanceof ProblemError ? signIn.error : null;
  return (
    <>
      <div>
        <h1>Sign in</h1>
        <p>Draw workflows, run them, see how they do.</p>
      </div>
      <form className={styles.form} noValidate onInput={onSoon} onSubmit={submitting(() => signIn.mutate())}>
        <Field label="Email" type="email" name="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} error={problem?.errorOf("email")} />
        <SecretField label="Password" name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} error={problem?.errorOf("password")} />
        {signIn.error && problem?.code !== "IL054" && <ErrorPanel error={signIn.error} />}
        <Button type="submit" look="primary" wide busy={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </>
  );
}

function ForcedChange({ once }: { readonly once: string | null }) {
  const setSession = useSetSession();
  return (
    <>
      <div>
        <h1>Choose your password</h1>
        <p>You signed in with a one-time password. Choose one that only you know.</p>
      </div>
      <ChangePasswordForm wide current="One-time password" known={once} action="Save and go on" onChanged={setSession} />
    </>
  );
}
