// The page: sections from the facts first, the samples when they have arrived.
const facts = JSON.parse($('#facts').textContent);
let browser = null; // until the samples have been unpacked

const pickOf = (filter) => () => {
  browser?.show(filter);
  $('#samples').scrollIntoView();
};

function overview() {
  const { run, stages } = facts;
  $('h1').textContent = run.name;
  const versions = Object.entries(run.versions ?? {}).filter(([, version]) => version);
  $('.origin').append(
    [`seed ${run.seed}`, run.commit && `commit ${run.commit.slice(0, 10)}`, run.machine, run.python && `Python ${run.python}`].filter(Boolean).join(' · '),
    versions.length > 0 && el('span', { class: 'versions' }, versions.map((one) => one.join(' ')).join(' · ')) || '');
  $('.tiles').append(...tiles().map(([value, label, note]) => el('li', {}, el('strong', {}, value), el('span', {}, label), note && el('small', {}, note))));
  $('.stages').append(...stages.map((stage) => el('li', { class: stage.state },
    el('span', { class: 'sign' }, { finished: '✓', begun: '…', missing: '–' }[stage.state]),
    el('span', {}, words(stage.name)), ' ',
    stage.state === 'finished' ? el('span', { class: 'soft' }, duration(stage.seconds))
      : el('span', { class: 'soft' }, stage.state === 'begun' ? 'not finished: ' : 'not run: ', el('code', {}, stage.command)))));
}

function tiles() {
  const { scores, pool, funnel, splits, train } = facts;
  const accepted = sum(Object.values(funnel).map((rules) => rules.accepted ?? 0));
  const drawn = sum(Object.values(funnel).flatMap((rules) => Object.values(rules)));
  const right = (model) => scores.models?.[model] && sum(scores.models[model].map((one) => one.correct));
  const tile = [];
  for (const model of Object.keys(scores.models ?? {}).filter((one) => one !== 'before').slice(0, 1)) {
    const cases = sum(scores.models[model].map((one) => one.cases));
    tile.push([percent(right(model) / cases), `of ${number(cases)} benchmark cases right`,
      scores.models.before && model !== 'before' ? `${percent(right('before') / cases)} before training` : model]);
  }
  if (pool) tile.push([number(pool.total), 'APIs in the pool', `${plural(pool.domains, 'domain')}, ${plural(pool.areas.length, 'area')}`]);
  if (drawn) tile.push([number(accepted), 'dialogs accepted', `${percent(accepted / drawn)} of ${number(drawn)} drawn`]);
  if (splits.train) tile.push([number(splits.train), 'samples to train on', `${number(splits.validation)} held out`]);
  if (train.steps) tile.push([train.validation_loss.toFixed(3), 'loss on held-out samples', `after ${plural(train.steps, 'step')}, ${number(train.tokens)} tokens`]);
  return tile;
}

function funnelSection(section) {
  const { apis, pool, funnel, splits } = facts;
  if (pool && apis.left_out) {
    const losses = Object.entries(apis.left_out).sort((a, b) => b[1] - a[1]);
    const grown = apis.evolved ?? pool.evolved;
    const steps = [
      { label: grown ? 'APIs read and grown' : 'APIs read', value: pool.total + sum(losses.map(([, count]) => count)), what: 'whole' },
      ...losses.map(([label, value]) => ({ label, value, what: 'loss' })),
      { label: 'in the pool', value: pool.total, what: 'rest' },
    ];
    stepsFigure(section, 'From documents to the pool', 'How many APIs were read, why some were left out, and what is left.', steps);
  }
  const kinds = Object.entries(funnel);
  if (!kinds.length) return missing(section, 'No dialogs yet', 'synthesize');
  const rules = rejections(kinds);
  const drawn = sum(kinds.flatMap(([, counts]) => Object.values(counts)));
  const rejected = sum(rules.map(([, count]) => count));
  stepsFigure(section, 'From drawn dialogs to the dataset', 'How many were drawn, rejected and accepted. A row leads to its samples.', [
    { label: 'dialogs drawn', value: drawn, what: 'whole', pick: pickOf({}) },
    { label: 'rejected', value: rejected, what: 'loss', pick: pickOf({ verdict: 'rejected' }) },
    { label: 'accepted', value: drawn - rejected, what: 'rest', pick: pickOf({ verdict: 'accepted' }) },
    ...(splits.train ? [{ label: 'to train on', value: splits.train, what: 'rest' }] : []),
  ]);
  if (rules.length) {
    figure(section, {
      title: 'Why dialogs were rejected',
      about: 'Each counts for the first rule or expert that refused it. A row leads to its samples.',
      table: { head: ['rule', 'rejected'], rows: rules.map(([rule, count]) => [words(rule), number(count)]) },
      draw: (width) => rowsOf(width, rules.map(([rule, count]) => bar(words(rule), count, { look: 'bad', pick: pickOf({ rule }) })), { lane: 19 }),
    });
  }
  kindsFigure(section, kinds);
}

function rejections(kinds) {
  const counts = new Map();
  for (const [, rules] of kinds) for (const [rule, count] of Object.entries(rules)) if (rule !== 'accepted') counts.set(rule, (counts.get(rule) ?? 0) + count);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function stepsFigure(section, title, about, steps) {
  figure(section, {
    title, about,
    table: { head: ['step', 'count'], rows: steps.map(({ label, value, what }) => [label, `${what === 'loss' ? '−' : ''}${number(value)}`]) },
    draw: (width) => waterfall(width, steps),
  });
}

function kindsFigure(section, kinds) {
  const rows = kinds.map(([kind, rules]) => ({ kind, accepted: rules.accepted ?? 0, rejected: sum(Object.values(rules)) - (rules.accepted ?? 0) }))
    .sort((a, b) => b.accepted - a.accepted);
  figure(section, {
    title: 'By kind of dialog',
    about: 'Accepted and rejected dialogs of each kind. A row leads to its samples.',
    key: [['good', 'accepted'], ['bad', 'rejected']],
    table: { head: ['kind', 'accepted', 'rejected'], rows: rows.map((one) => [words(one.kind), number(one.accepted), number(one.rejected)]) },
    draw: (width) => rowsOf(width, rows.map(({ kind, accepted, rejected }) => ({
      label: words(kind), pick: pickOf({ kind }), texts: [`${number(accepted)} + ${number(rejected)}`],
      lanes: [[{ from: 0, to: accepted, look: 'good' }, { from: accepted, to: accepted + rejected, look: 'bad' }]],
      tip: `${words(kind)}: ${number(accepted)} accepted, ${number(rejected)} rejected`,
    })), { lane: 19 }),
  });
}

function poolSection(section) {
  const { pool } = facts;
  if (!pool) return missing(section, 'No API pool yet', 'apis');
  figure(section, {
    title: 'Map of the pool',
    about: `${plural(pool.total, 'API')} of ${plural(pool.services, 'service')}: an area each, in it its domains, as large as their number of APIs. A domain leads to its samples.`,
    table: { head: ['area', 'domain', 'APIs'], rows: pool.areas.flatMap(([area, domains]) => domains.map(([domain, count]) => [area, domain, number(count)])) },
    draw: (width) => treemap(width, pool.areas, (area, domain) => pickOf({ domain: `${area} / ${domain}` })),
  });
  const grid = section.appendChild(el('div', { class: 'grid pairs' }));
  countsFigure(grid, 'Sources', 'APIs by where their documents come from.', pool.source);
  countsFigure(grid, 'Types of parameters', 'All parameters, nested ones too.', pool.types);
  histogram(grid, 'Parameters of an API', 'At the top level of its schema.', pool.parameters, 'parameters');
  histogram(grid, 'Depth of parameters', 'Levels of the schema: 1 is flat.', pool.levels, 'levels');
}

function dialogsSection(section) {
  const { bins, functions, distinct } = facts.distributions;
  if (!bins.turns) return missing(section, 'No dialogs yet', 'synthesize');
  const grid = section.appendChild(el('div', { class: 'grid' }));
  histogram(grid, 'Turns', 'Messages of an accepted dialog, tool results included.', bins.turns, 'turns');
  histogram(grid, 'Calls', 'Function calls in an accepted dialog.', bins.calls, 'calls');
  histogram(grid, 'Tools on offer', 'How many functions the assistant can choose from.', bins.tools, 'tools');
  histogram(grid, 'Words of the request', 'In the user’s first turn.', bins.words, 'words');
  histogram(grid, 'Size', 'Tools and turns of an accepted dialog as JSON, in bytes.', bins.bytes, 'bytes');
  histogram(grid, 'Arguments', 'Of a call.', bins.arguments ?? [], 'arguments');
  if (functions.length) countsFigure(section.appendChild(el('div', { class: 'below' })), 'Functions called most', `Of ${number(distinct)} names that are called, in how many dialogs. A row leads to its samples.`, functions, (name) => pickOf({ q: `"${name}"`, verdict: 'accepted' }));
}

function histogram(parent, title, about, bins, unit) {
  if (bins.length) figure(parent, { title, about, table: { head: [unit, 'count'], rows: bins.map(([label, count]) => [label, number(count)]) }, draw: (width) => columns(width, bins, unit) });
}

function countsFigure(parent, title, about, counts, pick) {
  figure(parent, {
    title, about,
    table: { head: ['name', 'count'], rows: counts.map(([label, count]) => [label, number(count)]) },
    draw: (width) => rowsOf(width, counts.map(([label, count]) => bar(label, count, { pick: pick?.(label) }))),
  });
}

function trainingSection(section) {
  const { loss, train } = facts;
  if (!loss.length) return missing(section, 'Not trained yet', 'train');
  figure(section, {
    title: 'Loss',
    key: [['curve', 'training'], ...(train.steps ? [['dashed', `held-out samples, at the end: ${train.validation_loss.toFixed(3)}`]] : [])],
    about: `Nats per assistant token, by optimizer step${train.tokens_per_second ? `; ${number(Math.round(train.tokens_per_second))} tokens per second` : ''}.`,
    table: { head: ['step', 'loss', 'learning rate'], rows: loss.map((one) => [number(one.step), one.loss.toFixed(4), one.rate.toExponential(2)]) },
    draw: (width) => curve(width, loss, train.validation_loss),
  });
}

function settingsSection(section) {
  section.append(el('p', {}, 'The whole configuration of this run, as its manifest holds it.'),
    ...Object.entries(facts.config).filter(([, value]) => typeof value === 'object' && value !== null).map(([name, value]) =>
      el('details', { class: 'card numbers' }, el('summary', {}, name), el('pre', {}, pretty(value)))));
}

function theme() {
  const modes = ['auto', 'light', 'dark'];
  const button = $('#theme');
  const set = (mode) => {
    document.documentElement.dataset.theme = mode;
    button.textContent = `Theme: ${mode}`;
  };
  button.addEventListener('click', () => set(modes[(modes.indexOf(document.documentElement.dataset.theme) + 1) % 3]));
  set('auto');
}

async function samples() {
  const section = $('#samples');
  if (!facts.shown) return missing(section, 'No dialogs yet', 'synthesize');
  const drawn = sum(Object.values(facts.funnel).flatMap((rules) => Object.values(rules)));
  if (facts.shown < drawn) section.append(el('p', {}, `${number(facts.shown)} of ${number(drawn)} dialogs, at even distances for each kind and rule (--samples shows more).`));
  browser = new Browser(section, await Store.open());
}

theme();
showTips();
$('#help').addEventListener('click', () => $('#keys').showModal());
overview();
scoresSection($('#scores'), facts.scores);
funnelSection($('#funnel'));
poolSection($('#pool'));
dialogsSection($('#dialogs'));
trainingSection($('#training'));
settingsSection($('#settings'));
addEventListener('DOMContentLoaded', samples);
