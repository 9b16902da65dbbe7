// Before the first paint: the chosen colours, so that nothing flashes.
try {
  const theme = localStorage.getItem("interlock.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's colours.
}
