import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { cx } from "../../design";
import controls from "../../design/controls.module.css";
import { typedNumber } from "../../json/exactNumber";
import { sameJson } from "../definition/sameJson";
import type { Place } from "../definition/place";
import type { Json } from "../definition/types";
import { Choice } from "./Choice";
import { useForm } from "./formContext";
import { isTemplate, shown, type FieldProps } from "./fieldProps";
import { Frame, type ControlProps } from "./Frame";
import styles from "./inspector.module.css";
import { TextInput } from "./TextInput";
import { parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";

/** A number, or a template that gives one. While the user types, the text stays as typed. */
export function NumberInput(props: FieldProps & { readonly isWhole: boolean }) {
  const { label, place, value, help, required, quiet, fallback, stays, isWhole, aside } = props;
  return (
    <Frame label={label} place={place} help={help} required={required} quiet={quiet} aside={aside}>
      {(control) => <NumberControl control={control} place={place} value={value} isWhole={isWhole} fallback={fallback} stays={stays} />}
    </Frame>
  );
}

export function NumberControl({ control, place, value, isWhole, fallback, stays }: { readonly control: ControlProps | { "aria-label": string; "data-place": string }; readonly place: Place; readonly value: Json | undefined; readonly isWhole: boolean; readonly fallback?: Json | undefined; readonly stays?: boolean | undefined }) {
  const { change, readOnly } = useForm();
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed !== null && sameNumber(typed, value) ? typed : shown(value);
  return (
    <input
      {...control}
      className={cx(controls.input, isTemplate(value) && styles.mono)}
      inputMode={isWhole ? "numeric" : "decimal"}
      readOnly={readOnly}
      value={text}
      placeholder={shown(fallback)}
      onChange={(event) => {
        setTyped(event.target.value);
        change(place, numberOr(event.target.value) ?? (stays === true ? "" : undefined));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

function numberOr(text: string): Json | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  return typedNumber(trimmed) ?? text;
}

function sameNumber(text: string, value: Json | undefined): boolean {
  return sameJson(numberOr(text), value);
}

/** True or false, or a template that gives it. */
export function BooleanInput({ label, place, value, help, required, quiet, fallback, aside }: FieldProps) {
  const { change, readOnly } = useForm();
  if (typeof value === "string") return <TextInput label={label} place={place} value={value} help={help} required={required} quiet={quiet} isLong={false} isExpression={false} />;
  const isOn = value ?? fallback ?? false;
  return (
    <Frame label={label} place={place} help={help} required={required} quiet aside={aside}>
      {(control) => (
        <label className={styles.switch} htmlFor={control.id}>
          <input
            {...control}
            type="checkbox"
            role="switch"
            checked={isOn === true}
            disabled={readOnly}
            onChange={(event) => change(place, event.target.checked === (fallback ?? null) && value !== undefined ? undefined : event.target.checked)}
          />
          <span>{label}</span>
        </label>
      )}
    </Frame>
  );
}

export function EnumInput({ label, place, value, help, required, quiet, fallback, options, isNullable, aside }: FieldProps & { readonly options: readonly Json[]; readonly isNullable: boolean }) {
  const { change, readOnly } = useForm();
  const known = value === undefined || value === null || options.some((option) => sameJson(option, value));
  const none = fallback === undefined || fallback === null ? (required === true && !isNullable ? "Choose…" : "None") : `${shown(fallback)} (default)`;
  return (
    <Frame label={label} place={place} help={help} required={required} quiet={quiet} aside={aside}>
      {(control) => (
        <Choice {...control} disabled={readOnly} value={value === undefined || value === null ? "" : writeJson(value)} onChange={(event) => change(place, event.target.value === "" ? undefined : (parseJson(event.target.value)))}>
          <option value="">{none}</option>
          {!known && <option value={writeJson(value)}>{shown(value)}</option>}
          {options
            .filter((option) => option !== fallback || value === option)
            .map((option) => (
              <option key={writeJson(option)} value={writeJson(option)}>
                {shown(option)}
              </option>
            ))}
        </Choice>
      )}
    </Frame>
  );
}

/** The name of a stored credential: chosen from a list, or typed. */
export function CredentialInput(props: FieldProps) {
  const { label, place, value, help, required, quiet } = props;
  const { change, readOnly } = useForm();
  const { data } = useQuery({ queryKey: ["credentials", "names"], retry: false, queryFn: () => answer(api.GET("/api/v1/credentials", { params: { query: { limit: 200 } } })) });
  return (
    <Frame label={label} place={place} help={help ?? "The name of a credential, as in Settings."} required={required} quiet={quiet}>
      {(control) => (
        <>
          <input {...control} className={controls.input} list={`${control.id}-list`} readOnly={readOnly} value={shown(value)} onChange={(event) => change(place, event.target.value === "" ? undefined : event.target.value)} />
          <datalist id={`${control.id}-list`}>
            {data?.items.map((item) => (
              <option key={item.id} value={item.name}>
                {item.kind}
              </option>
            ))}
          </datalist>
        </>
      )}
    </Frame>
  );
}
