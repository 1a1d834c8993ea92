// @ts-check
// Walking in the review desk: from piece to piece, page to page, dossier to dossier. What
// comes next is already there when the key is pressed; without a script all of it is links.
import { announce, byId, on, ready as start } from '../dom.js';
import { fetchPanes, forget, keep, keyOf, load, painted, panesOf, ready } from './review-panes.js';

/** @typedef {import('./review-panes.js').Panes} Panes */

/** @type {string} */
let shown = '';
let walk = 0;
/** What others do after each change of what is shown. @type {(() => void)[]} */
const after = [];

export const desk = () => byId('r-pieces');
export const current = () => shown;
export const pageBox = () => byId('r-page');
export const sideBox = () => byId('r-avis');

/** Runs after each change of what is shown, and now. @param {() => void} run */
export const shownThen = (run) => { after.push(run); if (desk()) run(); };

/**
 * A word of the interface, with what it names.
 * @param {string} name
 * @param {...string} args
 */
export function say(name, ...args) {
  const text = byId('r-mots')?.dataset[name] ?? '';
  return text.replace(/\{(\d)\}/g, (/** @type {string} */ _, /** @type {string} */ n) => args[Number(n)] ?? '');
}

/** @returns {HTMLElement[]} */
export const lines = () => [...(desk()?.querySelectorAll('[data-r-piece]') ?? [])];

/** @param {string | undefined} key */
export const lineOf = (key) => lines().find((line) => line.dataset.rPiece === key);

/** @param {HTMLElement | undefined} line */
export const hrefOf = (line) => /** @type {HTMLAnchorElement | null | undefined} */ (line?.querySelector('a.piece'))?.href ?? '';

/** @param {HTMLElement | undefined} line */
export const titleOf = (line) => line?.querySelector('.strong')?.textContent?.trim() ?? '';

/** The piece to judge after the present one, in the order of the list. */
export function nextToJudge() {
  const all = lines();
  const at = all.findIndex((line) => line.dataset.rPiece === pageBox()?.dataset.piece);
  for (let n = 1; n <= all.length; n++) {
    const line = all[(at + n) % all.length];
    if (line.dataset.standing === 'todo' && line.dataset.rPiece !== pageBox()?.dataset.piece) return line;
  }
  return undefined;
}

/** Marks the present piece in the list. */
function mark() {
  for (const line of lines()) {
    const link = line.querySelector('a.piece');
    if (line.dataset.rPiece === pageBox()?.dataset.piece) {
      link?.setAttribute('aria-current', 'true');
      if (link && !inView(link)) link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else link?.removeAttribute('aria-current');
  }
}

/** @param {Element} element */
function inView(element) {
  const box = element.getBoundingClientRect();
  const pane = desk().getBoundingClientRect();
  return box.top >= pane.top && box.bottom <= pane.bottom && box.left >= pane.left && box.right <= pane.right;
}

/**
 * Puts panes on screen. Another page or version of the same document leaves the side as it
 * is: what is being typed there goes on.
 * @param {Panes} panes
 * @param {string} href
 */
function put(panes, href) {
  const from = pageBox();
  const same = from.dataset.document && from.dataset.document === panes.page.dataset.document;
  const elsewhere = desk().dataset.dossier !== panes.pieces.dataset.dossier;
  if (from !== panes.page) from.replaceWith(panes.page);
  if (!same && sideBox() !== panes.side) sideBox().replaceWith(panes.side);
  else if (same) panes.side = sideBox();
  if (elsewhere) {
    desk().replaceWith(panes.pieces);
    byId('r-alerte')?.replaceChildren();
    document.dispatchEvent(new CustomEvent('r:dossier'));
  }
  shown = keyOf(href);
  keep(href, panes);
  document.title = `${panes.page.dataset.title ?? ''} – Passerelle`;
  mark();
  const stage = byId('r-scene');
  if (stage && !same) stage.scrollTop = 0;
  for (const run of after) run();
  document.dispatchEvent(new CustomEvent('htmx:after:settle', { detail: {} }));
  ahead();
}

/**
 * Shows an address. What is ready is shown at once.
 * @param {string} href
 * @param {{push?: boolean, focus?: boolean}} [how]
 */
export async function go(href, how = {}) {
  if (!href) return;
  const mine = ++walk;
  let panes = ready(href);
  if (!panes) {
    byId('contenu')?.setAttribute('aria-busy', 'true');
    try {
      panes = await load(href);
    } catch {
      if (mine === walk) location.href = href;
      return;
    } finally {
      if (mine === walk) byId('contenu')?.removeAttribute('aria-busy');
    }
    if (mine !== walk) return;
  }
  const samePiece = panes.page.dataset.document === pageBox().dataset.document;
  if (how.push !== false) history[samePiece ? 'replaceState' : 'pushState'](null, '', keyOf(href));
  put(panes, href);
  if (how.focus) focusPiece();
}

/** The focus goes to the present piece, in the list. */
export function focusPiece() {
  const link = /** @type {HTMLElement | null} */ (desk().querySelector('a.piece[aria-current]'));
  (link ?? desk().querySelector('h1'))?.focus({ preventScroll: true });
}

/** Asks again for what is on screen: a verdict or a remark has changed it. */
export async function reload() {
  const href = shown;
  forget((key) => key === href);
  try {
    const panes = await fetchPanes(href);
    if (shown !== href || !panes.page) return;
    carry(sideBox(), panes.side);
    const refocus = focused();
    pageBox().replaceWith(panes.page);
    sideBox().replaceWith(panes.side);
    desk().replaceWith(panes.pieces);
    keep(href, panes);
    mark();
    refocus();
    for (const run of after) run();
    document.dispatchEvent(new CustomEvent('htmx:after:settle', { detail: {} }));
  } catch { /* what is there stays */ }
}

/** Takes what is typed from one form of verdict to its next state. @param {HTMLElement} from @param {HTMLElement} to */
export function carry(from, to) {
  const old = /** @type {HTMLFormElement | null} */ (from?.querySelector('[data-r-verdict]'));
  const fresh = /** @type {HTMLFormElement | null} */ (to?.querySelector('[data-r-verdict]'));
  if (!old?.dataset.dirty || !fresh || from.dataset.document !== to.dataset.document) return;
  for (const field of old.elements) {
    const typed = /** @type {HTMLInputElement} */ (field);
    const other = /** @type {HTMLInputElement | null} */ (typed.id ? fresh.querySelector(`#${CSS.escape(typed.id)}`) : null);
    if (other && typed.type !== 'hidden' && typed.type !== 'submit') {
      if (typed.type === 'checkbox') other.checked = typed.checked;
      else other.value = typed.value;
      blame(typed, other);
    }
  }
  fresh.dataset.kind = old.dataset.kind ?? '';
  fresh.dataset.dirty = '1';
}

/** What is said of a field stays with what is typed in it. @param {HTMLElement} field @param {HTMLElement} other */
function blame(field, other) {
  const words = field.getAttribute('aria-invalid') === 'true' ? byId(`${field.id}-erreur`) : null;
  if (!words || other.getAttribute('aria-invalid') === 'true') return;
  other.setAttribute('aria-invalid', 'true');
  other.setAttribute('aria-describedby', [...new Set(`${other.getAttribute('aria-describedby') ?? ''} ${words.id}`.trim().split(' '))].join(' '));
  other.before(words.cloneNode(true));
}

/** Remembers where the focus is, to give it back to what stands there next. */
export function focused() {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const piece = active?.closest('[data-r-piece]')?.getAttribute('data-r-piece');
  const value = active instanceof HTMLButtonElement && active.name ? `button[name="${active.name}"][value="${CSS.escape(active.value)}"]` : '';
  const id = active?.id;
  return () => {
    if (document.activeElement !== document.body && document.activeElement) return;
    const next = piece ? lineOf(piece)?.querySelector('a.piece') : byId(id) ?? (value ? byId('contenu')?.querySelector(value) : null);
    /** @type {HTMLElement | null | undefined} */ (next)?.focus({ preventScroll: true });
  };
}

/**
 * Replaces the list by what the server says now; what is on screen stays on screen.
 * @param {HTMLElement} fresh
 */
export function refreshList(fresh) {
  if (!fresh || fresh.dataset.dossier !== desk()?.dataset.dossier) return;
  const refocus = focused();
  const top = desk().scrollTop;
  const left = desk().querySelector('.review__list')?.scrollLeft ?? 0;
  desk().replaceWith(fresh);
  fresh.scrollTop = top;
  const list = fresh.querySelector('.review__list');
  if (list) list.scrollLeft = left;
  const held = ready(shown);
  if (held) held.pieces = fresh;
  mark();
  refocus();
  aheadShown();
}

/** The list of pieces as the server sees it now. @param {string} href */
export const fetchList = (href) => fetchPanes(href, 'r-pieces').then((panes) => panes.pieces);

/** How many of the next pieces are made ready: what is never read is not asked for. */
const AHEAD = 3;

/** Makes ready what will be asked for next, two things at a time. */
let making = 0;
function ahead() {
  const mine = ++making;
  const all = lines();
  const at = all.findIndex((line) => line.dataset.rPiece === pageBox()?.dataset.piece);
  const todo = [...all.slice(at + 1), ...all.slice(0, Math.max(0, at))].filter((line) => line.dataset.standing === 'todo').slice(0, AHEAD);
  const wanted = [hrefOf(todo[0]), act('next'), hrefOf(todo[1]), hrefOf(all[at + 1]), hrefOf(todo[2]), link('j')].filter((href) => href && keyOf(href) !== shown);
  const next = async () => {
    for (let href = wanted.shift(); href && mine === making; href = wanted.shift()) {
      try {
        await painted(await load(href, href === link('j')));
      } catch { /* it will be asked for when it is wanted */ }
      aheadShown();
    }
  };
  next();
  next();
}

/** Says that the next dossier is there. */
function aheadShown() {
  const note = /** @type {HTMLElement | null} */ (desk()?.querySelector('[data-r-ahead]'));
  if (note) note.hidden = !link('j') || !ready(link('j'));
}

/** @param {string} what */
const act = (what) => /** @type {HTMLAnchorElement | null | undefined} */ (pageBox()?.querySelector(`a[data-r-act="${what}"]`))?.href ?? '';

/** @param {string} key */
const link = (key) => /** @type {HTMLAnchorElement | null | undefined} */ (desk()?.querySelector(`a[data-r-go="${key}"]`))?.href ?? '';

/** @param {number} by */
export function step(by) {
  const all = lines();
  const at = all.findIndex((line) => line.dataset.rPiece === pageBox()?.dataset.piece);
  const line = all[at + by];
  if (line) go(hrefOf(line), { focus: true });
}

/** @param {number} n from 1, as the list shows it */
export function goPiece(n) {
  const line = lines().find((one) => one.querySelector('.piece__key')?.textContent?.trim() === String(n));
  if (line) go(hrefOf(line), { focus: true });
}

/** @param {'prev' | 'next'} way */
export async function turnPage(way) {
  const href = act(way);
  if (!href) return;
  await go(href);
  announce(say('page', pageBox().dataset.page ?? '', pageBox().dataset.pages ?? ''));
}

/** @param {'j' | 'k'} key */
export const goDossier = (key) => { if (link(key)) go(link(key), { focus: true }); };

export const compare = () => { if (act('compare')) go(act('compare')); };

start(() => {
  if (!desk() || !pageBox()) return;
  // An address that names no piece would show another one once this one is judged.
  const named = new URLSearchParams(location.search).has('piece') ? '' : hrefOf(lineOf(pageBox().dataset.piece));
  if (named) history.replaceState(null, '', keyOf(named));
  shown = keyOf(location.href);
  keep(location.href, panesOf(document));
  mark();
  ahead();
  for (const run of after) run();
});

const plain = (/** @type {MouseEvent} */ event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

on('click', '#contenu a.piece, #contenu a[data-r-go], #contenu a[data-r-link], #contenu a[data-r-act="prev"], #contenu a[data-r-act="next"], #contenu a[data-r-act="compare"]', (element, event) => {
  if (!desk() || !plain(event)) return;
  event.preventDefault();
  go(/** @type {HTMLAnchorElement} */ (element).href, { focus: element.matches('.piece') });
});

window.addEventListener('popstate', () => { if (desk()) go(location.href, { push: false }); });
