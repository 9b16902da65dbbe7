import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import { ProblemError } from "../api/problem";
import type { Credential } from "../api/types";
import { Button, Checkbox, Dialog, ErrorPanel, Field } from "../design";
import { takesHosts } from "./credentialKinds";
import styles from "./settings.module.css";

interface Props {
  readonly credential: Credential;
  readonly onClose: () => void;
}

/** Uses a credential once, as a node would, and shows what came of it. */
export function CredentialTestDialog({ credential, onClose }: Props) {
  const [url, setUrl] = useState("");
  const [privateAddresses, setPrivateAddresses] = useState(false);
  const needsUrl = takesHosts(credential.kind);
  const test = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/credentials/{credential_id}/test", {
          params: { path: { credential_id: credential.id } },
          body: { allow_private_addresses: privateAddresses, ...(needsUrl && { url }) },
        }),
      ),
  });
  const problem = test.error instanceof ProblemError ? test.error : null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Test ${credential.name}`}
      onSubmit={() => test.mutate()}
      foot={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="primary" busy={test.isPending} blocked={needsUrl && url === "" ? "Give an address first" : null}>
            Test
          </Button>
        </>
      }
    >
      <p className={styles.lead}>{needsUrl ? "Sends a GET with this credential, under the rules of HTTP_REQUEST." : "Connects with this credential, under the rules of SQL_QUERY."}</p>
      {needsUrl && <Field label="Address" placeholder="https://api.example.com/me" autoComplete="off" value={url} onChange={(event) => setUrl(event.target.value)} error={problem?.errorOf("url")} />}
      <Checkbox label="Allow private addresses" help="The operator of the server has to permit them as well." checked={privateAddresses} onChange={(event) => setPrivateAddresses(event.target.checked)} />
      {test.data && (
        <p role="status">
          <strong>{test.data.passed ? "Passed" : "Failed"}</strong>: {test.data.message}
          {test.data.hint && ` (${test.data.hint})`}
        </p>
      )}
      {test.error && <ErrorPanel error={test.error} />}
    </Dialog>
  );
}
