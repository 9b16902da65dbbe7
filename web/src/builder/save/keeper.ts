/**
 * Keeps the draft of one open builder: on the server a second after a change, in the browser's storage until the server has it. It knows neither React nor
 * the network: what it needs is passed in.
 */

import type { Source } from "../definition/source";
import type { DraftContent, LocalDraft } from "../draft/kept";

export type KeepingStatus = "nothing" | "saving" | "saved" | "offline" | "refused" | "elsewhere";

/** How safe the draft is, and why it is not on the server. */
export interface Keeping {
  readonly status: KeepingStatus;
  readonly problem: string | null;
  /** Whether this browser has what the server does not have. */
  readonly isLocal: boolean;
}

export const NOTHING_KEPT: Keeping = { status: "nothing", problem: null, isLocal: false };

/** What came of a save: the revision, or why there is none. */
export type SendOutcome =
  | { readonly revision: number }
  | { readonly failed: "offline"; readonly afterMs: number | null }
  | { readonly failed: "elsewhere" | "gone" }
  | { readonly failed: "refused"; readonly problem: string };

export interface Surroundings {
  /** The draft; null if it is what was published. It returns the same parts while nothing changes. */
  readonly read: () => DraftContent | null;
  readonly send: (id: string, revision: number, content: DraftContent, isLast: boolean) => Promise<SendOutcome>;
  readonly remove: (id: string, revision: number, isLast: boolean) => Promise<boolean>;
  readonly keep: (draft: LocalDraft) => boolean;
  readonly forget: (id: string) => void;
  readonly tell: (keeping: Keeping) => void;
  readonly newId: () => string;
  /** The draft gets its first copy, under this id. */
  readonly begun: (id: string) => void;
}

const PAUSE_MS = 1_000;
const LOCAL_MS = 250;
/** Somebody who types without a pause is saved this often. */
const LONGEST_MS = 4_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

export interface Seen {
  readonly id: string;
  readonly revision: number;
  /** What the server has; null if it has none. */
  readonly content: DraftContent | null;
}

export class Keeper {
  private dirtySince: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private localTimer: ReturnType<typeof setTimeout> | undefined;
  private underWay: DraftContent | null = null;
  private failures = 0;
  private isBegun: boolean;
  private isLocal = false;
  private isHalted = false;
  private isClosed = false;
  private waitMs: number | null = null;
  private told: Keeping = NOTHING_KEPT;

  constructor(
    private readonly around: Surroundings,
    private seen: Seen,
  ) {
    this.isBegun = seen.revision > 0;
  }

  get id(): string {
    return this.seen.id;
  }

  get revision(): number {
    return this.seen.revision;
  }

  /** What the server has. */
  get onServer(): DraftContent | null {
    return this.seen.content;
  }

  /** To be called after each change of the builder's state. */
  changed(): void {
    if (this.isSettled()) {
      this.settle();
      return;
    }
    if (this.isHalted || (this.isClosed && this.failures > 0)) {
      this.keepSoon();
      return;
    }
    this.dirtySince ??= Date.now();
    this.keepSoon();
    if (this.failures === 0) this.tell("saving");
    const patience = this.failures > 0 ? this.retryMs() : Math.min(PAUSE_MS, Math.max(0, this.dirtySince + LONGEST_MS - Date.now()));
    if (this.failures > 0 && this.timer !== undefined) return;
    this.saveAfter(patience);
  }

  /** Saves at once, because the page is hidden, closed or left. */
  flush(isLast: boolean): void {
    if (this.isSettled()) return;
    this.keepNow();
    if (!this.isHalted && this.underWay === null) void this.save(isLast);
  }

  /** Tries again at once: the network is back. */
  retry(): void {
    if (!this.isHalted && !this.isSettled()) void this.save(false);
  }

  /** Continues after the draft was saved elsewhere: from what the server has now. */
  continueFrom(seen: Seen): void {
    this.seen = seen;
    this.isHalted = false;
    this.failures = 0;
    this.changed();
  }

  /** The builder is left: saves at once, and tries no more where that fails. What is kept in this browser is sent when the workflow is opened again. */
  close(): void {
    this.isClosed = true;
    this.flush(false);
  }

  private isSettled(): boolean {
    return sameContent(this.around.read(), this.seen.content);
  }

  private settle(): void {
    this.dirtySince = null;
    if (this.underWay !== null) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.forgetLocal();
    this.tell(this.seen.content === null ? "nothing" : "saved");
  }

  private forgetLocal(): void {
    clearTimeout(this.localTimer);
    this.localTimer = undefined;
    this.isLocal = false;
    this.around.forget(this.seen.id);
  }

  private keepSoon(): void {
    this.localTimer ??= setTimeout(() => this.keepNow(), LOCAL_MS);
  }

  private keepNow(): void {
    clearTimeout(this.localTimer);
    this.localTimer = undefined;
    const content = this.around.read();
    if (content === null) {
      this.forgetLocal();
      return;
    }
    if (sameContent(content, this.seen.content)) return;
    const sending = this.underWay && { definition: this.underWay.definition, source: this.underWay.source, broken: this.underWay.broken };
    this.isLocal = this.around.keep({ ...content, id: this.seen.id, revision: this.seen.revision, sending });
    this.begin();
    this.tell(this.told.status, this.told.problem);
  }

  private begin(): void {
    if (this.isBegun) return;
    this.isBegun = true;
    this.around.begun(this.seen.id);
  }

  private saveAfter(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(false), ms);
  }

  private async save(isLast: boolean): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const content = this.around.read();
    if (this.underWay !== null || this.isHalted || sameContent(content, this.seen.content)) return;
    if (content !== null) this.begin();
    this.underWay = content ?? this.seen.content;
    try {
      if (content === null) await this.removeDraft(isLast);
      else this.take(await this.around.send(this.seen.id, this.seen.revision, content, isLast), content);
    } finally {
      this.underWay = null;
    }
    this.dirtySince = null;
    this.changed();
  }

  private async removeDraft(isLast: boolean): Promise<void> {
    if (this.seen.revision > 0 && !(await this.around.remove(this.seen.id, this.seen.revision, isLast))) {
      this.failures += 1;
      return;
    }
    this.failures = 0;
    this.beginAnew();
  }

  private take(outcome: SendOutcome, content: DraftContent): void {
    if ("revision" in outcome) {
      this.failures = 0;
      this.seen = { id: this.seen.id, revision: outcome.revision, content };
      return;
    }
    if (outcome.failed === "gone") {
      // Discarded in another tab. What was typed here since then is a draft of its own.
      this.beginAnew();
      return;
    }
    this.keepNow();
    if (outcome.failed === "elsewhere") this.isHalted = true;
    else this.failures += 1;
    this.waitMs = outcome.failed === "offline" ? outcome.afterMs : LAST_RETRY_MS;
    this.tell(outcome.failed, outcome.failed === "refused" ? outcome.problem : null);
  }

  private beginAnew(): void {
    this.seen = { id: this.around.newId(), revision: 0, content: null };
    this.isBegun = false;
  }

  private retryMs(): number {
    return this.waitMs ?? Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1));
  }

  private tell(status: KeepingStatus, problem: string | null = null): void {
    this.told = { status, problem, isLocal: this.isLocal };
    this.around.tell(this.told);
  }
}

/** Whether two contents have the same parts. Parts are never changed in place, so it compares no values. */
export function sameContent(one: DraftContent | null, two: DraftContent | null): boolean {
  if (one === null || two === null) return one === two;
  return one.definition === two.definition && one.pins === two.pins && one.base.version === two.base.version && sameSource(one.source, two.source) && sameSource(one.broken, two.broken);
}

/** Whether two texts are the same. */
export function sameSource(one: Source | null | undefined, two: Source | null | undefined): boolean {
  return one?.text === two?.text && one?.syntax === two?.syntax;
}
