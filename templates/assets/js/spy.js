// The rail marks the section that is being read.
behaviour("spy", (rail) => {
  const links = [...rail.querySelectorAll("a[href^='#']")];
  const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
  const strip = rail.querySelector("ol");
  let current = null;
  let waiting = false;

  function read() {
    waiting = false;
    const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 && scrollY > 0;
    const passed = sections.filter((section) => section && section.getBoundingClientRect().top < innerHeight * 0.3);
    const now = links[end ? links.length - 1 : Math.max(0, passed.length - 1)];
    if (!now || now === current) return;
    current?.removeAttribute("aria-current");
    now.setAttribute("aria-current", "location");
    current = now;
    // On narrow screens the rail is a strip that scrolls sideways.
    if (strip.scrollWidth > strip.clientWidth) strip.scrollLeft = now.offsetLeft - strip.offsetLeft - 24;
  }

  for (const event of ["scroll", "resize"]) {
    addEventListener(event, () => {
      if (!waiting) requestAnimationFrame(read);
      waiting = true;
    }, { passive: true });
  }
  requestAnimationFrame(read); // once the other behaviours are done, so that a long page is laid out once
});
