import { readNote, type Block, type Span } from "./noteText";
import styles from "./graph.module.css";

/** The text of a note, with its headings, lists and links. */
export function NoteText({ text }: { readonly text: string }) {
  return (
    <div className={styles.noteText}>
      {readNote(text).map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "heading":
      return (
        <strong className={styles.noteHeading}>
          <Spans spans={block.spans} />
        </strong>
      );
    case "paragraph":
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      );
    case "list":
      return (
        <ul>
          {block.items.map((spans, index) => (
            <li key={index}>
              <Spans spans={spans} />
            </li>
          ))}
        </ul>
      );
  }
}

function Spans({ spans }: { readonly spans: readonly Span[] }) {
  return spans.map((span, index) => <SpanView key={index} span={span} />);
}

function SpanView({ span }: { readonly span: Span }) {
  switch (span.kind) {
    case "text":
      return span.text;
    case "bold":
      return <b>{span.text}</b>;
    case "emphasis":
      return <em>{span.text}</em>;
    case "code":
      return <code>{span.text}</code>;
    case "link":
      return (
        <a href={span.to} target="_blank" rel="noreferrer">
          {span.text}
        </a>
      );
  }
}
