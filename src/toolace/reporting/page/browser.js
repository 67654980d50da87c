// The browser of samples: filters, a list that holds only the rows in view, and the dialog.
const ROW = 62; // px, as in the style
const FACETS = ['verdict', 'kind', 'domain', 'rule'];

class Browser {
  constructor(section, store) {
    this.store = store;
    this.wanted = { verdict: -1, kind: -1, domain: -1, rule: -1 };
    this.query = '';
    this.hits = null;
    this.rows = [];
    this.row = -1;
    this.beside = null; // null: beside rejected ones only
    this.build(section);
    this.read();
    addEventListener('hashchange', () => this.read());
    addEventListener('keydown', (event) => this.key(event));
  }

  build(section) {
    const select = (facet, label) => el('label', {}, label, el('select', { name: facet, onchange: (event) => this.set(facet, Number(event.target.value)) }));
    this.labels = { verdict: select('verdict', 'Verdict'), kind: select('kind', 'Kind'), domain: select('domain', 'Domain'), rule: select('rule', 'Rejected by') };
    this.input = el('input', { type: 'search', placeholder: 'requests, functions, reasons, ids', spellcheck: 'false', autocomplete: 'off', oninput: () => this.typed() });
    this.status = el('p', { role: 'status', class: 'count' });
    this.inner = el('div', { role: 'presentation', class: 'inner' });
    this.list = el('div', { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': 'Samples', onscroll: () => this.draw() }, this.inner);
    this.pane = el('div', { class: 'pane' });
    section.append(
      el('form', { class: 'filters', role: 'search', onsubmit: (event) => event.preventDefault() },
        el('label', { class: 'search' }, 'Search', this.input), ...Object.values(this.labels),
        el('button', { type: 'button', onclick: () => this.clear() }, 'Clear')),
      this.status,
      el('div', { class: 'browser' }, this.list, this.pane));
    this.selects = Object.fromEntries(FACETS.map((facet) => [facet, this.labels[facet].querySelector('select')]));
    this.fill();
    new ResizeObserver(() => this.draw()).observe(this.list);
  }

  // The options of the filters, once; later only their counts change.
  fill() {
    const { names, domains } = this.store;
    const options = (all, texts, from = 0) => [el('option', { value: -1 }, all), ...texts.map((text, i) => el('option', { value: i + from }, text))];
    this.selects.verdict.append(...options('all', ['accepted', 'rejected']));
    this.selects.kind.append(...options('all', names.kind.map(words)));
    this.selects.rule.append(...options('any or none', names.rule.slice(1).map(words), 1));
    const areas = Map.groupBy(names.domain.keys(), (i) => names.domain[i][0] || 'no area');
    this.selects.domain.append(el('option', { value: -1 }, 'all'), ...[...areas.keys()].sort().map((area) => {
      const sorted = areas.get(area).sort((a, b) => domains[a].localeCompare(domains[b]));
      return el('optgroup', { label: area }, sorted.map((i) => el('option', { value: i }, names.domain[i][1] || 'no domain')));
    }));
    this.options = FACETS.map((facet) => [...this.selects[facet].options].filter((one) => one.value !== '-1').map((one) => [one, one.textContent]));
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.query = this.input.value; this.hits = this.store.search(this.query); this.apply(); }, 90);
  }

  set(facet, value) {
    this.wanted[facet] = value;
    if (facet === 'rule' && value > 0 && this.wanted.verdict === 0) this.wanted.verdict = -1;
    if (facet === 'verdict' && value === 0) this.wanted.rule = -1;
    this.apply();
  }

  clear() {
    this.show({});
  }

  // Filter by names, e.g. from a chart: {kind, rule, domain: [area, domain], verdict, q}.
  show({ verdict, kind, rule, domain, q = '' }) {
    this.wanted = {
      verdict: ['accepted', 'rejected'].indexOf(verdict),
      kind: this.store.names.kind.indexOf(kind),
      rule: rule ? this.store.names.rule.indexOf(rule) : -1,
      domain: domain ? this.store.domains.indexOf(domain) : -1,
    };
    this.query = this.input.value = q;
    this.hits = this.store.search(q);
    this.apply();
  }

  apply(row = -1) {
    const { rows, counts } = this.store.filter(this.wanted, this.hits);
    this.rows = rows;
    FACETS.forEach((facet, i) => {
      this.selects[facet].value = this.wanted[facet];
      for (const [option, text] of this.options[i]) option.textContent = `${text} (${number(counts[i][option.value])})`;
    });
    this.status.textContent = rows.length === this.store.count
      ? `${plural(rows.length, 'sample')}` : `${number(rows.length)} of ${plural(this.store.count, 'sample')}`;
    this.inner.style.height = `${rows.length * ROW}px`;
    this.list.scrollTop = 0;
    const kept = row >= 0 ? row : this.row;
    this.open(rows.includes(kept) || row >= 0 ? kept : (rows[0] ?? -1));
  }

  draw() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - 4);
    const last = Math.min(this.rows.length, first + Math.ceil(this.list.clientHeight / ROW) + 8);
    this.inner.replaceChildren(...this.rows.slice(first, last).map((row, i) => this.item(row, first + i)));
    const shown = this.rows.indexOf(this.row);
    if (shown >= first && shown < last) this.list.setAttribute('aria-activedescendant', `row-${this.row}`);
    else this.list.removeAttribute('aria-activedescendant');
  }

  item(row, position) {
    const { store } = this;
    const [request, functions, reason] = store.words(row);
    const accepted = store.accepted(row);
    const node = el('div', {
      id: `row-${row}`, class: 'row', role: 'option', 'aria-selected': String(row === this.row),
      'aria-setsize': this.rows.length, 'aria-posinset': position + 1, onclick: () => { this.open(row); this.list.focus({ preventScroll: true }); },
    },
      el('span', { class: `sign ${accepted ? 'good' : 'bad'}` }, accepted ? '✓' : '✗', el('span', { class: 'unseen' }, accepted ? 'accepted' : 'rejected')),
      el('span', { class: 'request' }, clipped(request, 160) || 'no request'),
      el('span', { class: 'about' }, accepted ? [words(store.names.kind[store.kind[row]]), functions || 'no call'].join(' · ')
        : [words(store.names.kind[store.kind[row]]), words(store.names.rule[store.rule[row]]), reason].join(' · ')));
    node.style.transform = `translateY(${position * ROW}px)`;
    return node;
  }

  async open(row, focus = false) {
    this.row = row;
    this.reveal();
    this.write();
    if (row < 0) {
      this.pane.replaceChildren(el('p', { class: 'missing' }, 'No sample passes these filters.'));
      return;
    }
    const twin = (this.beside ?? !this.store.accepted(row)) ? this.store.twin[row] : -1;
    const dialogs = await Promise.all([row, twin].filter((one) => one >= 0).map((one) => this.store.dialog(one)));
    if (row !== this.row) return; // another was opened meanwhile
    this.pane.replaceChildren(
      this.store.twin[row] >= 0 ? this.toggle(row, twin >= 0) : '',
      ...dialogs.map((dialog, i) => chat(dialog, this.judgement(i ? twin : row), i ? this.heading(row, twin) : undefined)));
    this.pane.classList.toggle('two', twin >= 0);
    this.pane.scrollTop = 0;
    if (focus) this.pane.querySelector('h3').focus();
  }

  toggle(row, on) {
    const other = this.store.accepted(row) ? 'a rejected' : 'an accepted';
    return el('button', { type: 'button', class: 'beside', 'aria-pressed': String(on), onclick: () => { this.beside = !on; this.open(row); } }, `Show ${other} one beside it`);
  }

  heading(row, twin) {
    const { names, rule } = this.store;
    const repeats = ['duplicate', 'near_duplicate'].includes(names.rule[rule[row]] || names.rule[rule[twin]]);
    return `${this.store.accepted(twin) ? 'Accepted' : 'Rejected'}: ${repeats ? 'says the same' : 'one of its kind'}`;
  }

  judgement(row) {
    const { store } = this;
    return { verdict: store.accepted(row), rule: store.names.rule[store.rule[row]], reason: store.words(row)[2], domain: store.domains[store.domain[row]] };
  }

  reveal() {
    const at = this.rows.indexOf(this.row) * ROW;
    if (at >= 0 && at < this.list.scrollTop) this.list.scrollTop = at;
    else if (at + ROW > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = at + ROW - this.list.clientHeight;
    this.draw();
  }

  // The address tells filters and sample, so that it can be passed on.
  write() {
    const { names, domains, ids } = this.store;
    const { verdict, kind, domain, rule } = this.wanted;
    const state = {
      verdict: ['accepted', 'rejected'][verdict], kind: names.kind[kind], domain: domains[domain], rule: rule > 0 ? names.rule[rule] : undefined,
      q: this.query || undefined, sample: this.touched ? ids[this.row] : undefined,
    };
    const hash = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== undefined)).toString();
    if (this.touched && hash !== location.hash.slice(1)) history.replaceState(null, '', `#${hash || 'samples'}`);
    this.touched = true;
  }

  read() {
    if (location.hash && !location.hash.includes('=')) { if (!this.rows.length) this.show({}); return; }
    const state = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    this.touched = Boolean(location.hash);
    const row = this.store.rows.get(state.sample) ?? -1;
    this.row = row;
    this.show(state);
    if (state.sample && row < 0) this.status.textContent += `; ${state.sample} is not among them`;
    if (location.hash) $('#samples').scrollIntoView();
  }

  key(event) {
    const typing = event.target.closest('input, select, textarea');
    if (event.ctrlKey || event.metaKey || event.altKey || $('#keys').open) return;
    if (event.key === 'Escape') { this.list.focus(); return; }
    if (event.key === 'Enter' && (event.target === this.input || event.target === this.list)) { event.preventDefault(); this.open(this.row, true); return; }
    if (typing) return;
    const inList = event.target === this.list;
    const step = { j: 1, k: -1, ...(inList ? { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity } : {}) }[event.key];
    if (step !== undefined) this.step(step);
    else if (event.key === '/') this.input.focus();
    else if (event.key === '?') $('#keys').showModal();
    else if (event.key === 'b') { this.beside = !this.pane.classList.contains('two'); this.open(this.row); }
    else return;
    event.preventDefault();
    if (event.key === '/') $('#samples').scrollIntoView();
  }

  step(by) {
    if (!this.rows.length) return;
    const at = this.rows.indexOf(this.row);
    this.open(this.rows[Math.max(0, Math.min(this.rows.length - 1, at + by))]);
    if (!inView(this.list)) $('#samples').scrollIntoView();
  }
}

function inView(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}
