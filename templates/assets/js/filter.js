// A field above a table keeps the rows that hold all its words, with the rows they stand under and those under them.
behaviour("filter", (box) => {
  const table = box.querySelector("table");
  const rows = [...table.tBodies[0].rows];
  const parents = rowParents(rows);

  const field = makeSearch("Filter", box.dataset.filter, (matches) => {
    const found = new Set(rows.filter((row) => matches(row.textContent)));
    const kept = new Set([...found].flatMap((row) => [row, ...parents.get(row)]));
    for (const row of rows) if (parents.get(row).some((parent) => found.has(parent))) kept.add(row);
    for (const row of rows) row.classList.toggle("out", !kept.has(row));
    // Among a filter's results nothing is folded away.
    table.classList.toggle("filtered", kept.size < rows.length);
    return found.size === 1 ? "1 row found" : `${found.size} rows found`;
  });
  field.className = "find js-only";
  box.querySelector(".tb-head").append(field);
});
