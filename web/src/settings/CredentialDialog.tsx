import { useMutation } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { answer, api } from "../api/client";
import { ProblemError } from "../api/problem";
import type { Credential } from "../api/types";
import { Button, Dialog, ErrorPanel, Field, IconButton, SecretField, Select } from "../design";
import { fieldsOf, KINDS, OWN_KIND, type SecretInput, takesHosts } from "./credentialKinds";
import styles from "./settings.module.css";

interface Props {
  /** The credential to replace; null for a new one. */
  readonly credential: Credential | null;
  readonly onClose: () => void;
  readonly onSaved: (credential: Credential) => void;
}

/** Writes a credential. Its values are never shown, so replacing it means filling in all fields again. */
export function CredentialDialog({ credential, onClose, onSaved }: Props) {
  const [name, setName] = useState(credential?.name ?? "");
  const [kind, setKind] = useState(credential?.kind ?? "bearer");
  const [ownKind, setOwnKind] = useState("");
  const [description, setDescription] = useState(credential?.description ?? "");
  const before = (credential?.allowed_hosts ?? []).join(", ");
  const [hosts, setHosts] = useState(before);
  const [inputs, setInputs] = useState<readonly SecretInput[]>(() => fieldsOf(credential?.kind ?? "bearer", credential?.field_names));
  const filled = inputs.some((input) => input.value !== "");

  const save = useMutation({
    mutationFn: () => {
      const allowed_hosts = hosts.split(/[\s,]+/).filter((host) => host !== "");
      const fields = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
      if (!credential)
        return answer(api.POST("/api/v1/credentials", { body: { name, kind: kind === OWN_KIND ? ownKind : kind, description, fields, ...(takesHosts(kind) && { allowed_hosts }) } }));
      return answer(
        api.PATCH("/api/v1/credentials/{credential_id}", {
          params: { path: { credential_id: credential.id } },
          body: { description, ...(hosts !== before && { allowed_hosts }), ...(filled && { fields }) },
        }),
      );
    },
    onSuccess: onSaved,
  });
  const problem = save.error instanceof ProblemError ? save.error : null;
  const change = (at: number, next: Partial<SecretInput>) => setInputs(inputs.map((input, index) => (index === at ? { ...input, ...next } : input)));
  const missing = !credential && inputs.some((input) => input.value === "") ? "Fill in all fields first" : null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={credential ? `Replace ${credential.name}` : "Add credential"}
      onSubmit={() => save.mutate()}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending} blocked={missing}>
            Save
          </Button>
        </>
      }
    >
      {!credential && (
        <div className={styles.pair}>
          <Field label="Name" help="As nodes name it: letters, digits, dots, dashes." autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} error={problem?.errorOf("name")} />
          <Select
            label="Kind"
            value={kind}
            onChange={(event) => {
              setKind(event.target.value);
              setInputs(fieldsOf(event.target.value));
            }}
          >
            {KINDS.map((item) => (
              <option key={item.value} value={item.value}>
                {item.label}
              </option>
            ))}
          </Select>
        </div>
      )}
      {!credential && kind === OWN_KIND && <Field label="Name of the kind" help="Small letters, digits, underscores." value={ownKind} onChange={(event) => setOwnKind(event.target.value)} error={problem?.errorOf("kind")} />}
      <Field label="Description" autoComplete="off" value={description} onChange={(event) => setDescription(event.target.value)} error={problem?.errorOf("description")} />
      <div className={styles.fields}>
        {credential && <p className={styles.lead}>Leave all empty to keep what is there. To replace it, fill in all of them.</p>}
        {inputs.map((input, at) => (
          // New fields have no name yet that could be their key.
          <div key={at} className={kind === OWN_KIND && !credential ? styles.custom : undefined}>
            {kind === OWN_KIND && !credential && <Field label="Field" autoComplete="off" value={input.name} onChange={(event) => change(at, { name: event.target.value })} />}
            {input.secret ? (
              <SecretField label={kind === OWN_KIND && !credential ? "Value" : input.label} autoComplete="new-password" value={input.value} onChange={(event) => change(at, { value: event.target.value })} help={input.help} error={problem?.errorOf(`fields.${input.name}`)} />
            ) : (
              <Field label={input.label} autoComplete="off" value={input.value} onChange={(event) => change(at, { value: event.target.value })} help={input.help} error={problem?.errorOf(`fields.${input.name}`)} />
            )}
            {kind === OWN_KIND && !credential && (
              <IconButton label="Remove field" blocked={inputs.length === 1 ? "One has to stay" : null} onClick={() => setInputs(inputs.filter((_, index) => index !== at))}>
                <Trash2 size={14} />
              </IconButton>
            )}
          </div>
        ))}
        {kind === OWN_KIND && !credential && (
          <div>
            <Button small onClick={() => setInputs([...inputs, ...fieldsOf(OWN_KIND)])}>
              <Plus size={13} aria-hidden="true" />
              Another field
            </Button>
          </div>
        )}
      </div>
      {takesHosts(kind) && (
        <Field
          label="May be sent to"
          help={
            credential
              ? "Hosts, with commas between: api.example.com, *.example.com. To add one, fill in the values again; an admin need not."
              : "Hosts, with commas between: api.example.com, *.example.com. With * a user who chooses an address receives the secret."
          }
          autoComplete="off"
          value={hosts}
          onChange={(event) => setHosts(event.target.value)}
          error={problem?.errorOf("allowed_hosts")}
        />
      )}
      {save.error && <ErrorPanel error={save.error} />}
    </Dialog>
  );
}
