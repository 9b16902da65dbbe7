import { SquareFunction } from "lucide-react";
import { useState, type ReactNode } from "react";
import { IconButton } from "../../design";
import { isTemplate, type FieldProps } from "./fieldProps";
import { useForm } from "./formContext";
import { asExpression, asValue, loneExpression } from "./literals";
import { TextInput } from "./TextInput";

interface EitherFieldProps {
  readonly field: FieldProps;
  /** The control for a value. */
  readonly children: (field: FieldProps) => ReactNode;
}

/** A value, or an expression that gives it: one toggle beside the label. */
export function EitherField({ field, children }: EitherFieldProps) {
  const { readOnly, change } = useForm();
  const [isChosen, setIsChosen] = useState(() => isTemplate(field.value));
  const isExpression = isChosen || isTemplate(field.value);
  const turn = () => {
    const next = isExpression ? asValue(field.value) : asExpression(field.value);
    if (next !== undefined || isTemplate(field.value)) change(field.place, next ?? (field.stays === true ? "" : undefined));
    setIsChosen(!isExpression);
  };
  const aside = readOnly ? undefined : (
    <IconButton small label={isExpression ? `${field.label}: use a value` : `${field.label}: use an expression`} aria-pressed={isExpression} onClick={turn}>
      <SquareFunction size={14} />
    </IconButton>
  );
  return isExpression ? <Expression field={field} aside={aside} /> : children({ ...field, aside });
}

/** The expression without its braces; a template that is more than one expression, as it is. */
function Expression({ field, aside }: { readonly field: FieldProps; readonly aside: ReactNode }) {
  const form = useForm();
  const inner = loneExpression(field.value);
  const isMore = inner === null && isTemplate(field.value);
  const text = isMore ? field.value : inner === null ? (field.value ?? "") : inner;
  return <TextInput {...field} value={text} aside={aside} isLong={false} isExpression={!isMore} onText={isMore ? undefined : (next) => form.change(field.place, next.trim() === "" ? undefined : `{{ ${next} }}`)} />;
}
