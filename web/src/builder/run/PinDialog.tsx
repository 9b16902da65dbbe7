import { useState } from "react";
import { Button, Dialog, TextField } from "../../design";
import { describeProblem, parseJson } from "../../json/parseJson";
import { writeJson } from "../../json/writeJson";
import { findNode, isObject, titleOf, type JsonObject, type NodeId } from "../definition/types";
import { definitionOf, useBuilder, useBuilderStore } from "../draft/store";
import { useNodeData } from "./lastRun";
import { pin, pinsOf } from "./pins";

interface PinDialogProps {
  readonly node: NodeId;
  readonly onClose: () => void;
}

/** Edits the output that test runs take in place of running a node. It begins with the pinned output, else with that of the last run. */
export function PinDialog({ node, onClose }: PinDialogProps) {
  const store = useBuilderStore();
  const found = useBuilder((state) => findNode(definitionOf(state), node));
  const data = useNodeData(node);
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | undefined>();
  const isPinned = pinsOf(store).has(node);
  const text = typed ?? writeJson(isPinned ? pinsOf(store).get(node) : (data.output ?? {}), 2);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Pinned output of ${found ? titleOf(found) : node}`}
      onSubmit={() => {
        const read = readOutput(text);
        if (typeof read === "string") setProblem(read);
        else {
          pin(store, node, read);
          onClose();
        }
      }}
      foot={
        <>
          {isPinned && (
            <Button
              onClick={() => {
                pin(store, node, null);
                onClose();
              }}
            >
              Unpin
            </Button>
          )}
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary">
            Pin
          </Button>
        </>
      }
    >
      <TextField
        label="Output"
        rows={12}
        style={{ fontFamily: "var(--mono)", fontSize: "var(--text-s)" }}
        value={text}
        error={problem}
        help="A JSON object. Test runs take it in place of running the node."
        onChange={(event) => {
          setTyped(event.target.value);
          setProblem(undefined);
        }}
      />
    </Dialog>
  );
}

function readOutput(text: string): JsonObject | string {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : "The output is an object, in braces.";
  } catch (error) {
    return describeProblem(text, error);
  }
}
