import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import type { Place } from "../definition/place";
import type { NodeDefinition } from "../definition/types";
import { writeJson } from "../../json/writeJson";
import { askedOf, evaluate, fieldOf, useSource, type Evaluation } from "./evaluating";
import type { Use } from "./insertion";
import { errorPlace } from "./errorPlace";
import styles from "./data.module.css";

/** Milliseconds after the last key until the value is asked for, and until an error is shown. */
const PAUSE = 250;
const LONG_PAUSE = 1_500;
const LONGEST = 300;

interface LiveValueProps {
  readonly node: NodeDefinition;
  readonly place: Place;
  readonly use: Use;
  readonly isCondition: boolean;
  readonly text: string;
  readonly hasFocus: boolean;
}

/** The value of a field in the execution that is shown, below the field. An error is shown after a pause, or when the field is left. */
export function LiveValue({ node, place, use, isCondition, text, hasFocus }: LiveValueProps) {
  const source = useSource(node.id);
  const asked = useSettled(text, PAUSE);
  const rested = useSettled(text, LONG_PAUSE);
  const isWanted = asked !== "" && (use === "expression" || asked.includes("{{"));
  const value = useQuery({
    queryKey: ["live value", source, use, fieldOf(node, place), asked],
    enabled: isWanted && source !== null,
    staleTime: Infinity,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => evaluate({ text: asked, use: isCondition ? "condition" : use, ...fieldOf(node, place), ...(source && askedOf(source)) }, signal),
  });
  if (!isWanted || text === "") return null;
  if (source === null) return <p className={styles.noValue}>Run it once to see the value here.</p>;
  if (!value.data) return value.error ? <p className={styles.noValue}>The value cannot be shown: {value.error.message}</p> : null;
  const isCurrent = asked === text && !value.isPlaceholderData;
  const { error } = value.data;
  if (error === null) return <ShownValue evaluation={value.data} isCondition={isCondition} isOld={!isCurrent} />;
  const isTime = isCurrent && (!hasFocus || rested === text);
  if (!isTime) return null;
  return (
    <p className={styles.problem} role="status">
      <CircleAlert size={12} aria-hidden="true" />
      <span>
        {error.message} {error.column !== null && <span className={styles.where}>{errorPlace(text, error.column)}</span>} {error.hint}
      </span>
    </p>
  );
}

function ShownValue({ evaluation, isCondition, isOld }: { readonly evaluation: Evaluation; readonly isCondition: boolean; readonly isOld: boolean }) {
  const { value, type, size, is_shortened, is_true } = evaluation;
  const written = typeof value === "string" ? value : writeJson(value);
  const isCut = is_shortened || written.length > LONGEST;
  const counted = type === "text" ? "characters" : type === "list" ? "elements" : "keys";
  return (
    <p className={styles.value} data-old={isOld} role="status">
      <span className={styles.equals} aria-hidden="true">
        =
      </span>
      <code>{written === "" ? "(empty text)" : written.slice(0, LONGEST) + (isCut ? "…" : "")}</code>
      <small>
        {isCondition && type !== "boolean" ? `${type ?? ""}, counts as ${is_true === true ? "true" : "false"}` : type}
        {isCut && size !== null && `, ${size} ${counted}`}
      </small>
    </p>
  );
}

/** Returns a value once it has stayed the same for a while. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
