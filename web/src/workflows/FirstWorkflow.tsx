import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { Card } from "../design";
import { useMay } from "../session/session";
import { Starts } from "./Starts";

/** The three ways to a first workflow, as long as there is none. A page that knows that there is none says so. */
export default function FirstWorkflow({ isKnown = false }: { readonly isKnown?: boolean }) {
  const canEdit = useMay("workflows.write");
  const first = useQuery({
    queryKey: ["workflows", "first"],
    enabled: canEdit && !isKnown,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/workflows", { params: { query: { limit: 1 } }, signal })),
  });
  if (isKnown) return <Starts />;
  if (first.data?.items.length !== 0) return null;
  return (
    <Card flush>
      <Starts />
    </Card>
  );
}
