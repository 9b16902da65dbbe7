interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly color: string;
  readonly live?: boolean;
}

const BOXES: readonly Box[] = [
  { x: 20, y: 150, width: 104, color: "var(--completed)" },
  { x: 186, y: 60, width: 122, color: "var(--completed)" },
  { x: 186, y: 240, width: 122, color: "var(--completed)" },
  { x: 372, y: 150, width: 112, color: "var(--running)", live: true },
  { x: 548, y: 80, width: 108, color: "var(--pending)" },
  { x: 548, y: 220, width: 108, color: "var(--waiting)" },
];

const LINES: readonly (readonly [from: number, to: number, taken: boolean])[] = [
  [0, 1, true],
  [0, 2, true],
  [1, 3, true],
  [2, 3, true],
  [3, 4, false],
  [3, 5, false],
];

/** A workflow under way, as decoration. */
export function SignInArt() {
  return (
    <svg viewBox="0 0 680 340" role="presentation">
      {LINES.map(([from, to, taken]) => (
        <path key={`${from}-${to}`} d={curve(BOXES[from], BOXES[to])} fill="none" stroke={taken ? "var(--accent)" : "var(--border-strong)"} strokeWidth={taken ? 2 : 1.5} strokeDasharray={taken ? undefined : "4 5"} opacity={taken ? 0.75 : 0.5} />
      ))}
      {BOXES.map((box) => (
        <g key={`${box.x}-${box.y}`} transform={`translate(${box.x} ${box.y})`}>
          <rect width={box.width} height="46" rx="10" fill="var(--surface)" stroke={box.live ? box.color : "var(--border)"} strokeWidth={box.live ? 1.8 : 1.2} />
          <circle cx="21" cy="23" r="6" fill={box.color} />
          <rect x="37" y="15" width={box.width - 56} height="6" rx="3" fill="var(--text)" opacity="0.3" />
          <rect x="37" y="26" width={(box.width - 56) * 0.62} height="5" rx="2.5" fill="var(--text)" opacity="0.14" />
        </g>
      ))}
    </svg>
  );
}

function curve(from: Box | undefined, to: Box | undefined): string {
  if (!from || !to) return "";
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + 23, to.x, to.y + 23];
  const half = (x1 + x2) / 2;
  return `M${x1} ${y1} C${half} ${y1} ${half} ${y2} ${x2} ${y2}`;
}
