import { useMemo, useState } from "react";
import { Button, Dialog } from "../../design";
import { counted } from "../counted";
import { diffDefinitions, isSame } from "../definition/diff";
import { mergeDefinitions, type MergeConflict, type Side } from "../definition/merge";
import { findNode, titleOf, type Definition, type Json } from "../definition/types";
import { definitionOf, useBuilder } from "../draft/store";
import { writeJson } from "../../json/writeJson";
import { DifferenceView } from "./DifferenceView";
import styles from "./versions.module.css";

/** What somebody else saved meanwhile, or the same person in another tab. */
export interface Conflict {
  readonly title: string;
  readonly description: string;
  /** Who changed it, as the subject of a sentence. */
  readonly who: string;
  /** What both began with. */
  readonly base: Definition;
  readonly theirs: Definition;
  /** Puts the result on the canvas, based on theirs. */
  readonly take: (result: Definition, say: string) => void;
}

interface ConflictDialogProps {
  readonly conflict: Conflict | null;
  readonly onClose: () => void;
}

/** Shows both sides' changes merged by node and field, and asks about each value that both changed. */
export function ConflictDialog({ conflict, onClose }: ConflictDialogProps) {
  return conflict === null ? null : <Sides conflict={conflict} onClose={onClose} />;
}

function Sides({ conflict, onClose }: { readonly conflict: Conflict; readonly onClose: () => void }) {
  const { base, theirs, who, take } = conflict;
  const mine = useBuilder(definitionOf);
  const types = useBuilder((state) => state.types);
  const [choices, setChoices] = useState<ReadonlyMap<string, Side>>(new Map());
  const merged = useMemo(() => mergeDefinitions(types, base, mine, theirs, choices), [types, base, mine, theirs, choices]);
  const open = merged.conflicts.filter((each) => !choices.has(each.key));
  const takes = (result: Definition, say: string) => {
    take(result, say);
    onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      large
      title={conflict.title}
      description={conflict.description}
      foot={
        <>
          <Button onClick={onClose}>Back to the canvas</Button>
          <Button onClick={() => takes(theirs, "Their version is on the canvas.")}>Take theirs</Button>
          <Button look="primary" blocked={open.length > 0 ? `Choose ${counted(open.length, "value")} first.` : null} onClick={() => takes(merged.definition, "Both are merged on the canvas.")}>
            Merge
          </Button>
        </>
      }
    >
      {merged.conflicts.length > 0 && (
        <section className={styles.questions}>
          <h3>{counted(merged.conflicts.length, "value")} changed by both</h3>
          {merged.conflicts.map((each) => (
            <Question key={each.key} conflict={each} who={who} base={base} chosen={choices.get(each.key) ?? null} onChoose={(side) => setChoices(new Map(choices).set(each.key, side))} />
          ))}
        </section>
      )}
      {[...merged.renamed].map(([before, after]) => (
        <p key={before} className={styles.told}>
          Both added a node “{before}”. Yours becomes “{after}”.
        </p>
      ))}
      <div className={styles.sides}>
        <div>
          <h3>What {who} changed</h3>
          <DifferenceView difference={diffDefinitions(base, theirs)} />
        </div>
        <div>
          <h3>What you changed</h3>
          <DifferenceView difference={diffDefinitions(base, mine)} />
        </div>
      </div>
      {merged.conflicts.length === 0 && !isSame(diffDefinitions(theirs, merged.definition)) && <p className={styles.told}>The changes do not touch each other: merging keeps all of them.</p>}
    </Dialog>
  );
}

interface QuestionProps {
  readonly conflict: MergeConflict;
  readonly who: string;
  readonly base: Definition;
  readonly chosen: Side | null;
  readonly onChoose: (side: Side) => void;
}

function Question({ conflict, who, base, chosen, onChoose }: QuestionProps) {
  const node = conflict.node === null ? undefined : (findNode(base, conflict.node) ?? undefined);
  const where = conflict.node === null ? "Workflow" : node === undefined ? conflict.node : titleOf(node);
  const sides = [
    { side: "mine", label: "Yours", value: conflict.mine },
    { side: "theirs", label: who, value: conflict.theirs },
  ] as const;
  return (
    <fieldset className={styles.question}>
      <legend>
        {where} {conflict.path.length > 0 && <code>{conflict.path.join(".")}</code>}
      </legend>
      {sides.map(({ side, label, value }) => (
        <label key={side}>
          <input type="radio" name={conflict.key} checked={chosen === side} onChange={() => onChoose(side)} />
          <span>{label}</span>
          <code>{conflict.path.length > 0 ? shown(value) : value === undefined ? "remove the node" : "keep the node"}</code>
        </label>
      ))}
    </fieldset>
  );
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? "not given" : typeof value === "string" ? value : writeJson(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
