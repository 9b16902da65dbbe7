import { FolderInput, GalleryThumbnails, PenTool, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button, ButtonLink } from "../design";
import styles from "./starts.module.css";
import { useImport } from "./useImport";

/** The three ways to a first workflow. */
export function Starts() {
  const importFile = useImport();
  return (
    <section className={styles.starts} aria-labelledby="starts">
      <h2 id="starts">Begin your first workflow</h2>
      <p>A workflow is a graph of steps: what code, people and services do, and in which order. Interlock carries it through crashes and waits to its end.</p>
      <ul>
        <Start icon={GalleryThumbnails} title="From an example" action={<ButtonLink look="primary" to="/gallery">See the examples</ButtonLink>}>
          Small workflows with pictures. Each runs at once; take one and change it.
        </Start>
        <Start icon={PenTool} title="On a blank canvas" action={<ButtonLink to="/workflows/new">Draw one</ButtonLink>}>
          It begins with a start. Add nodes, connect them, and try each as you go.
        </Start>
        <Start icon={FolderInput} title="From a file" action={<Button onClick={importFile}>Import a file</Button>}>
          A YAML or JSON file that was exported here or written by hand.
        </Start>
      </ul>
    </section>
  );
}

interface StartProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly action: ReactNode;
  readonly children: string;
}

function Start({ icon: Icon, title, action, children }: StartProps) {
  return (
    <li>
      <Icon size={22} strokeWidth={1.6} aria-hidden="true" />
      <h3>{title}</h3>
      <p>{children}</p>
      {action}
    </li>
  );
}
