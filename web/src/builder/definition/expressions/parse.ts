/** Reads an expression and finds the nodes that it names. The rules are those of `definition/expressions/`; a fixture holds the two against each other. */

import { tokensOf, Unreadable, type Token } from "./tokens";

/** A node that an expression names: `nodes.id` or `nodes["id"]`. */
export interface Reference {
  readonly id: string;
  /** The part that says which node: `.id` or `["id"]`, with the blanks and comments inside. */
  readonly start: number;
  readonly end: number;
  /** The name after the dot, or the text in the brackets. */
  readonly key: { readonly start: number; readonly end: number; readonly quote: "'" | '"' | null };
}

export interface References {
  readonly found: readonly Reference[];
  /** Whether it also names nodes that are known only when it runs: `nodes[input.id]`. */
  readonly isOpen: boolean;
}

/** What a part of an expression is, as far as references depend on it. */
type Part = { readonly kind: "name"; readonly text: string; readonly start: number } | { readonly kind: "text"; readonly tokens: readonly Token[] } | { readonly kind: "other" };

const OTHER: Part = { kind: "other" };
const DEEPEST = 150;
const RESERVED = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "),
);
const CONSTANTS = new Set(["True", "False", "None"]);
const COMPARISONS = new Set(["<", ">", "==", "!=", "<=", ">="]);

/** Whether `nodes.<id>` can be written for an id; else `nodes["<id>"]`. */
export function isAttribute(id: string): boolean {
  return /^(?!__)[A-Za-z_]\w*$/.test(id) && !RESERVED.has(id);
}

/** Returns the nodes that an expression names; null if it cannot be read. */
export function referencesOf(source: string): References | null {
  try {
    const parser = new Parser(tokensOf(source));
    parser.whole();
    return { found: parser.found.toSorted((left, right) => left.start - right.start), isOpen: parser.open.length > 0 };
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

class Parser {
  readonly found: Reference[] = [];
  /** Where `nodes` stands without the name of a node. */
  readonly open: number[] = [];
  private at = 0;
  private depth = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  /** Expression, tuple without brackets, or generator: an expression is read as if it stood in brackets. */
  whole(): void {
    this.listOrOne("end");
    if (this.now.kind !== "end") throw new Unreadable("something follows");
  }

  private get now(): Token {
    return this.tokens[this.at] as Token;
  }

  private is(...texts: readonly string[]): boolean {
    return (this.now.kind === "sign" || this.now.kind === "name") && texts.includes(this.now.text);
  }

  private take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at += 1;
    return true;
  }

  private need(text: string): Token {
    const token = this.now;
    if (!this.take(text)) throw new Unreadable(`${text} is missing`);
    return token;
  }

  /** Runs one level deeper. Python refuses what is nested too deep, too. */
  private deeper<T>(run: () => T): T {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new Unreadable("nested too deep");
    const result = run();
    this.depth -= 1;
    return result;
  }

  /** A name that nothing is done with: `nodes` alone can mean any node. */
  private used(part: Part): Part {
    if (part.kind === "name" && part.text === "nodes") this.open.push(part.start);
    return OTHER;
  }

  private expression(): Part {
    return this.deeper(() => {
      const first = this.disjunction();
      if (!this.take("if")) return first;
      this.used(first);
      this.used(this.disjunction());
      this.need("else");
      this.used(this.expression());
      return OTHER;
    });
  }

  private disjunction(): Part {
    return this.chain(() => this.chain(() => this.negation(), "and"), "or");
  }

  private chain(inner: () => Part, ...signs: readonly string[]): Part {
    const first = inner();
    if (!this.is(...signs)) return first;
    this.used(first);
    while (signs.some((sign) => this.take(sign))) this.used(inner());
    return OTHER;
  }

  private negation(): Part {
    if (!this.take("not")) return this.comparison();
    return this.deeper(() => this.used(this.negation()));
  }

  private comparison(): Part {
    const first = this.sum();
    if (!this.isComparison()) return first;
    this.used(first);
    while (this.isComparison()) {
      if (this.take("not")) this.need("in");
      else if (this.take("is")) this.take("not");
      else this.at += 1;
      this.used(this.sum());
    }
    return OTHER;
  }

  private isComparison(): boolean {
    return (this.now.kind === "sign" && COMPARISONS.has(this.now.text)) || this.is("in", "is", "not");
  }

  private sum(): Part {
    return this.chain(() => this.chain(() => this.factor(), "*", "/", "//", "%"), "+", "-");
  }

  private factor(): Part {
    if (this.take("-") || this.take("+")) return this.deeper(() => this.used(this.factor()));
    const base = this.primary();
    if (!this.take("**")) return base;
    this.used(base);
    return this.deeper(() => this.used(this.factor()));
  }

  private primary(): Part {
    let part = this.atom();
    for (;;) {
      const begin = this.now;
      if (this.take(".")) part = this.attribute(part, begin);
      else if (this.take("[")) part = this.subscript(part, begin);
      else if (this.take("(")) part = this.call(part);
      else return part;
    }
  }

  private attribute(base: Part, dot: Token): Part {
    const name = this.now;
    if (name.kind !== "name" || RESERVED.has(name.text)) throw new Unreadable("a name is missing");
    this.at += 1;
    if (!isNodes(base)) this.used(base);
    else this.found.push({ id: name.text, start: dot.start, end: name.end, key: { start: name.start, end: name.end, quote: null } });
    return OTHER;
  }

  private subscript(base: Part, bracket: Token): Part {
    const inner = this.slices();
    const { end } = this.need("]");
    if (!isNodes(base) || inner.kind !== "text") {
      this.used(inner);
      this.used(base);
      return OTHER;
    }
    const [first, last] = [inner.tokens[0] as Token, inner.tokens.at(-1) as Token];
    const quote = first.text.replace(/^[rRuU]/, "").startsWith("'") ? "'" : '"';
    this.found.push({ id: inner.tokens.map((token) => token.value).join(""), start: bracket.start, end, key: { start: first.start, end: last.end, quote } });
    return OTHER;
  }

  private slices(): Part {
    const first = this.slice();
    if (!this.is(",")) return first;
    this.used(first);
    while (this.take(",") && !this.is("]")) this.used(this.slice());
    return OTHER;
  }

  private slice(): Part {
    const first = this.is(":") ? OTHER : this.expression();
    if (!this.is(":")) return first;
    this.used(first);
    for (let colons = 0; colons < 2 && this.take(":"); colons += 1) if (!this.is(":", ",", "]")) this.used(this.expression());
    return OTHER;
  }

  private call(base: Part): Part {
    this.used(base);
    while (!this.take(")")) {
      const next = this.tokens[this.at + 1];
      if (this.now.kind === "name" && next?.kind === "sign" && next.text === "=") this.at += 2;
      const begin = this.mark();
      const value = this.expression();
      if (this.is("for")) this.comprehension(begin, value);
      else this.used(value);
      if (!this.is(")")) this.need(",");
    }
    return OTHER;
  }

  private atom(): Part {
    const token = this.now;
    if (token.kind === "number") {
      this.at += 1;
      return OTHER;
    }
    if (token.kind === "text") return this.texts();
    if (token.kind === "name") return this.name(token);
    if (this.take("(")) return this.brackets();
    if (this.take("[")) return this.deeper(() => this.list());
    if (this.take("{")) return this.deeper(() => this.object());
    throw new Unreadable("a value is missing");
  }

  private texts(): Part {
    const tokens: Token[] = [];
    for (; this.now.kind === "text"; this.at += 1) tokens.push(this.now);
    return { kind: "text", tokens };
  }

  private name(token: Token): Part {
    if (RESERVED.has(token.text) && !CONSTANTS.has(token.text)) throw new Unreadable(`${token.text} is a word of the language`);
    this.at += 1;
    return { kind: "name", text: token.text, start: token.start };
  }

  private brackets(): Part {
    if (this.take(")")) return OTHER;
    const part = this.deeper(() => this.listOrOne(")"));
    this.need(")");
    return part;
  }

  private list(): Part {
    if (!this.is("]")) this.listOrOne("]");
    this.need("]");
    return OTHER;
  }

  /** One expression, several with commas, or a comprehension. */
  private listOrOne(end: string): Part {
    const begin = this.mark();
    const first = this.expression();
    if (this.is("for")) return this.comprehension(begin, first);
    if (!this.is(",")) return end === ")" ? first : this.used(first);
    this.used(first);
    while (this.take(",") && !this.is(end) && this.now.kind !== "end") this.used(this.expression());
    return OTHER;
  }

  private object(): Part {
    while (!this.take("}")) {
      const begin = this.mark();
      this.used(this.expression());
      this.need(":");
      const value = this.expression();
      if (this.is("for")) this.comprehension(begin, value);
      else this.used(value);
      if (!this.is("}")) this.need(",");
    }
    return OTHER;
  }

  private mark(): { readonly found: number; readonly open: number } {
    return { found: this.found.length, open: this.open.length };
  }

  /** `for … in …` behind a value. Where it binds the name `nodes`, that name means something else from there on, and in the value. */
  private comprehension(begin: { readonly found: number; readonly open: number }, value: Part): Part {
    this.used(value);
    const kept = { found: [] as Reference[], open: [] as number[] };
    let binds = false;
    const read = (part: () => Part): void => {
      const before = this.mark();
      this.used(part());
      if (binds) return;
      kept.found.push(...this.found.slice(before.found));
      kept.open.push(...this.open.slice(before.open));
    };
    while (this.take("for")) {
      const names = this.targets();
      this.need("in");
      read(() => this.disjunction());
      binds ||= names.includes("nodes");
      while (this.take("if")) read(() => this.disjunction());
    }
    if (binds) {
      this.found.splice(begin.found, Infinity, ...kept.found);
      this.open.splice(begin.open, Infinity, ...kept.open);
    }
    return OTHER;
  }

  private targets(): readonly string[] {
    const names: string[] = [];
    do {
      if (this.is("in") && names.length > 0) break;
      if (this.take("(")) {
        names.push(...this.deeper(() => this.targets()));
        this.need(")");
      } else {
        const name = this.now;
        if (name.kind !== "name" || RESERVED.has(name.text)) throw new Unreadable("a name is missing");
        this.at += 1;
        names.push(name.text);
      }
    } while (this.take(","));
    return names;
  }
}

function isNodes(part: Part): boolean {
  return part.kind === "name" && part.text === "nodes";
}
