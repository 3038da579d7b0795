// Auto, light or dark; kept where the browser lets us keep it. Paper stays light.
behaviour("theme", (group) => {
  const root = document.documentElement;
  const KEY = "kreport-theme";

  // A sandboxed frame throws at the mere mention of storage.
  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // then it holds until the page is closed
    }
  }

  const buttons = ["auto", "light", "dark"].map((theme) =>
    makeButton(theme[0].toUpperCase() + theme.slice(1), () => { use(theme); remember(theme); }, { "data-choice": theme }));

  function use(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.choice === theme));
  }

  group.append(...buttons);
  use(["light", "dark"].find((theme) => theme === remembered()) ?? "auto");
});
