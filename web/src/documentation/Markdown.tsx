import { Link } from "react-router";
import { CodeBlock } from "../design";
import overview from "../../../docs/concepts/overview.svg?url";
import styles from "./documentation.module.css";
import type { Block, Span } from "./readMarkdown";
import { resolveLink } from "./resolveLink";
import { rowAnchor } from "./sections";

interface MarkdownProps {
  readonly blocks: readonly Block[];
  /** The page, which its links are relative to. */
  readonly path: string;
}

/** Shows Markdown as elements of its own: nothing in it is taken for HTML. */
export function Markdown({ blocks, path }: MarkdownProps) {
  return blocks.map((block, index) => <BlockView key={index} block={block} path={path} />);
}

function BlockView({ block, path }: { readonly block: Block; readonly path: string }) {
  const spans = (of: readonly Span[]) => <Spans spans={of} path={path} />;
  switch (block.kind) {
    case "heading": {
      const Heading = block.level === 1 ? "h2" : block.level === 2 ? "h3" : "h4";
      return <Heading id={block.id}>{spans(block.spans)}</Heading>;
    }
    case "paragraph":
      return <p>{spans(block.spans)}</p>;
    case "quote":
      return <blockquote>{spans(block.spans)}</blockquote>;
    case "code":
      return <CodeBlock text={block.text} />;
    case "list": {
      const List = block.isNumbered ? "ol" : "ul";
      return (
        <List>
          {block.items.map((item, index) => (
            <li key={index}>{spans(item)}</li>
          ))}
        </List>
      );
    }
    case "table":
      return <TableView block={block} path={path} />;
  }
}

function TableView({ block, path }: { readonly block: Extract<Block, { kind: "table" }>; readonly path: string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so it has to be reachable by keyboard
    <div className={styles.table} tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>
            {block.head.map((cell, index) => (
              <td key={index}>
                <Spans spans={cell} path={path} />
              </td>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map(({ id, cells }, index) => (
            <tr key={index} id={id === null ? undefined : rowAnchor(id)}>
              {cells.map((cell, column) => (
                <td key={column}>
                  <Spans spans={cell} path={path} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Spans({ spans, path }: { readonly spans: readonly Span[]; readonly path: string }) {
  return spans.map((span, index) => <SpanView key={index} span={span} path={path} />);
}

function SpanView({ span, path }: { readonly span: Span; readonly path: string }) {
  switch (span.kind) {
    case "text":
      return span.text;
    case "code":
      return <code>{span.text}</code>;
    case "bold":
      return (
        <b>
          <Spans spans={span.spans} path={path} />
        </b>
      );
    case "emphasis":
      return (
        <em>
          <Spans spans={span.spans} path={path} />
        </em>
      );
    case "picture":
      return span.to === "overview.svg" ? <img src={overview} alt={span.text} /> : span.text;
    case "link":
      return <LinkView span={span} path={path} />;
  }
}

function LinkView({ span, path }: { readonly span: Extract<Span, { kind: "link" }>; readonly path: string }) {
  const found = resolveLink(path, span.to);
  const words = <Spans spans={span.spans} path={path} />;
  if (found === null) return words;
  return found.isOutside ? (
    <a href={found.to} target="_blank" rel="noreferrer">
      {words}
    </a>
  ) : (
    <Link to={found.to}>{words}</Link>
  );
}
