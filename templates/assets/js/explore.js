// A link to something inside a closed disclosure opens it; the layers get a search field.
function openTarget(hash) {
  const target = hash.length > 1 && document.getElementById(hash.slice(1));
  const first = target && target.closest("details");
  if (!first) return;
  for (let details = first; details; details = details.parentElement.closest("details")) details.open = true;
  first.hidden = false;
  // After the browser's own jump, which would leave the summary above the window's edge.
  requestAnimationFrame(() => {
    first.scrollIntoView({ block: "start" });
    first.querySelector("summary").focus({ preventScroll: true });
  });
}

addEventListener("hashchange", () => openTarget(location.hash));

addEventListener("click", (event) => {
  // In SVG, href is an object: read the attribute.
  const href = event.target.closest?.("a[href]")?.getAttribute("href") ?? "";
  if (!href.startsWith("#")) return;
  if (document.baseURI.split("#")[0] !== location.href.split("#")[0]) {
    // In the frame of a notebook a bare fragment would lead to the notebook.
    event.preventDefault();
    location.hash = href;
  }
  if (href === location.hash) openTarget(href);
});

addEventListener("DOMContentLoaded", () => {
  openTarget(location.hash);
  const entries = [...document.querySelectorAll("#layers details.layer")];
  if (entries.length < 2) return;
  const text = new Map(entries.map((entry) => [entry, entry.querySelector("summary").textContent]));

  const field = makeSearch("Find a layer", "name or class", (matches) => {
    for (const entry of entries) entry.hidden = !matches(text.get(entry));
    const left = entries.filter((entry) => !entry.hidden).length;
    return left === 1 ? "1 layer found" : `${left} layers found`;
  });
  field.className = "layers-find js-only";
  field.addEventListener("keydown", ({ key }) => {
    const found = entries.find((entry) => !entry.hidden);
    if (key === "Enter" && found) openTarget(`#${found.querySelector(".in").id}`);
  });
  entries[0].before(field);
});
