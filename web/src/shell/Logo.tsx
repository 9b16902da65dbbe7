/** Two links of a chain. */
export function Logo({ size = 20, label }: { readonly size?: number; readonly label?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" role={label ? "img" : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
      <rect width="32" height="32" rx="8.5" fill="var(--accent)" />
      <g fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round">
        <path d="M18 11h-5.5a5 5 0 0 0 0 10H15" />
        <path d="M14 21h5.5a5 5 0 0 0 0-10H17" opacity=".62" />
      </g>
    </svg>
  );
}
