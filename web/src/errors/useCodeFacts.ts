import { useQuery } from "@tanstack/react-query";
import type { CodeFacts } from "./codes";

/** What the list of errors says of a code; undefined for a code that an author chose. The list is loaded with the first error that is shown. */
export function useCodeFacts(code: string): CodeFacts | undefined {
  const list = useQuery({
    queryKey: ["error codes"],
    enabled: code !== "",
    networkMode: "always",
    staleTime: Infinity,
    queryFn: () => import("./codes").then(({ CODES }) => CODES),
  });
  return list.data?.get(code);
}
