// Accuracy by category: a lane per model of ours with its Wilson interval, one with what others published.
const RULE = 26;

function dots(width, scores, models, chosen) {
  const left = width < 520 ? 6 : Math.min(width * 0.26, widest(scores.categories, 13, 600) + 16);
  const right = 12, lane = 15;
  const x = (share) => left + share * (width - left - right);
  const published = scores.published.some((one) => Object.keys(one.scores).length);
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    svg('text', { class: 'tick', x: x(share), y: 12, 'text-anchor': share === 1 ? 'end' : share || left > 20 ? 'middle' : 'start' }, percent(share, 0)));
  const labels = [], bands = [];
  let y = RULE;
  for (const category of scores.categories) {
    const start = y + (left < 20 ? 18 : 0);
    const height = (models.length + published) * lane;
    labels.push(left < 20
      ? svg('text', { class: 'label strong', x: left, y: y + 12 }, category)
      : svg('text', { class: 'label strong', x: left - 12, y: start + height / 2 + 4, 'text-anchor': 'end' }, category));
    models.forEach((model, i) => {
      const score = scores.models[model].find((one) => one.category === category);
      if (!score) return;
      const middle = start + i * lane + lane / 2;
      const tip = `${model}, ${category}: ${percent(score.accuracy)} (${score.correct} of ${score.cases}), interval ${percent(score.low)} to ${percent(score.high)}`;
      marks.push(svg('g', { class: `model-${i}`, 'data-tip': tip },
        svg('line', { class: 'interval', x1: x(score.low), x2: x(score.high), y1: middle, y2: middle }),
        svg('circle', { class: 'dot', cx: x(score.accuracy), cy: middle, r: 5 })));
    });
    const middle = start + models.length * lane + lane / 2;
    for (const one of scores.published) {
      const share = one.scores[category];
      if (share === undefined) continue;
      const tip = `${one.model}, ${category}: ${percent(share)} (${one.source})`;
      marks.push(svg('path', one.model === chosen
        ? { class: 'chosen', d: `M${x(share)} ${middle - 6}l6 6l-6 6l-6 -6z`, 'data-tip': tip }
        : { class: 'published', d: `M${x(share) - 1} ${middle - 5}h2v10h-2z`, 'data-tip': tip }));
    }
    if (bands.length % 2) bands.push(null);
    else bands.push(svg('rect', { class: 'band', x: 0, y: y - 6, width, height: start + height + 12 - y, rx: 6 }));
    y = start + height + 12;
  }
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => svg('line', { class: 'grid', x1: x(share), x2: x(share), y1: RULE - 8, y2: y - 6 }));
  return { height: y, marks: [bands, grid, labels, marks] };
}

// A row per model, ours first; a column per category and per group of the leaderboard.
function scoresTable(scores, models) {
  const groups = Object.keys(Object.values(scores.groups)[0] ?? {});
  const cell = (score) => (score ? `${percent(score.accuracy)} (${score.correct} of ${score.cases})` : '–');
  const share = (value) => (value === undefined ? '–' : percent(value));
  const ours = models.map((model) => [el('strong', {}, model), 'this run',
    ...scores.categories.map((category) => cell(scores.models[model].find((one) => one.category === category))),
    ...groups.map((group) => percent(scores.groups[model][group]))]);
  const others = scores.published.map((one) => [one.model, one.source,
    ...scores.categories.map((category) => share(one.scores[category])), ...groups.map((group) => share(one.groups[group]))]);
  return { head: ['model', 'source', ...scores.categories, ...groups.map((group) => `v4 ${words(group)}`)], rows: [...ours, ...others] };
}

function scoresSection(section, scores) {
  if (!scores.models) return missing(section, 'No scores yet', 'evaluate');
  const models = Object.keys(scores.models);
  const names = scores.published.map((one) => one.model);
  let chosen = names[0];
  if (names.length) {
    section.append(el('p', { class: 'choice' }, el('label', {}, 'Published model to compare with ',
      el('select', { id: 'published', onchange: (event) => { chosen = event.target.value; redraw(); } },
        scores.published.map((one) => el('option', { value: one.model }, `${one.model} · ${one.source}`))))));
  }
  const redraw = figure(section, {
    title: 'Accuracy by category',
    about: 'Share of right answers with Wilson’s 95% interval. The ticks are models that others published, the diamond is the chosen one.',
    key: [...models.map((model, i) => [`round model-${i}`, model]), ...(names.length ? [['diamond', 'chosen published model'], ['tick', 'other published models']] : [])],
    draw: (width) => dots(width, scores, models, chosen),
  });
  section.append(el('div', { class: 'card whole' }, el('h3', {}, 'Ours and published ones'), tableOf('scores by category', scoresTable(scores, models)),
    el('ul', { class: 'notes' },
      Object.keys(scores.groups).length > 0 && el('li', {}, 'v4 overall of this run: what was not run counts 0, as on the leaderboard.'),
      [...new Map(scores.published.map((one) => [one.source, one])).values()].map((one) =>
        el('li', {}, `${one.source}: ${one.origin}; ${one.date}.`)))));
  errorsFigure(section, scores, models);
}

function errorsFigure(section, scores, models) {
  const kinds = [...new Set(models.flatMap((model) => Object.keys(scores.errors[model])))];
  const count = (model, kind) => scores.errors[model][kind] ?? 0;
  kinds.sort((a, b) => sum(models.map((model) => count(model, b))) - sum(models.map((model) => count(model, a))));
  if (kinds.length) {
    figure(section, {
      title: 'What went wrong',
      about: 'Wrong answers by kind of error, over all categories.',
      key: models.map((model, i) => [`model-${i}`, model]),
      table: { head: ['kind of error', ...models], rows: kinds.map((kind) => [words(kind), ...models.map((model) => number(count(model, kind)))]) },
      draw: (width) => rowsOf(width, kinds.map((kind) => ({
        label: words(kind), texts: models.map((model) => number(count(model, kind))),
        lanes: models.map((model, i) => [{ from: 0, to: count(model, kind), look: `model-${i}`, tip: `${model}, ${words(kind)}: ${number(count(model, kind))}` }]),
      })), { lane: 13 }),
    });
  }
  section.append(el('ul', { class: 'notes' }, scores.pairs.map((pair) => el('li', {},
    `${pair.first} against ${pair.second}: only ${pair.first} is right on ${plural(pair.only_first, 'case')}, only ${pair.second} on ${number(pair.only_second)}; `
    + `McNemar’s exact p ${pair.p < 1e-4 ? '< 0.0001' : `= ${pair.p.toPrecision(2)}`}.`))));
}
