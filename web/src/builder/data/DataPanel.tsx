import { ChevronDown, ChevronUp, Play } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button, ErrorPanel, IconButton, Skeleton, Tabs } from "../../design";
import { titleOf, type NodeDefinition, type NodeId } from "../definition/types";
import { definitionOf, useBuilder } from "../draft/store";
import { useLastRun } from "../run/lastRun";
import { kindOf, preview } from "./completion";
import { DataTree } from "./DataTree";
import { useEarlier, useSource, useValue } from "./evaluating";
import { inputPath, outputPath, type Step } from "./paths";
import { RunChoice } from "./RunChoice";
import styles from "./data.module.css";

interface DataPanelProps {
  readonly node: NodeDefinition;
  readonly onRun: () => void;
}

/** Below the form of a node: what it received and gave in an execution, and what the nodes before it gave. Values can be picked and dragged into fields. */
export default function DataPanel({ node, onRun }: DataPanelProps) {
  const [isOpen, setIsOpen] = useState(true);
  const [tab, setTab] = useState("input");
  const { execution, isLoading, error } = useLastRun();
  const isTrigger = node.type === "TRIGGER_NODE";
  return (
    <section className={styles.panel} aria-label="Data">
      <header className={styles.head}>
        <h3>Data</h3>
        {execution !== null && isOpen && <RunChoice />}
        <IconButton small label={isOpen ? "Fold the data" : "Show the data"} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? <ChevronDown size={14} /> : <ChevronUp size={14} />}
        </IconButton>
      </header>
      {isOpen &&
        (execution === null ? (
          <NoRun isLoading={isLoading} error={error} onRun={onRun} />
        ) : (
          <Tabs
            label="Data"
            value={tab}
            onChange={setTab}
            className={styles.tabs}
            tabs={[
              { value: "input", label: "Input", content: <Input node={node} isTrigger={isTrigger} /> },
              { value: "output", label: "Output", content: <Output node={node.id} onRun={onRun} /> },
              { value: "others", label: "Earlier nodes", content: <Earlier node={node.id} /> },
            ]}
          />
        ))}
    </section>
  );
}

function NoRun({ isLoading, error, onRun }: { readonly isLoading: boolean; readonly error: unknown; readonly onRun: () => void }) {
  if (error) return <ErrorPanel error={error} />;
  if (isLoading) return <Skeleton rows={2} label="Loading the data" />;
  return (
    <Nothing text="No data yet. Run the workflow once, and what each node receives and gives is shown here.">
      <RunButton onRun={onRun} />
    </Nothing>
  );
}

function RunButton({ onRun }: { readonly onRun: () => void }) {
  return (
    <Button small onClick={onRun}>
      <Play size={13} aria-hidden="true" /> Run the workflow
    </Button>
  );
}

function Nothing({ text, children }: { readonly text: string; readonly children?: ReactNode }) {
  return (
    <div className={styles.nothing}>
      <p>{text}</p>
      {children}
    </div>
  );
}

function Input({ node, isTrigger }: { readonly node: NodeDefinition; readonly isTrigger: boolean }) {
  const source = useSource(node.id);
  const wasThere = useLastRun().nodes.has(node.id);
  const value = useValue(source, "input");
  const note = wasThere || isTrigger ? null : "This execution did not reach the node. This is what it would receive.";
  return (
    <>
      {note && <p className={styles.note}>{note}</p>}
      <Value value={value} label="Input" pathOf={inputPath} />
    </>
  );
}

function Output({ node, onRun }: { readonly node: NodeId; readonly onRun: () => void }) {
  const source = useSource(node);
  const run = useLastRun().nodes.get(node);
  const hasEnded = run?.status === "completed" || run?.status === "failed";
  const value = useValue(source, outputPath(node, []), hasEnded);
  if (!hasEnded)
    return (
      <Nothing text={run === undefined ? "This execution did not reach the node." : "The node has not finished yet."}>
        <RunButton onRun={onRun} />
      </Nothing>
    );
  return <Value value={value} label="Output" pathOf={(steps) => outputPath(node, steps)} />;
}

function Value({ value, label, pathOf }: { readonly value: ReturnType<typeof useValue>; readonly label: string; readonly pathOf: (steps: readonly Step[]) => string }) {
  const { data, error } = value;
  if (error) return <ErrorPanel error={error} />;
  if (!data) return <Skeleton rows={3} label="Loading the data" />;
  if (data.error) return <Nothing text={`${data.error.message} ${data.error.hint}`} />;
  const isPlain = !["list", "object"].includes(kindOf(data.value));
  return (
    <>
      {isPlain || data.size === 0 ? <Nothing text={data.size === 0 ? `The ${label.toLowerCase()} is empty.` : preview(data.value)} /> : <DataTree value={data.value} label={label} pathOf={pathOf} />}
      {data.is_shortened && <p className={styles.note}>It is large: only the beginning is shown.</p>}
    </>
  );
}

function Earlier({ node }: { readonly node: NodeId }) {
  const earlier = useEarlier(node);
  const definition = useBuilder(definitionOf);
  if (earlier.length === 0) return <Nothing text="No node before this one has an output in this execution." />;
  const names = new Map(definition.nodes.map((one) => [one.id, titleOf(one)]));
  return earlier.map((id) => <OutputOf key={id} of={id} name={names.get(id) ?? id} node={node} />);
}

/** The output of another node. It is loaded when it is opened. */
function OutputOf({ of, name, node }: { readonly of: NodeId; readonly name: string; readonly node: NodeId }) {
  const [isOpen, setIsOpen] = useState(false);
  const value = useValue(useSource(node), outputPath(of, []), isOpen);
  return (
    <details className={styles.other} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{name}</summary>
      {isOpen && <Value value={value} label={`Output of ${name}`} pathOf={(steps) => outputPath(of, steps)} />}
    </details>
  );
}
