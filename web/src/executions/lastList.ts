let last = "";

/** The filter that the list of executions had last, as in its address: an execution leads back to it. */
export function rememberList(search: string): void {
  last = search;
}

export function lastList(): string {
  return last ? `/executions?${last}` : "/executions";
}
