// Each behaviour adds to content that is already there; without JavaScript nothing is missing.
const behaviours = new Map();

function behaviour(name, start) {
  behaviours.set(name, start);
}

document.documentElement.classList.add("js");

addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll("[data-behaviour]")) {
    for (const name of element.dataset.behaviour.split(" ").filter((known) => behaviours.has(known))) {
      try {
        behaviours.get(name)(element);
      } catch (error) {
        console.error(`kreport ${name}`, error); // one that fails leaves the page and the others as they are
      }
    }
  }
});
