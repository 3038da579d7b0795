// Diagrams grow, shrink and move under the pointer, inside a box of their first height; a node shows its edges.
behaviour("panzoom", (figure) => {
  const box = figure.querySelector(".scroll");
  const svg = box.querySelector("svg");
  const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value];
  let scale = 1;

  function zoom(factor, x = box.clientWidth / 2, y = box.clientHeight / 2) {
    const next = factor ? Math.min(4, Math.max(0.25, scale * factor)) : 1;
    if (!box.style.height && next > 1) box.style.height = `${Math.min(box.clientHeight, innerHeight * 0.8)}px`;
    if (!factor) box.style.height = "";
    box.classList.toggle("zoomed", next > 1);
    const [left, top] = [box.scrollLeft + x, box.scrollTop + y].map((at) => (at * next) / scale);
    scale = next;
    svg.style.width = next === 1 ? "" : `${width * next}px`;
    box.scrollTo({ left: left - x, top: top - y, behavior: "instant" });
  }

  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const frame = box.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - frame.left, event.clientY - frame.top);
  }, { passive: false });
  addEventListener("beforeprint", () => zoom(0));

  // Fingers scroll the box already.
  let from = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0) from = { x: event.clientX, y: event.clientY, moved: false };
  });
  addEventListener("pointermove", (event) => {
    if (!from || (!from.moved && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 4)) return;
    box.scrollBy({ left: from.x - event.clientX, top: from.y - event.clientY, behavior: "instant" });
    from = { x: event.clientX, y: event.clientY, moved: true };
  });
  addEventListener("pointerup", () => setTimeout(() => { from = null; }));
  box.addEventListener("click", (event) => { if (from?.moved) event.preventDefault(); }, { capture: true });
  box.addEventListener("dragstart", (event) => event.preventDefault());

  const edges = [...svg.querySelectorAll(":scope > g[marker-end] > path")];
  const ends = new Map(edges.map((edge) => [edge, edge.getAttribute("d").match(/-?[\d.]+/g).map(Number)]));
  const touches = (rect, x, y) =>
    x >= rect.x - 4 && x <= rect.x + rect.width + 4 && y >= rect.y - 4 && y <= rect.y + rect.height + 4;
  for (const node of svg.querySelectorAll("g[color]")) {
    const shape = node.querySelector("use");
    node.addEventListener("pointerenter", () => {
      const area = shape.getBBox();
      for (const [edge, d] of ends) edge.classList.toggle("hot", touches(area, d[0], d[1]) || touches(area, d.at(-2), d.at(-1)));
    });
    node.addEventListener("pointerleave", () => { for (const edge of edges) edge.classList.remove("hot"); });
  }

  if (height < 240 && width < 480) return;
  box.before(make("div", { class: "pan js-only", role: "group", "aria-label": "Zoom" },
    makeButton("+", () => zoom(1.25), { "aria-label": "Larger" }),
    makeButton("−", () => zoom(0.8), { "aria-label": "Smaller" }),
    makeButton("Reset", () => zoom(0))));
});
