import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useEffectEvent, useRef } from "react";
import type { TextProblem } from "../definition/text";
import { smallestChange } from "./sync";
import styles from "./text.module.css";

interface CodeEditorProps {
  readonly label: string;
  readonly syntax: "json" | "yaml";
  readonly text: string;
  /** The part that cannot be read; it is underlined. */
  readonly problem: TextProblem | null;
  readonly readOnly: boolean;
  readonly onChange: (text: string) => void;
}

/** Marks a change from outside, which is not reported to `onChange`. */
const fromOutside = Annotation.define<boolean>();

/**
 * CodeMirror in a shadow root: its styles are constructed sheets there, which a policy without inline style elements allows.
 * Custom properties are inherited into it, so it has the colours of the page.
 */
export default function CodeEditor({ label, syntax, text, problem, readOnly, onChange }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const tell = useEffectEvent(onChange);
  const begin = useEffectEvent(() => text);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: begin(),
        extensions: [
          lintGutter(),
          lineNumbers(),
          foldGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          syntaxHighlighting(COLOURS),
          syntax === "json" ? json() : yaml(),
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap, indentWithTab]),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((transaction) => transaction.annotation(fromOutside) === true)) tell(update.state.doc.toString());
          }),
          EditorView.lineWrapping,
          LOOK,
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [label, syntax, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const change = smallestChange(editor.state.doc.toString(), text);
    if (change !== null) editor.dispatch({ changes: change, annotations: fromOutside.of(true) });
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null) return;
    const end = editor.state.doc.length;
    const from = Math.min(problem?.at ?? 0, end);
    const to = Math.min(end, Math.max(from + 1, editor.state.doc.lineAt(from).to));
    editor.dispatch(setDiagnostics(editor.state, problem === null || problem.at === null ? [] : [{ from, to, severity: "error", message: problem.problem }]));
  }, [problem, text]);

  return <div ref={host} className={styles.editor} />;
}

const LOOK = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "12px" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-3)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--text) 4%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 28%, transparent)" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--waiting) 26%, transparent)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--failed) 1px", textUnderlineOffset: "3px" },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-gutter-lint .cm-lint-marker": { width: "10px", height: "10px", content: "none", borderRadius: "50%", backgroundColor: "var(--failed)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--border)", borderRadius: "6px" },
  ".cm-diagnostic": { borderLeft: "3px solid var(--failed)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "1px solid var(--border)", color: "var(--text-2)" },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent-text)" },
  { tag: tags.string, color: "var(--completed-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--running-text)" },
  { tag: tags.comment, color: "var(--text-3)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: "var(--text-2)" },
]);
