import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./Button";
import styles from "./display.module.css";

export function CodeBlock({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  return (
    <div className={styles.code}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so it has to be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}

export function CopyButton({ text, label = "Copy" }: { readonly text: string | (() => string); readonly label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(typeof text === "string" ? text : text());
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <IconButton small label={copied ? "Copied" : label} onClick={() => void copy()}>
      {copied ? <Check size={14} /> : <Copy size={14} />}
    </IconButton>
  );
}

/** The clipboard API needs a secure page. Over plain HTTP from another machine the old way still works. */
export async function copyText(text: string): Promise<void> {
  if (globalThis.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else works on a page that is not secure
  document.execCommand("copy");
  area.remove();
}
