import { lazy, Suspense } from "react";
import { cx } from "../../design";
import controls from "../../design/controls.module.css";
import { isTemplate, shown, type FieldProps } from "./fieldProps";
import { useForm } from "./formContext";
import { Frame, type ControlProps } from "./Frame";
import { InsertMenu } from "./InsertMenu";
import { isRendered } from "./isRendered";
import styles from "./inspector.module.css";

const ExpressionInput = lazy(() => import("../data/ExpressionInput"));

type TextInputProps = FieldProps & { readonly isLong: boolean; readonly isLine?: boolean; readonly isExpression: boolean; readonly onText?: ((text: string) => void) | undefined };

/** Text. Where it is an expression or is rendered, the field completes, and shows its value. */
export function TextInput(props: TextInputProps) {
  const { label, place, value, help, required, quiet, fallback, stays, isLong, isLine = false, isExpression, aside, onText } = props;
  const { change, readOnly, root, node } = useForm();
  const isActive = isExpression || isRendered(root, place);
  const text = shown(value);
  const set = onText ?? ((next: string) => change(place, next === "" && stays !== true ? undefined : next));
  const placeholder = fallback === undefined || fallback === null ? "" : shown(fallback);
  if (isLine)
    return (
      <Frame label={label} place={place} help={help} required={required} quiet={quiet} aside={aside}>
        {(control) => <input {...control} className={controls.input} readOnly={readOnly} autoCapitalize="off" value={text} placeholder={placeholder} onChange={(event) => set(event.target.value)} />}
      </Frame>
    );
  const box = { text, rows: isLong ? 6 : 1, isMono: isExpression || isLong || isTemplate(value), readOnly, placeholder, onChange: set };
  const isCondition = isExpression && place.at(-1) === "condition";
  return (
    <Frame label={label} place={place} help={help} required={required} quiet={quiet} aside={aside ?? (isActive && <InsertMenu place={place} isTemplate={!isExpression} />)}>
      {(control) =>
        isActive && node !== undefined ? (
          <Suspense fallback={<PlainText {...box} control={control} isExpression={isExpression} />}>
            <ExpressionInput {...box} control={control} node={node} place={place} label={label} use={isExpression ? "expression" : "template"} isCondition={isCondition} />
          </Suspense>
        ) : (
          <PlainText {...box} control={control} isExpression={isExpression} />
        )
      }
    </Frame>
  );
}

interface PlainTextProps {
  readonly control: ControlProps;
  readonly text: string;
  readonly rows: number;
  readonly isMono: boolean;
  readonly isExpression: boolean;
  readonly readOnly: boolean;
  readonly placeholder: string;
  readonly onChange: (text: string) => void;
}

function PlainText({ control, text, rows, isMono, isExpression, readOnly, placeholder, onChange }: PlainTextProps) {
  return (
    <span className={cx(styles.textBox, isExpression && styles.expression)}>
      <textarea
        {...control}
        className={cx(controls.input, isMono && styles.mono)}
        rows={rows}
        readOnly={readOnly}
        spellCheck={false}
        autoCapitalize="off"
        value={text}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value)}
      />
    </span>
  );
}
