import { useEffect, useEffectEvent } from "react";
import { useToasts } from "../design";
import { singleKeysAreOn } from "../shell/singleKeys";
import type { CommandContext } from "./commands/command";
import { nameOfKeys } from "./commands/keys";
import { commandFor } from "./commands/registry";
import { copied, pasteText, removeSelected } from "./draft/actions";
import { useBuilder, useBuilderStore } from "./draft/store";
import { useViewStore } from "./view/viewStore";

/** The keys of the commands. A field keeps its own keys, but undo always works on the draft, which includes what was typed. */
export function useShortcuts(context: CommandContext): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (isElsewhere(event)) return;
    const command = commandFor(nameOfKeys(event), context, { isTyping: isWriting(event), singleKeys: singleKeysAreOn() });
    if (command === null) return;
    event.preventDefault();
    command.run(context);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => press(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

/** Copy, cut and paste with the browser's own events: they need no permission and work between tabs. */
export function useClipboard(): void {
  const store = useBuilderStore();
  const view = useViewStore();
  const toasts = useToasts();
  const canEdit = useBuilder((state) => state.canEdit);
  const copy = useEffectEvent((event: ClipboardEvent) => {
    const text = isElsewhere(event) || isWriting(event) || hasTextSelected() ? null : copied(store);
    if (text === null) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", text);
    event.clipboardData?.setData("application/json", text);
    if (event.type === "cut" && canEdit) removeSelected(store);
  });
  const paste = useEffectEvent((event: ClipboardEvent) => {
    if (!canEdit || isElsewhere(event) || isWriting(event)) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text.trim() === "") return;
    event.preventDefault();
    void pasteText(store, text, view.get().canvas?.sight() ?? null).then((refusal) => {
      if (refusal !== null) toasts.failed("Nothing was pasted", refusal.message);
    });
  });
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => copy(event);
    const onPaste = (event: ClipboardEvent) => paste(event);
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, []);
}

/** Whether the focus is in a dialog, a menu or the text editor, which have keys of their own. */
function isElsewhere(event: Event): boolean {
  const [target] = event.composedPath();
  return target instanceof Element && (target.closest("dialog, [role=dialog], [role=menu], [role=tablist]") !== null || target.closest(".cm-editor") !== null);
}

function isWriting(event: Event): boolean {
  const [target] = event.composedPath();
  return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true]") !== null;
}

function hasTextSelected(): boolean {
  return (globalThis.getSelection()?.toString() ?? "") !== "";
}
