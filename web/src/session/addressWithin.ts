/** Returns the address if it leads to one of these pages, else `/`: a link to the sign-in must not send anybody to another site afterwards. */
export function addressWithin(address: string | null): string {
  // Browsers drop tabs and line breaks, and read a backslash as a slash: "/\t/evil.example" is another host.
  return address !== null && /^\/(?!\/)[^\p{Cc}\s\\]*$/u.test(address) ? address : "/";
}
