const UNITS: readonly (readonly [limit: number, size: number, unit: string])[] = [
  [60, 1, "s"],
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [86_400 * 60, 86_400, "d"],
  [86_400 * 730, 86_400 * 30.44, "months"],
  [Infinity, 86_400 * 365.25, "years"],
];

const moment = new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** The same without trailing zeros, for scales: `5 s`, `2.5 s`. */
export function shortDuration(milliseconds: number): string {
  return duration(milliseconds).replace(/\.0+(?= )|(\.\d*?)0+(?= )/, "$1");
}

/** `4 min ago`, `in 2 h`: with the units of durations. */
export function relativeTime(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1_000;
  const distance = Math.abs(seconds);
  if (distance < 2) return "now";
  const [, size, unit] = UNITS.find(([limit]) => distance < limit) ?? [Infinity, 1, "s"];
  const text = `${Math.floor(distance / size)} ${unit}`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

const WRITTEN = /\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)/g;

/** A sentence of the server with its times in the time zone of the reader. */
export function withReadableTimes(sentence: string): string {
  return sentence.replace(WRITTEN, (text) => {
    const at = text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
    return Number.isNaN(Date.parse(at)) ? text : fullTime(at);
  });
}

/** `21 Nov 2026, 14:46:31` in the time zone of the reader. */
export function fullTime(at: string): string {
  return moment.format(new Date(at));
}

/** `14:46:31` in the time zone of the reader. */
export function clockTime(at: string): string {
  return clock.format(new Date(at));
}

/** The time of day; with the day if the span is longer than a day. */
export function shortTime(at: string, now: number): string {
  return Math.abs(Date.parse(at) - now) < 86_400_000 ? clock.format(new Date(at)) : day.format(new Date(at));
}

/** `0.4 ms`, `38 ms`, `1.20 s`, `2 min 4 s`, `3 h 12 min`, `4 d 2 h`. */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1) return ms === 0 ? "0 ms" : `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3_600) return pair(seconds, 60, "min", 1, "s");
  if (seconds < 86_400) return pair(seconds, 3_600, "h", 60, "min");
  return pair(seconds, 86_400, "d", 3_600, "h");
}

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const first = Math.floor(seconds / large);
  const second = Math.floor((seconds - first * large) / small);
  return second ? `${first} ${largeName} ${second} ${smallName}` : `${first} ${largeName}`;
}

/** Milliseconds from one time to another, or to now if there is no other. */
export function between(start: string, end: string | null, now: number): number {
  return (end === null ? now : Date.parse(end)) - Date.parse(start);
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en");

/** `950`, `12,431`, `1.2M`. */
export function count(value: number): string {
  return value < 100_000 ? whole.format(value) : compact.format(value);
}
