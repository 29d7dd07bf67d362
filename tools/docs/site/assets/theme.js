// Runs before the first paint: the reader's own choice, else what the system says.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen !== null) document.documentElement.dataset.theme = chosen;
} catch {
  // No storage here: the system decides.
}
