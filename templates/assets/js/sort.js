// Column heads sort their table: numbers by value, then texts, then what was not measured. A third press gives the
// order of the model back; a tree lies flat meanwhile.
behaviour("sort", (table) => {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  if (rows.length < 2) return;

  // As document/numbers.py writes them: 52.5 k, 3.4 MB, 1.2 GFLOPs, 12.3 %, <0.1 %, 0.41 ms, 1.2e-4.
  const written = /^[<>]?(-?\d*\.?\d+(?:e[-+]?\d+)?)(µs|ms|[kKMGT])?(?:B|FLOPs|s|%)?$/;
  const sizes = { "µs": 1e-6, ms: 1e-3, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

  function valueOf(row, column) {
    const cell = row.cells[column];
    const text = cell?.dataset.value ?? cell?.textContent.trim().replace("−", "-").replace(/[,\u202f]/g, "") ?? "";
    const [, number, size] = text.match(written) ?? [];
    return number === undefined ? text : Number(number) * (sizes[size] ?? 1);
  }

  function rank(value) {
    if (typeof value === "number") return 0;
    return value === "–" || value === "" ? 2 : 1;
  }

  function compared(a, b, sign) {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (rank(a) === 0) return sign * (a - b);
    return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
  }

  function sort(column, direction) {
    table.classList.toggle("flat", direction !== null);
    if (direction === null) return body.append(...rows);
    const sign = direction === "ascending" ? 1 : -1;
    const keyed = rows.map((row) => [valueOf(row, column), row]);
    return body.append(...keyed.sort(([a], [b]) => compared(a, b, sign)).map(([, row]) => row));
  }

  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const numeric = rows.some((row) => rank(valueOf(row, column)) === 0);
    // The largest is what one looks for among numbers, the first among names.
    const turns = numeric ? ["descending", "ascending", null] : ["ascending", "descending", null];
    const button = makeButton("", () => {
      const next = turns[(turns.indexOf(head.getAttribute("aria-sort")) + 1) % turns.length];
      for (const other of heads) other.removeAttribute("aria-sort");
      if (next) head.setAttribute("aria-sort", next);
      sort(column, next);
    });
    button.append(...head.childNodes);
    head.append(button);
  });
});
