import type { UseMutationResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemError } from "../api/problem";
import type { Role } from "../api/types";
import { Button, Dialog, ErrorPanel, Select } from "../design";
import { ROLES } from "./roles";

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly action: string;
  /** What the form does. An error that belongs to no field is shown below the fields. */
  readonly saving: Pick<UseMutationResult<unknown, Error, void>, "error" | "isPending" | "mutate">;
  readonly children: (errorOf: (field: string) => string | undefined) => ReactNode;
}

/** A form that adds one item to a list. */
export function FormDialog({ open, onClose, title, action, saving, children }: Props) {
  const problem = saving.error instanceof ProblemError ? saving.error : null;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      onSubmit={() => saving.mutate()}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={saving.isPending}>
            {action}
          </Button>
        </>
      }
    >
      {children((field) => problem?.errorOf(field))}
      {problem?.code !== "IL054" && saving.error && <ErrorPanel error={saving.error} />}
    </Dialog>
  );
}

export function RoleField({ role, onChange }: { readonly role: Role; readonly onChange: (role: Role) => void }) {
  return (
    <Select label="Role" value={role} onChange={(event) => onChange(event.target.value as Role)} help={ROLES.find((item) => item.value === role)?.help}>
      {ROLES.map((item) => (
        <option key={item.value} value={item.value}>
          {item.label}
        </option>
      ))}
    </Select>
  );
}
