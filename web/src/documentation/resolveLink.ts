/** Where a link of a page leads: to another page, to a place on the web, or nowhere in the product. */

import { addressOf, PAGES } from "./pages";

export function resolveLink(from: string, link: string): { readonly to: string; readonly isOutside: boolean } | null {
  if (/^https?:\/\//.test(link)) return { to: link, isOutside: true };
  if (/^[a-z][a-z+.-]*:/i.test(link)) return null;
  const [file = "", anchor = ""] = link.split("#");
  const path = file === "" ? from : joined(from, file).replace(/\.md$/, "");
  return PAGES.some((page) => page.path === path) ? { to: addressOf(path, anchor), isOutside: false } : null;
}

/** Returns a path that is written relative to the folder of another one. */
function joined(from: string, file: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of file.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
