import { Bot, Braces, Code, Play, UserRound, Webhook, type LucideIcon } from "lucide-react";
import styles from "./session.module.css";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly about: string;
  readonly icon: LucideIcon;
  readonly hue: number;
  readonly status: "completed" | "running" | "waiting" | "pending";
}

const WIDTH = 144;
const HEIGHT = 52;
const BOXES: readonly Box[] = [
  { x: 4, y: 144, name: "Invoice arrives", about: "Completed", icon: Webhook, hue: 150, status: "completed" },
  { x: 192, y: 60, name: "Read the total", about: "Completed · 1.2 s", icon: Bot, hue: 300, status: "completed" },
  { x: 192, y: 228, name: "Check budget", about: "Completed · 14 ms", icon: Code, hue: 235, status: "completed" },
  { x: 380, y: 144, name: "Ask Ada", about: "Waits for a person", icon: UserRound, hue: 325, status: "waiting" },
  { x: 562, y: 60, name: "Pay", about: "Not reached", icon: Play, hue: 150, status: "pending" },
  { x: 562, y: 228, name: "File it", about: "Not reached", icon: Braces, hue: 235, status: "pending" },
];

const LINES: readonly (readonly [from: number, to: number, taken: boolean])[] = [
  [0, 1, true],
  [0, 2, true],
  [1, 3, true],
  [2, 3, true],
  [3, 4, false],
  [3, 5, false],
];

/** A running workflow, as decoration. */
export function SignInArt() {
  return (
    <svg viewBox="0 0 710 340" role="presentation">
      {LINES.map(([from, to, taken]) => (
        <path key={`${from}-${to}`} d={curve(BOXES[from], BOXES[to])} className={taken ? styles.taken : styles.untaken} />
      ))}
      {BOXES.map((box) => (
        <g key={box.name} transform={`translate(${box.x} ${box.y})`} className={box.status === "pending" ? styles.notYet : undefined}>
          {box.status === "waiting" && <rect x="-4" y="-4" width={WIDTH + 8} height={HEIGHT + 8} rx="14" className={styles.halo} />}
          <rect width={WIDTH} height={HEIGHT} rx="10" fill="var(--surface)" stroke={box.status === "waiting" ? "var(--waiting)" : "var(--border)"} strokeWidth="1.2" />
          <g style={{ color: `oklch(0.58 0.15 ${box.hue})` }}>
            <rect x="10" y="11" width="30" height="30" rx="8" fill="currentColor" opacity="0.15" />
            <box.icon x="17" y="18" width="16" height="16" />
          </g>
          <text x="49" y="24" className={styles.name}>
            {box.name}
          </text>
          <text x="49" y="38" className={styles.about} fill={`var(--${box.status}-text)`}>
            {box.about}
          </text>
        </g>
      ))}
    </svg>
  );
}

function curve(from: Box | undefined, to: Box | undefined): string {
  if (!from || !to) return "";
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
  const half = (x1 + x2) / 2;
  return `M${x1} ${y1} C${half} ${y1} ${half} ${y2} ${x2} ${y2}`;
}
