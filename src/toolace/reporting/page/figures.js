// The frame of every chart: title, explanation, drawing at the width there is, and the same numbers as a table.
let figures = 0;

function figure(parent, { title, about, key, table, draw }) {
  const id = `figure-${++figures}`;
  const plot = el('div', { class: 'plot' });
  parent.append(el('figure', { class: 'card' },
    el('figcaption', {}, el('h3', { id }, title), el('p', { id: `${id}-about` }, about)),
    key && legend(key),
    plot,
    table && el('details', { class: 'numbers' }, el('summary', {}, 'As a table', el('span', { class: 'unseen' }, `: ${title}`)), tableOf(title, table))));
  let drawn = 0;
  const render = () => {
    const width = Math.floor(plot.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    const { height, marks } = draw(width);
    plot.replaceChildren(svg('svg', {
      viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-labelledby': id, 'aria-describedby': `${id}-about`,
    }, marks));
  };
  render();
  new ResizeObserver(render).observe(plot);
  return () => { drawn = 0; render(); };
}

const legend = (entries) => el('ul', { class: 'legend' },
  entries.map(([look, text]) => el('li', {}, el('span', { class: `swatch ${look}` }), text)));

// `rows` hold texts or nodes; the first column names the row. A wide table scrolls in its own region.
function tableOf(title, { head, rows }) {
  return el('div', { class: 'table', role: 'region', tabindex: '0', 'aria-label': `Table: ${title}` },
    el('table', {},
      el('thead', {}, el('tr', {}, head.map((text) => el('th', { scope: 'col' }, text)))),
      el('tbody', {}, rows.map(([first, ...rest]) =>
        el('tr', {}, el('th', { scope: 'row' }, first), rest.map((cell) => el('td', {}, cell)))))));
}

function missing(parent, what, stage) {
  const command = facts.stages.find((one) => one.name === stage).command;
  parent.append(el('p', { class: 'card missing' }, `${what}: run `, el('code', {}, command)));
}
