import { fieldOf } from "../../json/fieldOf";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button, IconButton, Prose } from "../../design";
import controls from "../../design/controls.module.css";
import { cx } from "../../design";
import { placeKey, type Place } from "../definition/place";
import { startingParameters } from "../definition/commands/addNode";
import { jsonProblem, parseJson } from "../../json/parseJson";
import { resolved } from "../definition/nodeTypes";
import { isList, isObject, type Json, type JsonObject } from "../definition/types";
import { ErrorLine, Frame } from "./Frame";
import { Choice } from "./Choice";
import { useFieldError, useForm } from "./formContext";
import { EitherField } from "./EitherField";
import { isTemplate, type FieldProps } from "./fieldProps";
import { BooleanInput, CredentialInput, EnumInput, NumberInput } from "./scalars";
import { TextInput } from "./TextInput";
import { isRendered } from "./isRendered";
import { convert, kindOfValue, labelOf, wantedBy, type ValueKind, type Wanted } from "./schemaKind";
import styles from "./inspector.module.css";
import { writeJson } from "../../json/writeJson";

interface SchemaFieldProps {
  readonly name: string;
  readonly schema: Json | undefined;
  readonly place: Place;
  readonly value: Json | undefined;
  readonly required?: boolean;
  /** A label to use instead of the one made from the name. */
  readonly label?: string | undefined;
  readonly quiet?: boolean;
  readonly stays?: boolean;
}

/** The control for one value, by its schema. A value whose schema is not understood is edited as a free value, so everything can be edited. */
export function SchemaField({ name, schema, place, value, required, label, quiet, stays }: SchemaFieldProps): ReactNode {
  const { root } = useForm();
  const wanted = wantedBy(root, schema, name);
  const field: FieldProps = { label: label ?? labelOf(name), place, value, help: textOf(wanted.schema.description), required, quiet, stays, fallback: wanted.schema.default };
  return <Control wanted={wanted} field={field} />;
}

const textOf = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);

function Control({ wanted, field }: { readonly wanted: Wanted; readonly field: FieldProps }): ReactNode {
  const { kind } = wanted;
  const isOther = typeof field.value === "string" && field.value.includes("{{");
  switch (kind.kind) {
    case "enum":
      return <Either field={field}>{(plain) => <EnumInput {...plain} options={kind.options} isNullable={wanted.isNullable} />}</Either>;
    case "boolean":
      return <Either field={field}>{(plain) => <BooleanInput {...plain} />}</Either>;
    case "number":
      return <Either field={field}>{(plain) => <NumberInput {...plain} isWhole={kind.isWhole} />}</Either>;
    case "text":
      return isPlain(field.value) ? <TextInput {...field} isLong={kind.isLong} isLine={kind.isLine && !isOther} isExpression={false} /> : <AnyField field={field} allowed={ANYTHING} />;
    case "expression":
      return <TextInput {...field} isLong={false} isExpression />;
    case "credential":
      return <CredentialInput {...field} />;
    case "list":
      return field.value === undefined || field.value === null || isList(field.value) ? <ListField field={field} items={kind.items} /> : <AnyField field={field} allowed={ANYTHING} />;
    case "object":
      return isUsual(field.value) ? <ObjectField field={field} properties={kind.properties} required={kind.required} /> : <AnyField field={field} allowed={ANYTHING} />;
    case "map":
      return isUsual(field.value) ? <MapField field={field} values={kind.values} /> : <AnyField field={field} allowed={ANYTHING} />;
    case "any":
      return <Free field={field} allowed={kind.allowed} />;
  }
}

/** A number that may come as text is a number or an expression where text is rendered. Every other mixture is a free value. */
function Free({ field, allowed }: { readonly field: FieldProps; readonly allowed: readonly ValueKind[] }) {
  const { root } = useForm();
  const isNumber = allowed.includes("number") && allowed.includes("text") && allowed.every((kind) => ["number", "text", "null"].includes(kind));
  const fits = field.value === undefined || field.value === null || kindOfValue(field.value) === "number" || isTemplate(field.value);
  if (!isNumber || !fits || !isRendered(root, field.place)) return <AnyField field={field} allowed={allowed} />;
  return <Either field={field}>{(plain) => <NumberInput {...plain} isWhole={false} />}</Either>;
}

/** Where templates are rendered, a value can also be an expression. */
function Either({ field, children }: { readonly field: FieldProps; readonly children: (field: FieldProps) => ReactNode }) {
  const { root } = useForm();
  if (!isRendered(root, field.place)) return children(field);
  return <EitherField field={field}>{children}</EitherField>;
}

const ANYTHING: readonly ValueKind[] = ["text", "number", "boolean", "null", "list", "object"];
const isPlain = (value: Json | undefined): boolean => value === undefined || value === null || typeof value !== "object";
const isUsual = (value: Json | undefined): boolean => value === undefined || value === null || isObject(value);

function Group({ field, aside, children }: { readonly field: FieldProps; readonly aside?: ReactNode; readonly children: ReactNode }) {
  const error = useFieldError(field.place);
  return (
    <fieldset className={styles.group} data-place={placeKey(field.place)} tabIndex={-1}>
      <legend className={field.quiet ? "visually-hidden" : styles.label}>
        {field.label}
        {field.required && (
          <span className={styles.required} aria-hidden="true">
            required
          </span>
        )}
      </legend>
      {aside}
      {field.help && (
        <p className={styles.help}>
          <Prose text={field.help} />
        </p>
      )}
      {error && <ErrorLine text={error.text} isWarning={error.isWarning} />}
      {children}
    </fieldset>
  );
}

function ObjectField({ field, properties, required }: { readonly field: FieldProps; readonly properties: readonly (readonly [string, JsonObject])[]; readonly required: ReadonlySet<string> }) {
  const value = isObject(field.value) ? field.value : {};
  const unknown = Object.keys(value).filter((name) => !properties.some(([known]) => known === name));
  return (
    <Group field={field}>
      <div className={styles.inner}>
        {properties.map(([name, schema]) => (
          <SchemaField key={name} name={name} schema={schema} place={[...field.place, name]} value={fieldOf(value, name)} required={required.has(name)} />
        ))}
        {unknown.map((name) => (
          <UnknownField key={name} name={name} place={[...field.place, name]} value={fieldOf(value, name)} />
        ))}
      </div>
    </Group>
  );
}

/** A value that the schema does not have: it is shown, and can be removed. */
export function UnknownField({ name, place, value }: { readonly name: string; readonly place: Place; readonly value: Json | undefined }) {
  const { change, readOnly } = useForm();
  return (
    <Frame
      label={name}
      place={place}
      aside={
        !readOnly && (
          <IconButton small label={`Remove ${name}`} onClick={() => change(place, undefined)}>
            <Trash2 size={13} />
          </IconButton>
        )
      }
    >
      {(control) => <input {...control} className={cx(controls.input, styles.mono)} readOnly value={writeJson(value)} />}
    </Frame>
  );
}

function ListField({ field, items }: { readonly field: FieldProps; readonly items: JsonObject }) {
  const { change, readOnly, root } = useForm();
  const list = isList(field.value) ? field.value : [];
  const swap = (left: number, right: number) => {
    const next = [...list];
    [next[left], next[right]] = [list[right] as Json, list[left] as Json];
    change(field.place, next);
  };
  const singular = labelOf(field.label.toLowerCase().replace(/s$/, ""));
  return (
    <Group field={field}>
      <ol className={styles.rows}>
        {list.map((value, index) => (
          // Nothing identifies an item but its position.
          <li key={index} className={styles.row}>
            <div className={styles.rowValue}>
              <SchemaField name={field.label} label={`${singular} ${index + 1}`} schema={items} place={[...field.place, index]} value={value} stays />
            </div>
            {!readOnly && (
              <div className={styles.rowActions}>
                <IconButton small label={`Move ${singular.toLowerCase()} ${index + 1} up`} aria-disabled={index === 0} onClick={() => index > 0 && swap(index, index - 1)}>
                  <ArrowUp size={13} />
                </IconButton>
                <IconButton small label={`Move ${singular.toLowerCase()} ${index + 1} down`} aria-disabled={index === list.length - 1} onClick={() => index < list.length - 1 && swap(index, index + 1)}>
                  <ArrowDown size={13} />
                </IconButton>
                <IconButton small label={`Remove ${singular.toLowerCase()} ${index + 1}`} onClick={() => change(field.place, list.filter((_, position) => position !== index))}>
                  <Trash2 size={13} />
                </IconButton>
              </div>
            )}
          </li>
        ))}
      </ol>
      {!readOnly && (
        <Button small onClick={() => change(field.place, [...list, firstItem(items, root)])}>
          <Plus size={13} aria-hidden="true" />
          Add {singular.toLowerCase()}
        </Button>
      )}
    </Group>
  );
}

function firstItem(items: JsonObject, root: JsonObject): Json {
  const schema = resolved(root, items) ?? {};
  if (schema.type === "object" || isObject(schema.properties)) return startingParameters(schema, root);
  if (schema.type === "array") return [];
  if (schema.type === "number" || schema.type === "integer") return typeof schema.minimum === "number" ? schema.minimum : 0;
  if (schema.type === "boolean") return false;
  return isList(schema.enum) ? (schema.enum[0] ?? "") : "";
}

function MapField({ field, values }: { readonly field: FieldProps; readonly values: JsonObject }) {
  const { change, readOnly, root } = useForm();
  const map = isObject(field.value) ? field.value : {};
  const entries = Object.entries(map);
  const renamed = (before: string, after: string) => change(field.place, Object.fromEntries(entries.map(([key, value]) => [key === before ? after : key, value])));
  const add = () => {
    const taken = new Set(Object.keys(map));
    const key = ["name", ...Array.from({ length: taken.size + 1 }, (_, number) => `name_${number + 2}`)].find((candidate) => !taken.has(candidate)) ?? "name";
    change(field.place, { ...map, [key]: firstItem(values, root) });
  };
  return (
    <Group field={field}>
      <ul className={styles.rows}>
        {entries.map(([key, value], index) => (
          // The key itself is being edited.
          <li key={index} className={styles.row}>
            <div className={styles.rowValue}>
              <KeyInput name={key} taken={map} readOnly={readOnly} onRename={(after) => renamed(key, after)} />
              <SchemaField name={key} label={key} quiet schema={values} place={[...field.place, key]} value={value} stays />
            </div>
            {!readOnly && (
              <div className={styles.rowActions}>
                <IconButton small label={`Remove ${key}`} onClick={() => change([...field.place, key], undefined)}>
                  <Trash2 size={13} />
                </IconButton>
              </div>
            )}
          </li>
        ))}
      </ul>
      {!readOnly && (
        <Button small onClick={add}>
          <Plus size={13} aria-hidden="true" />
          Add to {field.label.toLowerCase()}
        </Button>
      )}
    </Group>
  );
}

/** The key of an entry. It takes effect when the field is left, so that a half-typed key does not collide with another. */
function KeyInput({ name, taken, readOnly, onRename }: { readonly name: string; readonly taken: JsonObject; readonly readOnly: boolean; readonly onRename: (after: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? name;
  const isTaken = text !== name && Object.hasOwn(taken, text);
  const leave = () => {
    if (typed !== null && typed !== name && typed !== "" && !isTaken) onRename(typed);
    setTyped(null);
  };
  return (
    <input
      className={cx(controls.input, styles.key)}
      aria-label={`Name of ${name}`}
      aria-invalid={isTaken || text === "" ? true : undefined}
      readOnly={readOnly}
      value={text}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={leave}
      onKeyDown={(event) => event.key === "Enter" && leave()}
    />
  );
}

const KIND_LABELS: Readonly<Record<ValueKind, string>> = { text: "Text", number: "Number", boolean: "True or false", null: "Nothing", list: "List", object: "Object" };
const FREE: JsonObject = {};

/** A value of one of several kinds. The kind can be chosen, and the value can be written as JSON. */
function AnyField({ field, allowed }: { readonly field: FieldProps; readonly allowed: readonly ValueKind[] }) {
  const { change, readOnly } = useForm();
  const [asJson, setAsJson] = useState(false);
  const isUnset = field.value === undefined;
  const kind = isUnset ? null : kindOfValue(field.value);
  const kinds = kind === null || allowed.includes(kind) ? allowed : [kind, ...allowed];
  const canNest = kinds.includes("object") || kinds.includes("list");
  const inner: FieldProps = { ...field, quiet: true, help: undefined };
  return (
    <Group
      field={field}
      aside={
        <div className={styles.kindRow}>
            <Choice
              className={styles.kind}
              aria-label={`Kind of ${field.label}`}
              disabled={readOnly}
              value={kind ?? ""}
              onChange={(event) => change(field.place, event.target.value === "" ? undefined : convert(field.value, event.target.value as ValueKind))}
            >
              {(isUnset || field.required !== true) && <option value="">Not given</option>}
              {kinds.map((option) => (
                <option key={option} value={option}>
                  {KIND_LABELS[option]}
                </option>
              ))}
            </Choice>
          {canNest && (
            <Button small look="ghost" aria-pressed={asJson} onClick={() => setAsJson(!asJson)}>
              {asJson ? "Form" : "JSON"}
            </Button>
          )}
        </div>
      }
    >
      {asJson ? <JsonInput field={inner} /> : <ValueInput field={inner} kind={kind} />}
    </Group>
  );
}

function ValueInput({ field, kind }: { readonly field: FieldProps; readonly kind: ValueKind | null }) {
  switch (kind) {
    case "text":
      return <TextInput {...field} isLong={false} isExpression={false} />;
    case "number":
      return <NumberInput {...field} isWhole={false} />;
    case "boolean":
      return <BooleanInput {...field} />;
    case "list":
      return <ListField field={field} items={FREE} />;
    case "object":
      return <MapField field={field} values={FREE} />;
    case "null":
    case null:
      return null;
  }
}

/** A value as JSON. It takes effect as soon as it can be read. */
export function JsonInput({ field }: { readonly field: FieldProps }) {
  const { change, readOnly } = useForm();
  const [typed, setTyped] = useState<string | null>(null);
  const problem = typed === null || typed.trim() === "" ? null : jsonProblem(typed);
  return (
    <Frame label={field.label} place={field.place} quiet>
      {(control) => (
        <>
          <textarea
            {...control}
            className={cx(controls.input, styles.mono)}
            rows={6}
            spellCheck={false}
            readOnly={readOnly}
            aria-invalid={problem !== null || control["aria-invalid"]}
            value={typed ?? (field.value === undefined ? "" : writeJson(field.value, 2))}
            onChange={(event) => {
              setTyped(event.target.value);
              if (event.target.value.trim() === "") change(field.place, undefined);
              else if (jsonProblem(event.target.value) === null) change(field.place, parseJson(event.target.value));
            }}
            onBlur={() => problem === null && setTyped(null)}
          />
          {problem !== null && <ErrorLine text={problem} isWarning={false} />}
        </>
      )}
    </Frame>
  );
}
