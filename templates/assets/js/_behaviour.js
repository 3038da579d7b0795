// Each behaviour adds to content that is already there; without JavaScript nothing is missing.
const behaviours = new Map();

function behaviour(name, start) {
  behaviours.set(name, start);
}

document.documentElement.classList.add("js");

addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll("[data-behaviour]")) {
    for (const name of element.dataset.behaviour.split(" ")) behaviours.get(name)?.(element);
  }
});
