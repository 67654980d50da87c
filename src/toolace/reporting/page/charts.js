// Drawings: each gives the height and the marks of an SVG of the given width.

// Horizontal bars. A row has lanes, a lane has segments {from, to, look, tip}; `pick` makes it a link into the samples.
function rowsOf(width, rows, { top = Math.max(1, ...rows.flatMap((row) => row.lanes.flat().map((one) => one.to))), lane = 16 } = {}) {
  const narrow = width < 520;
  const longest = widest(rows.map((row) => row.label), 13, 600) + 14;
  const left = narrow ? 0 : Math.min(longest, width * 0.36);
  const right = widest(rows.flatMap((row) => row.texts)) + 12;
  const scale = (width - left - right) / top;
  const marks = [];
  let y = 2;
  for (const row of rows) {
    const start = y + (narrow ? 18 : 0);
    const label = narrow ? { x: 0, y: y + 13 } : { x: left - 10, y: y + (row.lanes.length * lane) / 2 + 4.5, 'text-anchor': 'end' };
    const group = svg('g', { class: row.pick ? 'pick' : null, onclick: row.pick },
      svg('rect', { class: 'hit', x: 0, y, width, height: row.lanes.length * lane + (narrow ? 24 : 6), 'data-tip': row.tip }),
      svg('text', { ...label, class: `label ${row.look ?? ''}` }, fitted(row.label, narrow ? width : left - 10, 13, row.look === 'strong' ? 600 : 400)),
      row.lanes.map((segments, i) => [
        segments.map((one) => svg('rect', {
          class: `bar ${one.look}`, x: left + one.from * scale, y: start + i * lane + 1, rx: 2,
          width: Math.max(one.to > one.from ? 1.5 : 0, (one.to - one.from) * scale), height: lane - 3, 'data-tip': one.tip ?? row.tip,
        })),
        svg('text', { x: width, y: start + i * lane + lane / 2 + 4.5, 'text-anchor': 'end', class: 'value' }, row.texts[i] ?? ''),
      ]));
    marks.push(group);
    y = start + row.lanes.length * lane + 7;
  }
  return { height: y, marks };
}

const bar = (label, value, more = {}) => ({
  label, texts: [number(value)], lanes: [[{ from: 0, to: value, look: more.look ?? 'accent' }]], tip: `${label}: ${number(value)}`, ...more,
});

// Steps {label, value, what: whole | loss | rest}: what is left after each loss.
function waterfall(width, steps) {
  let left = 0;
  const rows = steps.map(({ label, value, what, pick }) => {
    const loss = what === 'loss';
    left = loss ? left - value : value;
    return {
      label, pick, look: loss ? 'soft' : 'strong', texts: [`${loss ? '−' : ''}${number(value)}`],
      lanes: [[{ from: loss ? left : 0, to: loss ? left + value : value, look: loss ? 'bad' : what === 'rest' ? 'good' : 'plain' }]],
      tip: `${label}: ${number(value)} (${percent(value / steps[0].value)} of ${number(steps[0].value)})`,
    };
  });
  return rowsOf(width, rows, { lane: 19 });
}

// A histogram of [label, count].
function columns(width, bins, unit) {
  const height = 170, bottom = 22, over = 12;
  const top = Math.max(1, ...bins.map(([, count]) => count));
  const lines = ticks(top, 3);
  const left = textWidth(number(lines.at(-1)), 12) + 10;
  const step = (width - left) / bins.length;
  const y = (count) => height - bottom - (count / top) * (height - bottom - over);
  const each = Math.ceil((widest(bins.map(([label]) => label), 12) + 10) / step);
  const marks = [
    lines.map((line) => [
      svg('line', { class: 'grid', x1: left, x2: width, y1: y(line), y2: y(line) }),
      svg('text', { class: 'tick', x: left - 8, y: y(line) + 4, 'text-anchor': 'end' }, number(line)),
    ]),
    bins.map(([label, count], i) => [
      svg('rect', {
        class: 'bar accent', x: left + i * step + Math.min(2, step * 0.1), width: Math.max(1, step - Math.min(4, step * 0.2)), rx: 2,
        y: count ? Math.min(y(count), height - bottom - 1.5) : y(0), height: count ? Math.max(1.5, y(0) - y(count)) : 0,
      }),
      svg('rect', { class: 'hit', x: left + i * step, width: step, y: over, height: height - bottom - over, 'data-tip': `${label} ${unit}: ${number(count)}` }),
      i % each === 0 && svg('text', { class: 'tick', x: Math.min(left + (i + 0.5) * step, width - textWidth(label, 12) / 2 - 1), y: height - 6, 'text-anchor': 'middle' }, label),
    ]),
  ];
  return { height, marks };
}

// The loss by step, with a mark for the loss on held-out samples.
function curve(width, points, held) {
  const height = Math.min(340, Math.max(220, width * 0.38)), left = 44, bottom = 36, over = 12, right = 14;
  const top = Math.max(...points.map((one) => one.loss), held ?? 0) * 1.05;
  const last = points.at(-1).step;
  const x = (step) => left + (step / last) * (width - left - right);
  const y = (loss) => height - bottom - (loss / top) * (height - bottom - over);
  const cursor = svg('circle', { class: 'cursor', r: 4.5, cx: -9, cy: -9 });
  const hit = svg('rect', { class: 'hit', x: left, y: over, width: width - left - right, height: height - over - bottom, 'data-tip': ' ' });
  hit.addEventListener('pointermove', (event) => {
    const step = ((event.offsetX - left) / (width - left - right)) * last;
    const near = points.reduce((best, one) => (Math.abs(one.step - step) < Math.abs(best.step - step) ? one : best));
    cursor.setAttribute('cx', x(near.step));
    cursor.setAttribute('cy', y(near.loss));
    hit.dataset.tip = `step ${number(near.step)}: loss ${near.loss.toFixed(3)}, learning rate ${near.rate.toPrecision(2)}`;
  });
  const path = points.map((one, i) => `${i ? 'L' : 'M'}${x(one.step).toFixed(1)} ${y(one.loss).toFixed(1)}`).join('');
  const marks = [
    ticks(top).map((line) => [
      svg('line', { class: 'grid', x1: left, x2: width - right, y1: y(line), y2: y(line) }),
      svg('text', { class: 'tick', x: left - 8, y: y(line) + 4, 'text-anchor': 'end' }, String(line)),
    ]),
    ticks(last, width < 520 ? 4 : 8).map((step) =>
      svg('text', { class: 'tick', x: x(step), y: height - bottom + 16, 'text-anchor': 'middle' }, number(step))),
    svg('text', { class: 'tick', x: width - right, y: height - 4, 'text-anchor': 'end' }, 'optimizer step'),
    held !== undefined && svg('line', { class: 'held', x1: left, x2: width - right, y1: y(held), y2: y(held) }),
    svg('path', { class: 'line', d: path }),
    cursor,
    hit,
  ];
  return { height, marks };
}
