/** The address where it leads to a place within these pages, else their beginning: a link to the sign-in must not send anybody elsewhere afterwards. */
export function placeWithin(address: string | null): string {
  // Browsers drop tabs and line breaks, and read a backslash as a slash: "/\t/evil.example" is another host.
  return address !== null && /^\/(?!\/)[^\p{Cc}\s\\]*$/u.test(address) ? address : "/";
}
