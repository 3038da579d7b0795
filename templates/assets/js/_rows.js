// A table's rows as the tree that their classes describe: d1 … d6 is the depth, grp has deeper rows below it.
function rowDepth(row) {
  return Number(/(?:^|\s)d(\d+)/.exec(row.className)?.[1] ?? 0);
}

// For each row, in the order of the file: its parents, nearest first.
function rowParents(rows) {
  const open = [];
  return new Map(
    rows.map((row) => {
      while (open.length && rowDepth(open[0]) >= rowDepth(row)) open.shift();
      const parents = [...open];
      if (row.classList.contains("grp")) open.unshift(row);
      return [row, parents];
    }),
  );
}
