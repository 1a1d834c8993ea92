// @ts-check
// The officer's list by keyboard: j k row, x select, Shift+x range, Enter opens, / search,
// ? sheet, Escape clears. Single letters are silent while typing and can be turned off.
import { each, byId, on, remember, announce } from './dom.js';

const rows = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-keys] [data-row]')]);
const box = (/** @type {HTMLElement | undefined} */ row) => /** @type {HTMLInputElement | null | undefined} */ (row?.querySelector('input[type=checkbox]'));
let anchor = -1;

export function enabled() {
  return !document.cookie.split('; ').includes('touches=non');
}

/** @param {KeyboardEvent} event */
export function typing(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  return target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio]), select, textarea') || document.querySelector('dialog:modal') !== null;
}

const here = () => rows().findIndex((row) => row.getAttribute('aria-current') === 'true');

/** @param {number} by */
function move(by) {
  const all = rows();
  if (all.length === 0) return;
  const next = Math.min(all.length - 1, Math.max(0, here() + by));
  all.forEach((row, n) => (n === next ? row.setAttribute('aria-current', 'true') : row.removeAttribute('aria-current')));
  all[next].querySelector('a')?.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: 'nearest' });
  show(all[next]);
}

let showing = 0;

/** Shows what a line leads to, once the keys have paused. @param {HTMLElement} row */
function show(row) {
  clearTimeout(showing);
  const button = /** @type {HTMLElement | null} */ (row.querySelector('[data-show]'));
  if (button) showing = setTimeout(() => button.click(), 120);
}

/** @param {boolean} range */
function select(range) {
  const all = rows();
  const at = here();
  if (at < 0) return;
  const from = range && anchor >= 0 ? Math.min(anchor, at) : at;
  const to = range && anchor >= 0 ? Math.max(anchor, at) : at;
  const checked = range ? true : !box(all[at])?.checked;
  for (let n = from; n <= to; n++) {
    const b = box(all[n]);
    if (b) b.checked = checked;
  }
  anchor = at;
  count();
}

function clear() {
  for (const row of rows()) {
    const b = box(row);
    if (b) b.checked = false;
  }
  count();
}

/** Shows what is selected: bar, number, the box of the whole list. */
function count() {
  const boxes = rows().map(box).filter((b) => b !== null && b !== undefined);
  const n = boxes.filter((b) => b.checked).length;
  for (const bar of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-bulk]'))) {
    bar.hidden = n === 0;
    const label = /** @type {HTMLElement | null} */ (bar.querySelector('[data-bulk-count]'));
    if (label) {
      label.textContent = ((n === 1 ? label.dataset.one : label.dataset.other) ?? '{n}').replace('{n}', String(n));
      if (n > 0) announce(label.textContent);
    }
  }
  for (const all of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[data-select-all]'))) {
    all.checked = n > 0 && n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
  }
}

on('change', '[data-select-all]', (element) => {
  for (const row of rows()) {
    const b = box(row);
    if (b) b.checked = /** @type {HTMLInputElement} */ (element).checked;
  }
  count();
});
on('change', '[data-keys] [data-row] input[type=checkbox]', () => count());
each('[data-keys]', () => { count(); return count; });

/** @type {Record<string, (event: KeyboardEvent) => void>} */
const actions = {
  j: () => move(1),
  k: () => move(-1),
  x: () => select(false),
  X: () => select(true),
  o: () => /** @type {HTMLElement | null} */ (rows()[here()]?.querySelector('a[data-review]') ?? rows()[here()]?.querySelector('a'))?.click(),
  '/': (event) => {
    const search = /** @type {HTMLElement | null} */ (document.querySelector('[data-key-search], input[type=search]'));
    if (search) event.preventDefault();
    search?.focus();
  },
  f: () => /** @type {HTMLElement | null} */ (document.querySelector('.desk__rail summary, .desk__rail input'))?.focus(),
  '?': () => byId('touches')?.showModal(),
  Escape: () => clear(),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
  const link = /** @type {HTMLElement | null} */ (document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`));
  if (link && enabled()) { link.click(); return; }
  if (!document.querySelector('[data-keys]') || (!enabled() && event.key !== '?')) return;
  actions[event.key]?.(event);
});

each('[data-keys-toggle]', (element) => {
  const toggle = /** @type {HTMLInputElement} */ (element);
  toggle.checked = enabled();
  toggle.addEventListener('change', () => remember('touches', toggle.checked ? 'oui' : 'non'));
});

// Airy or dense, remembered per person.
on('click', '[data-density-switch]', (button) => {
  const choice = button.dataset.densitySwitch ?? 'dense';
  document.documentElement.dataset.density = choice;
  remember('densite', choice);
  for (const other of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-density-switch]'))) {
    other.setAttribute('aria-pressed', String(other === button));
  }
});
