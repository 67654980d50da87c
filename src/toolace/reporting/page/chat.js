// A dialog as a chat: tools, thoughts, calls and results.
const pretty = (value) => JSON.stringify(value, null, 2);

function resultOf(content) {
  let text = content;
  try { text = pretty(JSON.parse(content)); } catch { /* a result that is no JSON is shown as it is */ }
  const count = text.split('\n').length;
  const block = el('pre', {}, text);
  return count <= 14 ? block : el('details', {}, el('summary', {}, `${count} lines`), block);
}

// What the plan says the user says, marked where it is said.
function marked(text, said) {
  const spoken = said.filter((one) => one.text).sort((a, b) => b.text.length - a.text.length);
  if (!spoken.length) return [text];
  const pattern = spoken.map((one) => one.text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}])(${pattern})(?![\\p{L}\\p{N}])`, 'u'));
  return parts.map((part, i) => {
    if (i % 2 === 0) return part;
    const of = spoken.filter((one) => one.text === part).map((one) => `${one.path} = ${JSON.stringify(one.value)}`);
    return el('mark', { 'data-tip': of.join('\n') }, part);
  });
}

function parametersOf(schema, prefix = '') {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const type = field.type === 'array' ? `list of ${field.items?.type ?? 'any'}` : String(field.type ?? 'any');
    const notes = [
      schema.required?.includes(name) ? 'required' : null,
      field.enum && `one of ${field.enum.map((one) => JSON.stringify(one)).join(', ')}`,
      field.default !== undefined && `default ${JSON.stringify(field.default)}`,
    ].filter(Boolean);
    return [[path, type, field.description ?? '', notes.join('; ')], ...parametersOf(field, `${path}.`), ...parametersOf(field.items, `${path}[].`)];
  });
}

function toolOf(tool, called) {
  const parameters = parametersOf(tool.parameters);
  return el('details', { class: 'tool' },
    el('summary', {}, el('code', {}, tool.name), called.has(tool.name) && el('span', { class: 'chip' }, 'called'), el('span', { class: 'soft' }, ` ${tool.description}`)),
    parameters.length
      ? el('dl', { class: 'parameters' }, parameters.map(([path, type, description, notes]) => el('div', {},
          el('dt', {}, el('code', {}, path), ' ', el('span', { class: 'soft' }, type)), el('dd', {}, description, notes && el('em', {}, ` ${notes}`)))))
      : el('p', { class: 'soft' }, 'No parameters.'));
}

const callOf = (call) => el('div', { class: 'call' }, el('code', { class: 'name' }, call.name),
  el('dl', {}, Object.entries(call.arguments).map(([name, value]) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, typeof value === 'object' && value !== null ? el('pre', {}, pretty(value)) : JSON.stringify(value))))));

function turnOf(message, said) {
  const speaker = message.role === 'tool' ? `tool ${message.name ?? ''}` : message.role;
  return el('li', { class: `turn ${['user', 'assistant', 'tool', 'system'].includes(message.role) ? message.role : 'other'}` },
    el('span', { class: 'speaker' }, speaker),
    message.thought && el('p', { class: 'thought' }, el('span', { class: 'unseen' }, 'Thought: '), message.thought),
    (message.calls ?? []).map(callOf),
    message.role === 'tool' ? resultOf(message.content ?? '') : message.content && el('p', { class: 'said' }, message.role === 'user' ? marked(message.content, said) : message.content));
}

function chat(dialog, { verdict, rule, reason, domain }, heading) {
  const called = new Set(dialog.messages.flatMap((message) => (message.calls ?? []).map((call) => call.name)));
  const { plan = {}, provenance = {} } = dialog;
  const notes = [
    ...(plan.links ?? []).map((one) => `${one.path} = ${JSON.stringify(one.value)} is taken from the result ${one.source}`),
    ...(plan.asked ?? []).map((path) => `${path} is left out at first, so that the assistant has to ask`),
  ];
  const link = new URLSearchParams({ sample: dialog.id });
  return el('article', { class: 'dialog', 'aria-label': `Dialog ${dialog.id}` },
    el('header', {},
      el('h3', { tabindex: '-1' }, heading ?? dialog.id),
      el('p', { class: 'chips' },
        el('span', { class: `verdict ${verdict ? 'good' : 'bad'}` }, verdict ? '✓ accepted' : `✗ ${words(rule)}`),
        el('span', { class: 'chip' }, words(dialog.kind)), el('span', { class: 'chip' }, domain),
        el('a', { href: `#${link}` }, heading ? 'Open' : 'Permalink', el('span', { class: 'unseen' }, ` ${dialog.id}`))),
      !verdict && el('p', { class: 'reason' }, reason)),
    el('div', { class: 'tools' },
      el('h4', {}, `${plural(dialog.tools.length, 'tool')} on offer`), dialog.tools.map((tool) => toolOf(tool, called))),
    el('ol', { class: 'turns', 'aria-label': 'Turns' }, dialog.messages.map((message) => turnOf(message, plan.said ?? []))),
    notes.length > 0 && el('ul', { class: 'notes' }, notes.map((note) => el('li', {}, note))),
    el('details', { class: 'numbers' }, el('summary', {}, 'Plan and provenance'), el('pre', {}, pretty({ plan, provenance }))),
    el('details', { class: 'numbers' }, el('summary', {}, 'Tools and messages as JSON'), el('pre', {}, pretty({ tools: dialog.tools, messages: dialog.messages }))));
}
