import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState, type DragEvent, type KeyboardEvent } from "react";
import { cx } from "../../design";
import controls from "../../design/controls.module.css";
import type { Place } from "../definition/place";
import type { NodeDefinition } from "../definition/types";
import { useBuilderStore } from "../draft/store";
import type { ControlProps } from "../inspector/Frame";
import inspector from "../inspector/inspector.module.css";
import { completionAt, type Completion, type Option } from "./completion";
import { CompletionList } from "./CompletionList";
import { PATH_TYPE } from "./dragging";
import { useKnown, useParts } from "./evaluating";
import { leaveField, setFocusedField, type FocusedField } from "./focusedField";
import { insertPath, type Use } from "./insertion";
import { LiveValue } from "./LiveValue";
import styles from "./data.module.css";

export interface ExpressionInputProps {
  readonly control: ControlProps;
  readonly node: NodeDefinition;
  readonly place: Place;
  readonly label: string;
  readonly use: Use;
  /** The value counts as true or false. */
  readonly isCondition: boolean;
  readonly text: string;
  readonly rows: number;
  readonly isMono: boolean;
  readonly readOnly: boolean;
  readonly placeholder: string;
  readonly onChange: (text: string) => void;
}

interface Opened {
  readonly completion: Completion;
  readonly active: number;
}

/** A field for an expression or a template: it completes, takes values that are picked or dragged, and shows its own value. */
export default function ExpressionInput(props: ExpressionInputProps) {
  const { control, node, label, use, text, rows, isMono, readOnly, placeholder, onChange } = props;
  const box = useRef<HTMLTextAreaElement>(null);
  const cursor = useRef<number | null>(null);
  const list = useId();
  const [hasFocus, setHasFocus] = useState(false);
  const [opened, setOpened] = useState<Opened | null>(null);
  const known = useKnown(node.id, hasFocus);
  const parts = useParts(hasFocus);
  useLayoutEffect(() => {
    if (cursor.current === null) return;
    box.current?.setSelectionRange(cursor.current, cursor.current);
    cursor.current = null;
  }, [text]);

  const put = useCallback(
    (next: string, at: number) => {
      cursor.current = at;
      onChange(next);
      box.current?.focus();
    },
    [onChange],
  );
  const focused = useFocus(box, label, use, put);
  const complete = (value: string, at: number, isAsked = false) => {
    const completion = readOnly ? null : completionAt(value, at, use, known, parts, isAsked);
    setOpened(completion && { completion, active: 0 });
  };
  const accept = (option: Option) => {
    if (opened === null) return;
    const { from, to } = opened.completion;
    setOpened(null);
    put(text.slice(0, from) + option.insert + text.slice(to), from + option.insert.length - option.back);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if ((event.ctrlKey || event.metaKey) && event.key === " ") {
      event.preventDefault();
      complete(text, event.currentTarget.selectionStart, true);
    } else if (opened !== null && handled(event.key)) event.preventDefault();
  };
  const handled = (key: string): boolean => {
    if (opened === null) return false;
    const { options } = opened.completion;
    const option = options[opened.active];
    if (key === "ArrowDown" || key === "ArrowUp") setOpened({ ...opened, active: (opened.active + (key === "ArrowDown" ? 1 : options.length - 1)) % options.length });
    else if (key === "Escape") setOpened(null);
    else if ((key === "Enter" || key === "Tab") && option) accept(option);
    else return false;
    return true;
  };
  const onDrop = (event: DragEvent<HTMLTextAreaElement>) => {
    const path = event.dataTransfer.getData(PATH_TYPE);
    if (path === "" || readOnly) return;
    event.preventDefault();
    const at = dropPosition(event) ?? text.length;
    const made = insertPath(text, at, at, path, use);
    put(made.text, made.cursor);
  };
  return (
    <>
      <span className={cx(inspector.textBox, use === "expression" && inspector.expression, styles.field)}>
        <textarea
          {...control}
          ref={box}
          className={cx(controls.input, isMono && inspector.mono)}
          rows={rows}
          readOnly={readOnly}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-autocomplete="list"
          aria-controls={opened ? list : undefined}
          aria-activedescendant={opened ? `${list}-${opened.active}` : undefined}
          value={text}
          placeholder={placeholder}
          onChange={(event) => {
            onChange(event.target.value);
            complete(event.target.value, event.target.selectionStart);
          }}
          onKeyDown={onKeyDown}
          onFocus={() => {
            setHasFocus(true);
            focused();
          }}
          onBlur={() => {
            setHasFocus(false);
            setOpened(null);
          }}
          onDragOver={(event) => event.dataTransfer.types.includes(PATH_TYPE) && event.preventDefault()}
          onDrop={onDrop}
        />
        {opened && <CompletionList id={list} options={opened.completion.options} active={opened.active} onChoose={accept} />}
      </span>
      <LiveValue {...props} hasFocus={hasFocus} />
    </>
  );
}

/** Returns what makes this the field that picked values go into. */
function useFocus(box: React.RefObject<HTMLTextAreaElement | null>, label: string, use: Use, put: (text: string, cursor: number) => void): () => void {
  const store = useBuilderStore();
  const field = useRef<FocusedField | null>(null);
  const insert = useCallback(
    (path: string) => {
      const element = box.current;
      if (element === null) return;
      const made = insertPath(element.value, element.selectionStart, element.selectionEnd, path, use);
      put(made.text, made.cursor);
    },
    [box, use, put],
  );
  useEffect(() => () => leaveField(store, field.current), [store]);
  return () => {
    field.current = { label, insert };
    setFocusedField(store, field.current);
  };
}

/** Where in the text the mouse is, if the browser says so. */
function dropPosition(event: DragEvent<HTMLTextAreaElement>): number | null {
  const found = (document as { caretPositionFromPoint?: (x: number, y: number) => { offsetNode: Node; offset: number } | null }).caretPositionFromPoint?.(event.clientX, event.clientY);
  return found && found.offsetNode === event.currentTarget ? found.offset : null;
}
