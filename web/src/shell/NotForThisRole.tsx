import { Lock } from "lucide-react";
import { ButtonLink, EmptyState } from "../design";
import { useSession } from "../session/session";
import { ROLES } from "../settings/roles";
import type { Place } from "./navigation";
import { Page } from "./Page";

/** Shown instead of a page that the role of the user does not allow. */
export function NotForThisRole({ place }: { readonly place: Place }) {
  const { user } = useSession();
  const role = ROLES.find(({ value }) => value === user.role);
  return (
    <Page title={place.label}>
      <EmptyState icon={Lock} title="Your role does not include this page" actions={<ButtonLink to="/settings/account">Account</ButtonLink>}>
        You are signed in as {role?.label ?? user.role}. {role?.help} An admin can give you another role.
      </EmptyState>
    </Page>
  );
}
