/** Names that people see: of nodes, ports and tags. */

const UNSEEN =
  "\\x00-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb";
const BLANK = " \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000";

/** The pattern of the server, character by character; a test compares the two. */
export const VISIBLE = `^[^${BLANK}${UNSEEN}\\u200c\\u200d\\ufe00-\\ufe0f]([^${UNSEEN}]*[^${BLANK}${UNSEEN}\\u200c\\u200d])?$`;
const FORM = new RegExp(VISIBLE, "u");

/** Returns what is wrong with a name, or null. An empty one is none: then the id is shown. */
export function nameProblem(name: string): string | null {
  if (name === "" || FORM.test(name)) return null;
  return "Write a name that can be seen: no blanks at its ends, and no invisible characters.";
}
