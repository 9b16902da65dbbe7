import { Compass } from "lucide-react";
import { ButtonLink, EmptyState } from "../design";
import { TabTitle } from "./TabTitle";

/** Every address that no page has. */
export default function NotFound() {
  return (
    <>
      <TabTitle of="Not found" />
      <EmptyState icon={Compass} title="There is no such page" actions={<ButtonLink to="/">Overview</ButtonLink>}>
        The address may be mistyped, or what was here is gone.
      </EmptyState>
    </>
  );
}
