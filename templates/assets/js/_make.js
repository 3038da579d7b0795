// Elements by script: text stays text, and no style attribute is written.
function make(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

function makeButton(label, onClick, attributes = {}) {
  const button = make("button", { type: "button", ...attributes }, label);
  button.addEventListener("click", onClick);
  return button;
}

// A search field that says how many it left; `search` gets a test of texts and returns that sentence.
function makeSearch(label, hint, search) {
  const input = make("input", { type: "search", placeholder: hint, autocomplete: "off", spellcheck: "false" });
  const count = make("span", { class: "vh", "aria-live": "polite" });
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const said = search((text) => words.every((word) => text.toLowerCase().includes(word)));
    count.textContent = words.length ? said : "";
  });
  return make("label", {}, `${label} `, input, count);
}
