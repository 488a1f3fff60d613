// Light or dark: the system's choice until a person makes their own.

const KEY = 'huiyin.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function kept() {
  const v = localStorage.getItem(KEY);
  return v === 'light' || v === 'dark' ? v : null;
}

export function isDark() {
  return kept() ? kept() === 'dark' : system.matches;
}

function apply() {
  if (kept()) document.documentElement.dataset.theme = kept();
  else delete document.documentElement.dataset.theme;
}

// toggleTheme flips what is seen; choosing what the system says forgets the choice.
export function toggleTheme() {
  const next = isDark() ? 'light' : 'dark';
  if ((next === 'dark') === system.matches) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
  apply();
}

// onSystemTheme calls back when the system's choice changes.
export function onSystemTheme(f) {
  system.addEventListener('change', f);
}

apply();
