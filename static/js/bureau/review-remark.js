// @ts-check
// A remark is pinned to a place of the page: by a click, or by "c", arrows and Enter or its
// first letter. Text that is selected is pinned as it stands.
import { announce, byId, on } from '../dom.js';
import { current, desk, pageBox, reload, say, shownThen, sideBox } from './review-desk.js';

const SVG = 'http://www.w3.org/2000/svg';
/** @type {{x: number, y: number} | null} */
let aim = null;
/** The page aimed at, which may have left the screen since. @type {HTMLElement | null} */
let aimed = null;

const sheet = () => /** @type {HTMLElement | null} */ (pageBox()?.querySelector('[data-r-page-of]'));
const remarkForm = () => /** @type {HTMLFormElement | null} */ (sideBox()?.querySelector('[data-r-remark-form]'));
const clamp = (/** @type {number} */ n) => Math.min(1, Math.max(0, n));
export const aiming = () => aim !== null;

/** Starts to aim, in the middle of what is seen of the page. */
export function begin() {
  const page = sheet();
  if (!page || !remarkForm()) return;
  if (selected(page)) return;
  const box = page.getBoundingClientRect();
  const seen = /** @type {HTMLElement} */ (byId('r-scene')).getBoundingClientRect();
  const y = (Math.max(box.top, seen.top) + Math.min(box.bottom, seen.bottom)) / 2;
  aim = { x: 0.5, y: clamp((y - box.top) / box.height) };
  aimed = pageBox();
  aimed.dataset.aiming = '';
  tell();
  draw();
  byId('r-scene')?.focus({ preventScroll: true });
  announce(say('aim'));
}

export function cancel() {
  aim = null;
  if (!aimed) return;
  delete aimed.dataset.aiming;
  for (const old of aimed.querySelectorAll('.viewer__aim, .viewer__told')) old.remove();
}
shownThen(() => { if (aimed !== pageBox()) cancel(); });

/** Says on the page what the keys do now. */
function tell() {
  if (pageBox().querySelector('.viewer__told')) return;
  const words = document.createElement('p');
  words.className = 'viewer__told';
  words.textContent = say('aim');
  pageBox().append(words);
}

/** @param {number} dx @param {number} dy in hundredths of the page */
export function move(dx, dy) {
  if (!aim) return;
  aim = { x: clamp(aim.x + dx / 100), y: clamp(aim.y + dy / 100) };
  draw();
}

/** Leaves a new remark in which nothing is written. @param {EventTarget | null} field */
export function close(field) {
  const text = /** @type {HTMLTextAreaElement} */ (field);
  if (text.value === '' && text.closest('[data-r-remark-form]')) /** @type {HTMLDetailsElement} */ (text.closest('details')).open = false;
}

export function set() {
  if (!aim) return;
  const { x, y } = aim;
  cancel();
  open(x, y, 0, 0, '');
}

function draw() {
  const overlay = pageBox()?.querySelector('.viewer__overlay');
  if (!overlay || !aim) return;
  let mark = overlay.querySelector('.viewer__aim');
  if (!mark) {
    mark = document.createElementNS(SVG, 'circle');
    mark.setAttribute('class', 'viewer__aim');
    mark.setAttribute('r', '10');
    overlay.append(mark);
  }
  mark.setAttribute('cx', `${aim.x * 100}%`);
  mark.setAttribute('cy', `${aim.y * 100}%`);
  mark.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/** Pins what is selected on the page. @param {HTMLElement} page */
function selected(page) {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !page.contains(selection.anchorNode)) return false;
  const box = page.getBoundingClientRect();
  const zone = selection.getRangeAt(0).getBoundingClientRect();
  if (zone.width === 0 || turned()) return false;
  const words = selection.toString().replace(/\s+/g, ' ').trim().slice(0, 200);
  open(clamp((zone.left - box.left) / box.width), clamp((zone.top - box.top) / box.height), clamp(zone.width / box.width), clamp(zone.height / box.height), words);
  return true;
}

const turned = () => (byId('r-scene')?.dataset.turn ?? '0') !== '0';

/**
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height in fractions of the page
 * @param {string} words
 */
function open(x, y, width, height, words) {
  const form = remarkForm();
  if (!form) return;
  const put = (/** @type {string} */ name, /** @type {string} */ value) => {
    const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
    if (field) field.value = value;
  };
  put('page', pageBox().dataset.page ?? '1');
  put('x', x.toFixed(4));
  put('y', y.toFixed(4));
  put('l', width.toFixed(4));
  put('h', height.toFixed(4));
  /** @type {HTMLDetailsElement} */ (form.closest('details')).open = true;
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
  if (words && text.value === '') text.value = `« ${words} » : `;
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
  text.scrollIntoView({ block: 'nearest' });
}

// A click on the page pins there, unless it ended a selection.
on('click', '[data-r-page-of]', (page, event) => {
  if (event.target.closest('a') || !remarkForm() || turned()) return;
  const selection = getSelection();
  if (selection && !selection.isCollapsed) return;
  const box = page.getBoundingClientRect();
  cancel();
  open(clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height), 0, 0, '');
});

// The number in the margin leads to the words.
on('click', 'a.pin', (link, event) => {
  const note = byId(decodeURIComponent(/** @type {SVGAElement} */ (/** @type {unknown} */ (link)).href.baseVal.slice(1)));
  if (!note) return;
  event.preventDefault();
  note.scrollIntoView({ block: 'nearest' });
  note.focus({ preventScroll: true });
});

// Sent in place: what is typed elsewhere on the page stays.
on('submit', '[data-r-remark-form], [data-r-edit]', async (element, event) => {
  const form = /** @type {HTMLFormElement} */ (element);
  event.preventDefault();
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const action = button?.getAttribute('formaction') ?? form.action;
  const text = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
  if (!button?.hasAttribute('formaction') && text.value.trim() === '') {
    text.focus();
    return;
  }
  button?.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(action, { method: 'POST', body: new URLSearchParams(/** @type {any} */ (new FormData(form))), headers: { 'HX-Request': 'true', 'HX-Target': 'contenu' } });
    if (!answer.ok) throw new Error(String(answer.status));
    form.reset();
    await reload();
    byId('r-scene')?.focus({ preventScroll: true });
  } catch {
    button?.removeAttribute('aria-busy');
    announce(say('failedText'));
    if (desk() && current()) form.submit(); // the page itself then says why
  }
});
