/** Undo and redo: a list of the earlier states. */

export interface History<T> {
  readonly now: T;
  readonly past: readonly T[];
  readonly future: readonly T[];
  /** The topic of the last edit. The next edit of the same topic joins it if it follows soon. */
  readonly topic: string | null;
  readonly at: number;
}

const STEPS = 200;
const PAUSE_MS = 1_500;

export function startHistory<T>(now: T): History<T> {
  return { now, past: [], future: [], topic: null, at: 0 };
}

/** Adds one edit. Edits of one topic (typing into one field) that follow each other within 1.5 seconds are undone together. */
export function edit<T>(history: History<T>, next: T, topic: string | null, at: number): History<T> {
  if (next === history.now) return history;
  const joins = topic !== null && topic === history.topic && at - history.at < PAUSE_MS && history.past.length > 0;
  return { now: next, past: joins ? history.past : [...history.past, history.now].slice(-STEPS), future: [], topic, at };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { now: before, past: history.past.slice(0, -1), future: [history.now, ...history.future], topic: null, at: 0 };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...rest] = history.future;
  if (next === undefined) return history;
  return { now: next, past: [...history.past, history.now], future: rest, topic: null, at: 0 };
}
