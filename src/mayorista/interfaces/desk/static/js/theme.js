// Runs before the first paint: the theme the person chose, if any. Without a choice the system decides.
"use strict";
(() => {
  try {
    const chosen = localStorage.getItem("m-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.bsTheme = chosen;
  } catch { /* storage refused: the system decides */ }
})();
