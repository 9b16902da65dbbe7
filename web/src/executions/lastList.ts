let last = "";

/** How the list of executions was filtered when it was looked at last, as in its address: an execution leads back to that. */
export function rememberList(search: string): void {
  last = search;
}

export function lastList(): string {
  return last ? `/executions?${last}` : "/executions";
}
