/** The pages of the documentation that help a user, as they are in `docs/`. Imported only when somebody reads or searches them. */

const FILES = import.meta.glob<string>(["../../../docs/{concepts,reference,how-to}/*.md", "../../../docs/{errors,patterns,states}.md"], { query: "?raw", import: "default", eager: true });

export interface DocumentationPage {
  /** `reference/nodes` */
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

const GROUPS = ["concepts", "how-to", "reference", ""];
/** Read these first. */
const FIRST = ["concepts/overview", "reference/nodes", "reference/expressions", "reference/definition"];

const rank = (path: string): number => GROUPS.indexOf(groupOf(path)) * 100 + (FIRST.includes(path) ? FIRST.indexOf(path) : 50);

/** Returns the folder of a page. */
export const groupOf = (path: string): string => (path.includes("/") ? path.replace(/\/.*$/, "") : "");

export const PAGES: readonly DocumentationPage[] = Object.entries(FILES)
  .map(([file, text]) => ({ path: file.replace(/^.*\/docs\//, "").replace(/\.md$/, ""), title: /^# (.*)$/m.exec(text)?.[1] ?? "", text }))
  .sort((one, other) => rank(one.path) - rank(other.path) || one.path.localeCompare(other.path));

export const addressOf = (path: string, anchor = ""): string => `/documentation/${path}${anchor === "" ? "" : `#${anchor}`}`;
