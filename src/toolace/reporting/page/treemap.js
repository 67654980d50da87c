// Squarified treemap (Bruls, Huizing, van Wijk 2000): areas, and in each its domains, by number of APIs.
function squarify(items, x, y, width, height) {
  const total = sum(items.map((item) => item.size));
  const placed = [];
  let rest = items.map((item) => ({ ...item, room: (item.size / total) * width * height }));
  while (rest.length) {
    const short = Math.min(width, height);
    const worst = (row) => {
      const room = sum(row.map((one) => one.room));
      return Math.max(...row.map((one) => Math.max((short ** 2 * one.room) / room ** 2, room ** 2 / (short ** 2 * one.room))));
    };
    let count = 1;
    while (count < rest.length && worst(rest.slice(0, count + 1)) <= worst(rest.slice(0, count))) count += 1;
    const row = rest.slice(0, count);
    const thick = sum(row.map((one) => one.room)) / short;
    let along = 0;
    for (const one of row) {
      const length = one.room / thick;
      placed.push(width >= height
        ? { ...one, x, y: y + along, width: thick, height: length }
        : { ...one, x: x + along, y, width: length, height: thick });
      along += length;
    }
    if (width >= height) { x += thick; width -= thick; } else { y += thick; height -= thick; }
    rest = rest.slice(count);
  }
  return placed;
}

function treemap(width, areas, pick) {
  const height = width < 520 ? 620 : 520, head = 19;
  const total = sum(areas.flatMap(([, domains]) => domains.map(([, size]) => size)));
  const boxes = squarify(areas.map(([name, domains], i) => ({ name, domains, i, size: sum(domains.map(([, size]) => size)) })), 0, 0, width, height);
  const marks = boxes.map((area) => {
    const titled = area.height > 44 && area.width > 46;
    const over = titled ? head : 0;
    const cells = squarify(area.domains.map(([name, size]) => ({ name, size })), area.x, area.y + over, area.width - 3, Math.max(1, area.height - over - 3));
    const group = svg('g', { class: 'area' },
      titled && svg('text', { class: 'label strong', x: area.x + 2, y: area.y + 14 }, fitted(area.name, area.width - 10, 13, 600)),
      cells.map((cell) => cellOf(cell, area, total, pick)));
    group.style.setProperty('--hue', Math.round((area.i * 137.5) % 360));
    return group;
  });
  return { height, marks };
}

function cellOf(cell, area, total, pick) {
  const name = cell.height > 17 && cell.width > 34 ? fitted(cell.name, cell.width - 9, 11.5) : '';
  const share = percent(cell.size / total, cell.size / total < 0.01 ? 2 : 1);
  const known = pick(area.name, cell.name);
  return svg('g', { class: known ? 'pick' : null, onclick: known, 'data-tip': `${area.name} / ${cell.name}: ${number(cell.size)} APIs, ${share}` },
    svg('rect', { class: 'cell', x: cell.x + 0.5, y: cell.y + 0.5, width: Math.max(0.5, cell.width - 1), height: Math.max(0.5, cell.height - 1), rx: Math.min(3, cell.width / 4, cell.height / 4) }),
    name.length > 3 && svg('text', { class: 'tiny', x: cell.x + 5, y: cell.y + 14 }, name),
    name.length > 3 && cell.height > 32 && svg('text', { class: 'tiny soft', x: cell.x + 5, y: cell.y + 28 }, number(cell.size)));
}
