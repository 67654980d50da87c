// Elements and numbers. Texts only ever become text nodes: nothing from a run is parsed as HTML.
const el = (name, attributes, ...children) => filled(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) =>
  filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const $ = (selector) => document.querySelector(selector);
const number = (value) => value.toLocaleString('en');
const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}%`;
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? '' : 's'}`;
const sum = (values) => values.reduce((total, value) => total + value, 0);
const words = (name) => name.replaceAll('_', ' ');
const clipped = (text, length) => (text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text);

// Widths of SVG texts, in px, and texts cut to a width.
const pen = document.createElement('canvas').getContext('2d');
function textWidth(text, size = 13, weight = 400) {
  pen.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}
const widest = (texts, ...font) => Math.max(0, ...texts.map((text) => textWidth(text, ...font)));
function fitted(text, width, ...font) {
  if (textWidth(text, ...font) <= width) return text;
  let length = text.length;
  while (length > 1 && textWidth(`${text.slice(0, length)}…`, ...font) > width) length -= 1;
  return length > 1 ? `${text.slice(0, length).trimEnd()}…` : '';
}

function duration(seconds) {
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

// Round steps from 0 to at least `top`.
function ticks(top, wanted = 4) {
  const rough = top / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Number((i * step).toFixed(digits)));
}

// What is under the pointer says more in its `data-tip`.
function showTips() {
  const tip = $('#tip');
  addEventListener('pointermove', (event) => {
    const text = event.target.closest?.('[data-tip]')?.dataset.tip;
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
    tip.style.top = `${event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18}px`;
  }, { passive: true });
  addEventListener('scroll', () => { tip.hidden = true; }, { passive: true, capture: true });
}
