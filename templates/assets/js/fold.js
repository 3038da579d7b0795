// Rows with deeper rows below them close and open.
behaviour("fold", (table) => {
  const rows = [...table.tBodies[0].rows];
  const parents = rowParents(rows);
  const closed = new Set();

  function show() {
    for (const row of rows) row.classList.toggle("folded", parents.get(row).some((parent) => closed.has(parent)));
  }

  function set(row, button, open) {
    closed[open ? "delete" : "add"](row);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "▾" : "▸";
  }

  const buttons = new Map();
  for (const row of rows.filter((candidate) => candidate.classList.contains("grp"))) {
    const label = `Rows of ${row.cells[0].textContent.trim()}`;
    const button = makeButton("", () => { set(row, button, closed.has(row)); show(); }, { class: "tw", "aria-label": label });
    set(row, button, true);
    row.cells[0].prepend(button);
    buttons.set(row, button);
  }

  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!parents.get(target)?.length) return;
    for (const parent of parents.get(target)) set(parent, buttons.get(parent), true);
    show();
    target.scrollIntoView({ block: "center" });
  });
});
