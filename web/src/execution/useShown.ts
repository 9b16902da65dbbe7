import { useSearchParams } from "react-router";

const VIEWS = ["graph", "timeline", "history"];

/** The view that is shown, and the selected node and visit. They are part of the address, so that it can be passed on. */
export function useShown() {
  const [search, setSearch] = useSearchParams();
  const view = search.get("view") ?? "";
  return {
    view: VIEWS.includes(view) ? view : "graph",
    node: search.get("node"),
    assignment: search.get("assignment"),
    select: (node: string | null, assignment?: string) => {
      const next = new URLSearchParams(search);
      next.delete("node");
      next.delete("assignment");
      if (node !== null) next.set("node", node);
      if (assignment !== undefined) next.set("assignment", assignment);
      setSearch(next, { replace: true });
    },
  };
}
