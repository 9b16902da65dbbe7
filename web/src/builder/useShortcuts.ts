import { useEffect, useEffectEvent } from "react";
import { useToasts } from "../design";
import { copied, duplicate, pasteText, removeSelected, select, selectAll } from "./draft/actions";
import { stepBack, stepForth, tidy, useBuilder, useBuilderStore } from "./draft/store";

type Actions = Readonly<Partial<Record<string, () => void>>>;

interface Shortcuts {
  readonly onSave: () => void;
  readonly onAdd: () => void;
  readonly onHelp: () => void;
}

/** The keys of the builder. A field keeps its own keys, but undo always works on the draft, which includes what was typed. */
export function useShortcuts({ onSave, onAdd, onHelp }: Shortcuts): void {
  const store = useBuilderStore();
  const canEdit = useBuilder((state) => state.canEdit);
  const actionOf = (event: KeyboardEvent): (() => void) | null => {
    const key = event.key.toLowerCase();
    const isCommand = event.ctrlKey || event.metaKey;
    const name = `${isCommand ? "ctrl " : ""}${event.shiftKey && (isCommand || key === "l") ? "shift " : ""}${key}`;
    const anywhere: Actions = canEdit ? { "ctrl s": onSave, "ctrl z": () => stepBack(store), "ctrl shift z": () => stepForth(store), "ctrl y": () => stepForth(store) } : {};
    const outside: Actions = { "ctrl a": () => selectAll(store), escape: () => select(store, []), "?": onHelp };
    const editing: Actions = { "ctrl d": () => void duplicate(store), delete: () => removeSelected(store), backspace: () => removeSelected(store), n: onAdd, "shift l": () => tidy(store) };
    return anywhere[name] ?? (isWriting(event) || event.altKey ? null : (outside[name] ?? (canEdit ? (editing[name] ?? null) : null)));
  };
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (isElsewhere(event)) return;
    const run = actionOf(event);
    if (run === null) return;
    event.preventDefault();
    run();
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
    void pasteText(store, text).then((refusal) => {
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
  return target instanceof Element && (target.closest("dialog, [role=menu], [role=tablist]") !== null || target.closest(".cm-editor") !== null);
}

function isWriting(event: Event): boolean {
  const [target] = event.composedPath();
  return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true]") !== null;
}

function hasTextSelected(): boolean {
  return (globalThis.getSelection()?.toString() ?? "") !== "";
}
