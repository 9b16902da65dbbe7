/** Returns where the expression begins in which a position of a template is, or null if it is in plain text. An expression need not be closed yet. */
export function openAt(text: string, position: number): number | null {
  for (let at = text.indexOf("{{"); at >= 0 && at + 2 <= position; ) {
    const end = closingAt(text, at + 2, position);
    if (end === null) return at + 2;
    at = text.indexOf("{{", end);
  }
  return null;
}

/** Returns where an expression ends, behind its `}}`; null if that is not before the position. */
function closingAt(text: string, start: number, position: number): number | null {
  let quote = "";
  let depth = 0;
  for (let at = start; at < text.length && at < position; at += 1) {
    const sign = text.charAt(at);
    if (quote !== "") {
      if (sign === "\\") at += 1;
      else if (sign === quote) quote = "";
    } else if (sign === '"' || sign === "'") quote = sign;
    else if ("([{".includes(sign)) depth += 1;
    else if (sign === "}" && depth === 0) return text.charAt(at + 1) === "}" && at + 1 < position ? at + 2 : null;
    else if (")]}".includes(sign)) depth -= 1;
  }
  return null;
}
