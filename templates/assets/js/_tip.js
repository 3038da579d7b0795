// One tooltip for all charts: names and values as text, beside the pointer, inside the window.
const tip = make("div", { class: "tip", role: "tooltip", hidden: "" });

function showTip(handler, event, item, value) {
  if (value === null || value === undefined || value === "") {
    tip.hidden = true;
    return;
  }
  const entries = typeof value === "object" ? Object.entries(value) : [["", value]];
  tip.replaceChildren(...entries.flatMap(([name, shown]) => [make("span", {}, name), make("b", {}, String(shown))]));
  if (!tip.isConnected) document.body.append(tip);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const beside = event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14;
  const below = event.clientY + 14 + height > innerHeight ? event.clientY - 14 - height : event.clientY + 14;
  tip.style.left = `${Math.max(4, beside)}px`;
  tip.style.top = `${Math.max(4, below)}px`;
}

for (const event of ["scroll", "blur"]) addEventListener(event, () => { tip.hidden = true; }, { passive: true });
addEventListener("keydown", ({ key }) => { if (key === "Escape") tip.hidden = true; });
