// The embedded samples: gzip in base64, unpacked when they are looked at.
async function unpacked(id) {
  const text = document.getElementById(id).textContent;
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

class Store {
  static async open() {
    const index = await unpacked('index');
    return new Store(index);
  }

  constructor({ count, block, names, id, text, ...columns }) {
    this.count = count;
    this.block = block;
    this.names = names;
    for (const [name, values] of Object.entries(columns)) this[name] = Int32Array.from(values);
    this.ids = count ? id.split('\n') : [];
    this.texts = count ? text.split('\n') : [];
    this.lowered = count ? `${text}`.toLowerCase().split('\n') : [];
    this.rows = new Map(this.ids.map((one, row) => [one, row]));
    this.domains = names.domain.map(([area, domain]) => (domain ? `${area} / ${domain}` : 'no domain'));
    this.blocks = new Map();
  }

  accepted(row) { return this.rule[row] === 0; }

  // Request, functions and reason of a row.
  words(row) { return this.texts[row].split('\t'); }

  async record(name, position) {
    const id = `${name}-${Math.floor(position / this.block)}`;
    if (!this.blocks.has(id)) {
      if (this.blocks.size > 60) this.blocks.delete(this.blocks.keys().next().value);
      this.blocks.set(id, unpacked(id));
    }
    return (await this.blocks.get(id))[position % this.block];
  }

  async dialog(row) {
    const stored = await this.record('dialogs', row);
    const tools = await Promise.all(stored.tools.map((position) => this.record('tools', position)));
    return { id: this.ids[row], kind: this.names.kind[this.kind[row]], ...stored, tools };
  }

  // Which rows hold all words, or "phrases in quotes"; null: all of them.
  search(query) {
    const terms = [...query.toLowerCase().matchAll(/"([^"]+)"|[^\s"]+/g)].map((found) => found[1] ?? found[0]);
    if (!terms.length) return null;
    const hits = new Uint8Array(this.count);
    for (let row = 0; row < this.count; row += 1) {
      const text = this.lowered[row];
      hits[row] = terms.every((term) => text.includes(term) || this.ids[row].includes(term));
    }
    return hits;
  }

  // The rows that pass all filters, and for each facet how many would if only it were set to each of its values.
  filter(wanted, hits) {
    const facets = [
      [wanted.verdict, (row) => (this.rule[row] ? 1 : 0), 2],
      [wanted.kind, (row) => this.kind[row], this.names.kind.length],
      [wanted.domain, (row) => this.domain[row], this.domains.length],
      [wanted.rule, (row) => this.rule[row], this.names.rule.length],
    ];
    const counts = facets.map(([, , size]) => new Int32Array(size));
    const rows = [];
    for (let row = 0; row < this.count; row += 1) {
      if (hits && !hits[row]) continue;
      let failed = 0, at = -1;
      for (let i = 0; i < 4; i += 1) {
        if (facets[i][0] >= 0 && facets[i][1](row) !== facets[i][0]) { failed += 1; at = i; }
      }
      if (failed === 0) {
        rows.push(row);
        for (let i = 0; i < 4; i += 1) counts[i][facets[i][1](row)] += 1;
      } else if (failed === 1) counts[at][facets[at][1](row)] += 1;
    }
    return { rows, counts };
  }
}
