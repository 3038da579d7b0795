// Still charts wake up as they come near: a Vega view of the same size from the same specification. Whatever goes
// wrong, the still chart stays.
const library = once(async () => {
  const [code, specs] = await Promise.all([unpacked("kreport-vega"), unpacked("kreport-charts")]);
  document.head.append(make("script", {}, code));
  return { ...window.kreportVega, specs: JSON.parse(specs) };
});

function once(start) {
  let result;
  return () => (result ??= start());
}

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (char) => char.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

// A chart holds its data and links nowhere: pictures from the specification itself are all it may show.
const loader = {
  load: () => Promise.reject(new Error("charts load nothing")),
  sanitize: (address) =>
    address.startsWith("data:image/") ? Promise.resolve({ href: address }) : Promise.reject(new Error("not a picture")),
};

async function wake(figure) {
  const box = figure.querySelector(".vg-box");
  const still = box.querySelector("svg");
  const { parse, View, expressionInterpreter, specs } = await library();
  const live = make("div", { class: "live" });
  const runtime = parse(specs[figure.dataset.chart], null, { ast: true });
  const view = new View(runtime, { expr: expressionInterpreter, renderer: "svg", loader, logLevel: 0 });
  await view.tooltip(showTip).initialize(live).hover().runAsync();
  const svg = live.querySelector("svg");
  // Same box, same name: fonts differ a little from those it was drawn with, and nothing on the page may jump.
  for (const name of ["width", "height", "class", "role", "aria-label"]) svg.setAttribute(name, still.getAttribute(name));
  for (const name of ["role", "aria-roledescription", "aria-label"]) live.removeAttribute(name);
  box.append(live);
  box.classList.add("awake");
}

const nearby = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    nearby.unobserve(target);
    wake(target).catch(() => {});
  }
}, { rootMargin: "300px" });

behaviour("chart", (figure) => {
  if (document.getElementById("kreport-vega")) nearby.observe(figure);
});
