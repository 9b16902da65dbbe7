import { Search } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { Link, NavLink, useLocation, useParams } from "react-router";
import { Page } from "../shell/Page";
import styles from "./documentation.module.css";
import { Markdown } from "./Markdown";
import { addressOf, groupOf, PAGES } from "./pages";
import { readMarkdown } from "./readMarkdown";
import { search } from "./sections";

const GROUPS = [
  { key: "concepts", label: "To understand" },
  { key: "how-to", label: "How do I …" },
  { key: "reference", label: "To look up" },
  { key: "", label: "More" },
];

/** `/documentation` and `/documentation/…`: the pages of `docs/`, with a search over all of them. */
export default function DocumentationPage() {
  const path = useParams()["*"] ?? "";
  const page = PAGES.find((each) => each.path === path) ?? PAGES[0];
  const blocks = useMemo(() => (page === undefined ? [] : readMarkdown(page.text)), [page]);
  const [text, setText] = useState("");
  const isSearching = useDeferredValue(text).trim() !== "";
  useJumps(page?.path);
  if (page === undefined) return null;
  return (
    <Page title="Documentation" tab={page.title}>
      <div className={styles.columns}>
        <nav className={styles.pages} aria-label="Pages of the documentation">
          <label className={styles.search}>
            <Search size={14} aria-hidden="true" />
            <span className="visually-hidden">Search the documentation</span>
            <input data-filter="" type="search" placeholder="Search" value={text} onChange={(event) => setText(event.target.value)} />
          </label>
          {isSearching ? <Found text={text} onChosen={() => setText("")} /> : <List current={page.path} />}
        </nav>
        <article className={styles.article}>
          <Markdown blocks={blocks} path={page.path} />
        </article>
      </div>
    </Page>
  );
}

function List({ current }: { readonly current: string }) {
  return (
    <div className={styles.list}>
      {GROUPS.map(({ key, label }) => (
        <section key={key} aria-label={label}>
          <h2>{label}</h2>
          <ul>
            {PAGES.filter(({ path }) => groupOf(path) === key).map(({ path, title }) => (
              <li key={path}>
                <NavLink to={addressOf(path)} aria-current={path === current ? "page" : undefined}>
                  {title}
                </NavLink>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Found({ text, onChosen }: { readonly text: string; readonly onChosen: () => void }) {
  const found = search(text);
  if (found.length === 0) return <p className={styles.nothing}>No page has all these words.</p>;
  return (
    <ul className={styles.found} aria-label="Found">
      {found.map(({ title, page, to }, index) => (
        <li key={`${to} ${index}`}>
          <Link to={to} onClick={onChosen}>
            <b>{title}</b>
            {title !== page && <small>{page}</small>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Shows the place that the address names. */
function useJumps(path: string | undefined): void {
  const { hash, key } = useLocation();
  useEffect(() => {
    const place = hash === "" ? null : document.getElementById(decodeURIComponent(hash.slice(1)));
    if (place === null) return;
    place.scrollIntoView({ block: "start" });
    place.setAttribute("data-shown", "");
    return () => place.removeAttribute("data-shown");
  }, [path, hash, key]);
}
