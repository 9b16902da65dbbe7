import type { Node, NodeProps } from "@xyflow/react";
import { memo } from "react";
import type { NodeTypes } from "../builder/definition/nodeTypes";
import type { Definition } from "../builder/definition/types";
import { framesOf, groupKey, noteKey, notesOf, type Frame, type Note } from "../graph/extras";
import picture from "../graph/graph.module.css";
import { heightsOf, type Positions } from "../graph/layout";
import { NoteText } from "../graph/NoteText";

type NoteNode = Node<{ readonly note: Note }, "note">;
type FrameNode = Node<{ readonly frame: Frame }, "frame">;
export type ExtraNode = NoteNode | FrameNode;

/** Returns the notes and the frames of groups, behind the nodes. */
export function extrasOf(definition: Definition, types: NodeTypes, positions: Positions): readonly ExtraNode[] {
  const frames = framesOf(definition, positions, heightsOf(definition, types)).map((frame): FrameNode => ({ id: groupKey(frame.id), type: "frame", data: { frame }, zIndex: -2, ...placed(frame) }));
  const notes = notesOf(definition).map((note): NoteNode => ({ id: noteKey(note.id), type: "note", data: { note }, zIndex: -1, ...placed(note) }));
  return [...frames, ...notes];
}

function placed({ x, y, width, height }: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }) {
  return { position: { x, y }, width, height, measured: { width, height }, handles: [] };
}

export const NoteView = memo(function NoteView({ data }: NodeProps<NoteNode>) {
  return (
    <div className={picture.note}>
      <NoteText text={data.note.text} />
    </div>
  );
});

export const FrameView = memo(function FrameView({ data }: NodeProps<FrameNode>) {
  return (
    <div className={picture.frame}>
      <span className={picture.frameName}>{data.frame.name}</span>
    </div>
  );
});
