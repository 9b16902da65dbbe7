/** A field of a credential in the form. */
export interface SecretInput {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly value: string;
  readonly help?: string;
}

export const OWN_KIND = "";

export const KINDS: readonly { readonly value: string; readonly label: string; readonly fields: readonly Omit<SecretInput, "value">[] }[] = [
  { value: "bearer", label: "Bearer token", fields: [{ name: "token", label: "Token", secret: true }] },
  {
    value: "basic",
    label: "User and password",
    fields: [
      { name: "username", label: "User", secret: false },
      { name: "password", label: "Password", secret: true },
    ],
  },
  {
    value: "header",
    label: "HTTP header",
    fields: [
      { name: "name", label: "Header", secret: false },
      { name: "value", label: "Value", secret: true },
    ],
  },
  { value: "postgres", label: "PostgreSQL", fields: [{ name: "dsn", label: "Connection address", secret: true, help: "postgresql://user:password@host/database" }] },
  { value: OWN_KIND, label: "A kind of your own", fields: [{ name: "", label: "Value", secret: true }] },
];

/** Whether nodes send credentials of a kind to a host that the credential has to allow. */
export function takesHosts(kind: string): boolean {
  return kind !== "postgres";
}

/** Whether there is a test for a kind: only other packages know how theirs are used. */
export function canBeTested(kind: string): boolean {
  return KINDS.some((item) => item.value === kind && item.value !== OWN_KIND);
}

/** Returns the fields of a kind. If a credential is replaced, their names are those that it has. */
export function fieldsOf(kind: string, names?: readonly string[]): SecretInput[] {
  const known = KINDS.find((item) => item.value === kind)?.fields ?? [];
  if (!names) return known.map((field) => ({ ...field, value: "" }));
  return names.map((name) => ({ ...(known.find((field) => field.name === name) ?? { name, label: name, secret: true }), value: "" }));
}
