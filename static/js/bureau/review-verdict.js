// @ts-check
// Verdicts are shown at once and sent behind, in order. One that the server does not keep
// brings its piece back with every word, and says so.
import { announce, byId, on } from '../dom.js';
import { current, desk, go, hrefOf, lineOf, nextToJudge, pageBox, refreshList, reload, say, shownThen, sideBox, titleOf, focusPiece } from './review-desk.js';
import { forget, keep, keyOf, parse } from './review-panes.js';

/**
 * @typedef {object} Job
 * @property {string} action
 * @property {URLSearchParams} body
 * @property {string} piece key of the line
 * @property {string} href of the piece
 * @property {string} title
 * @property {string} kind
 * @property {string} dossier
 * @property {HTMLElement | undefined} side what was typed
 * @property {string} document
 * @property {boolean} [undo]
 */

/** @type {Job[]} */
const queue = [];
let sending = false;
let stopped = false;
/** The last piece judged here, to come back to. @type {string[]} */
const judged = [];

const form = () => /** @type {HTMLFormElement | null} */ (sideBox()?.querySelector('[data-r-verdict]'));

/** Tells that nothing waits to be sent. */
export const settled = () => queue.length === 0 && !sending;

/** Chooses a verdict that needs words: the words have the focus. @param {HTMLFormElement} f @param {string} kind */
function prepare(f, kind) {
  f.dataset.kind = kind;
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (f.querySelectorAll('[data-r-give]'))) {
    const on = button.dataset.rGive === kind;
    button.setAttribute('aria-pressed', String(on));
    button.classList.toggle('button--primary', on);
  }
}

/** @param {HTMLFormElement} f @param {string} name */
const value = (f, name) => {
  const field = /** @type {HTMLInputElement | null} */ (f.elements.namedItem(name));
  return field?.value.trim() ?? '';
};

/**
 * What is missing before a verdict can leave: the field to write in. An end date is asked
 * for once, a document without one can still be valid.
 * @param {HTMLFormElement} f
 * @param {string} kind
 * @param {boolean} again
 */
function missing(f, kind, again) {
  if (kind === 'valid' && !again && f.elements.namedItem('valable') && value(f, 'valable') === '') return f.querySelector('#r-valable');
  if (kind === 'refused') {
    const reason = value(f, 'motif');
    if (reason === '') return f.querySelector('#r-motif');
    if (reason === 'autre' && value(f, 'motif_libre') === '') return f.querySelector('#r-motif-libre');
  }
  if (kind === 'to_complete' && value(f, 'mot') === '') return f.querySelector('#r-mot');
  return null;
}

/**
 * Gives a verdict on the piece shown. Asked for once, one that lacks words opens them; asked
 * for twice, it says what is missing.
 * @param {string} kind
 */
export function give(kind) {
  const f = form();
  if (!f) return;
  const again = f.dataset.kind === kind;
  prepare(f, kind);
  const lack = /** @type {HTMLElement | null} */ (missing(f, kind, again));
  complain(f, lack && again ? lack : null, say(kind === 'refused' ? 'reasonMissing' : 'messageMissing'));
  if (lack) {
    lack.focus();
    return;
  }
  send(f, kind);
}

/** What Ctrl+Enter does: the verdict being prepared, else valid. */
export function save() {
  const f = form();
  if (f) give(f.dataset.kind || 'valid');
}

/** @param {HTMLFormElement} f @param {HTMLElement | null} field @param {string} text */
function complain(f, field, text) {
  for (const old of f.querySelectorAll('[data-r-complaint]')) old.remove();
  for (const old of f.querySelectorAll('[aria-invalid]')) old.removeAttribute('aria-invalid');
  if (!field) return;
  const words = document.createElement('p');
  words.className = 'field__error';
  words.id = `${field.id}-erreur`;
  words.dataset.rComplaint = '';
  words.textContent = text;
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', words.id);
  field.before(words);
  announce(text);
}

/** @param {HTMLFormElement} f @param {string} kind */
function send(f, kind) {
  const body = new URLSearchParams(/** @type {any} */ (new FormData(f)));
  body.set('avis', kind);
  const piece = pageBox().dataset.piece ?? '';
  const line = lineOf(piece);
  push({ action: f.action, body, piece, href: hrefOf(line) || current(), title: titleOf(line), kind, document: pageBox().dataset.document ?? '', dossier: desk().dataset.dossier ?? '', side: sideBox() });
  judged.push(piece);
  optimistic(piece, kind);
  const next = nextToJudge();
  const words = say(`state${kind.split('_').map((part) => part[0].toUpperCase() + part.slice(1)).join('')}`);
  if (next) {
    go(hrefOf(next), { focus: true });
    announce(say('given', titleOf(line), words, titleOf(next)));
  } else {
    announce(say('last', titleOf(line), words));
    focusPiece();
  }
}

/** Shows a verdict in the list before the server has it. @param {string} piece @param {string} kind */
function optimistic(piece, kind) {
  const line = lineOf(piece);
  const link = line?.querySelector('a.piece');
  const drawing = /** @type {HTMLTemplateElement | null} */ (byId('r-icones'))?.content.querySelector(`[data-kind="${kind}"]`);
  if (!line || !link || !drawing) return;
  line.dataset.standing = kind;
  link.className = `piece ${drawing.getAttribute('data-class') ?? ''}`;
  link.querySelector('.icon')?.replaceWith(/** @type {Element} */ (drawing.firstElementChild).cloneNode(true));
  const words = link.querySelector('.piece__state');
  if (words) words.textContent = `${drawing.getAttribute('data-words')} · ${say('sending')}`;
}

/** @param {Job} job */
function push(job) {
  queue.push(job);
  state();
  work();
}

/** Says what waits, where what is kept is said. */
function state() {
  const place = desk()?.querySelector('[data-r-queue]');
  if (!place) return;
  place.textContent = queue.length > 0 ? `${say(stopped ? 'unsent' : 'sending')} (${queue.length})` : desk().dataset.rSent ?? '';
}

async function work() {
  if (sending || stopped || queue.length === 0) return;
  sending = true;
  const job = queue[0];
  const answer = await attempt(job);
  sending = false;
  if (answer === 'lost') {
    stopped = true;
    state();
    failed(job);
    return;
  }
  queue.shift();
  if (answer instanceof Error) refused(job, answer.message);
  else kept(job, /** @type {string} */ (answer));
  state();
  work();
}

/**
 * One attempt, and a second one after a pause: the server makes one verdict of two.
 * @param {Job} job
 * @returns {Promise<string | Error | 'lost'>}
 */
async function attempt(job) {
  for (const pause of [0, 1000]) {
    if (pause) await new Promise((done) => setTimeout(done, pause));
    try {
      const answer = await fetch(job.action, { method: 'POST', body: job.body, headers: { 'HX-Request': 'true', 'HX-Target': 'r-pieces' }, keepalive: true, credentials: 'same-origin' });
      const html = await answer.text();
      if (answer.ok) return html;
      if (answer.status === 409 || answer.status === 422) return new Error(html);
      if (answer.status === 401) {
        signIn(html);
        return 'lost';
      }
      if (answer.status === 404) return 'lost';
    } catch { /* the network, tried again */ }
  }
  return 'lost';
}

/** An ended session: the server's dialog lands over the page, and what waits leaves again once signed in. @param {string} html */
function signIn(html) {
  const place = byId('superposition');
  const dialog = new DOMParser().parseFromString(html, 'text/html').querySelector('dialog');
  if (!place || !dialog) return;
  place.replaceChildren(document.importNode(dialog, true));
  /** @type {any} */ (window).htmx?.process(place);
  document.dispatchEvent(new CustomEvent('htmx:after:settle', { detail: {} }));
}
document.addEventListener('pf:signed-in', () => retry());

/** The server has it. @param {Job} job @param {string} html */
function kept(job, html) {
  byId('r-alerte')?.replaceChildren();
  const here = job.dossier === desk()?.dataset.dossier;
  forget((key, panes) => key !== current() && panes?.page?.dataset.piece === job.piece && panes.pieces.dataset.dossier === job.dossier || key === keyOf(job.href) && key !== current());
  if (!here) return;
  const fresh = parse(html).pieces;
  if (!fresh) return;
  fresh.dataset.rSent = fresh.dataset.saved;
  knows(job.document, fresh.querySelector(`[data-document="${job.document}"]`)?.getAttribute('data-verdict') ?? '');
  refreshList(fresh);
  for (const waiting of queue) if (!waiting.undo && waiting.dossier === job.dossier) optimistic(waiting.piece, waiting.kind);
  state();
  if (pageBox().dataset.piece === job.piece) reload();
}

/** What was sent from here is known here: later words on the same document are no surprise. @param {string} id @param {string} verdict */
function knows(id, verdict) {
  for (const waiting of queue) if (waiting.document === id) waiting.body.set('vu', verdict);
  const seen = /** @type {HTMLInputElement | null} */ (sideBox()?.dataset.document === id ? sideBox().querySelector('input[name=vu]') : null);
  if (seen) seen.value = verdict;
}

/** The server refuses: the piece comes back with its conflict or its errors. @param {Job} job @param {string} html */
function refused(job, html) {
  const panes = parse(html);
  if (!panes.page) {
    failed(job);
    return;
  }
  forget((key) => key === keyOf(job.href));
  keep(job.href, panes);
  const { side } = panes; // going to the piece already on screen keeps the side that is there
  go(job.href).then(() => {
    panes.side = side;
    if (sideBox() !== side) sideBox().replaceWith(side);
    if (pageBox() !== panes.page) pageBox().replaceWith(panes.page);
    refreshList(panes.pieces);
    const f = form();
    if (f) f.dataset.dirty = '1'; // what was typed outlives what is asked again of the page
    const errors = [...sideBox().querySelectorAll('[data-r-verdict] .field__error')].map((one) => {
      const words = /** @type {HTMLElement} */ (one.cloneNode(true));
      words.querySelector('.sr-only')?.remove();
      return words.textContent?.trim();
    });
    warn(say('failed', job.title), errors.join(' '), false);
    const place = /** @type {HTMLElement | null} */ (sideBox().querySelector('[data-conflict] h2') ?? sideBox().querySelector('[data-r-verdict] [aria-invalid]'));
    place?.focus();
  });
}

/** The server cannot be reached: the piece comes back, a button sends again. @param {Job} job */
function failed(job) {
  if (job.side) {
    const f = /** @type {HTMLElement | null} */ (job.side.querySelector('[data-r-verdict]'));
    if (f) f.dataset.dirty = '1';
  }
  go(job.href).then(() => {
    if (!job.undo) unsent(job.piece);
    warn(say('failed', job.title), say('failedText'), true);
    focusPiece();
  });
}

/** The list says that a verdict has not left. @param {string} piece */
function unsent(piece) {
  optimistic(piece, 'todo');
  const words = lineOf(piece)?.querySelector('.piece__state');
  if (words) words.textContent = say('unsent');
}

function retry() {
  stopped = false;
  byId('r-alerte')?.replaceChildren();
  for (const job of queue) if (job.dossier === desk()?.dataset.dossier) optimistic(job.piece, job.kind);
  state();
  work();
}
on('click', '[data-r-retry]', () => retry());

/** @param {string} title @param {string} text @param {boolean} again */
function warn(title, text, again) {
  const box = document.createElement('div');
  box.className = 'banner banner--bad';
  const mark = /** @type {HTMLTemplateElement | null} */ (byId('r-icones'))?.content.querySelector('[data-kind="alert"]')?.firstElementChild;
  if (mark) box.append(mark.cloneNode(true));
  const body = document.createElement('div');
  body.className = 'banner__body';
  for (const [words, style] of [[title, 'banner__title'], [text, '']]) {
    if (!words) continue;
    const line = document.createElement('p');
    line.className = style;
    line.textContent = words;
    body.append(line);
  }
  if (again) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button button--small';
    button.dataset.rRetry = '';
    button.textContent = say('retry');
    const actions = document.createElement('div');
    actions.className = 'banner__actions';
    actions.append(button);
    body.append(actions);
  }
  box.append(body);
  byId('r-alerte')?.replaceChildren(box);
}

/** Takes the last verdict given here back, else that of the piece shown. */
export function undo() {
  let piece = judged.pop() ?? pageBox()?.dataset.piece ?? '';
  let line = lineOf(piece);
  if (!line || !['valid', 'refused', 'to_complete'].includes(line.dataset.standing ?? '')) {
    line = lineOf(pageBox()?.dataset.piece);
    piece = line?.dataset.rPiece ?? '';
  }
  if (!line || !['valid', 'refused', 'to_complete'].includes(line.dataset.standing ?? '')) {
    announce(say('nothing'));
    return;
  }
  const url = new URL(form()?.action ?? `/bureau/documents/${line.dataset.document}/avis`, location.href);
  url.pathname = `/bureau/documents/${line.dataset.document}/avis/annulation`;
  url.searchParams.set('candidature', desk().dataset.dossier ?? '');
  url.searchParams.set('piece', piece);
  push({ action: url.href, body: new URLSearchParams({ vu: line.dataset.verdict ?? '' }), piece, href: hrefOf(line), title: titleOf(line), kind: 'todo', document: line.dataset.document ?? '', dossier: desk().dataset.dossier ?? '', side: undefined, undo: true });
  optimistic(piece, 'todo');
  go(hrefOf(line), { focus: true });
}

on('click', '[data-r-give]', (button, event) => {
  if (!form()) return;
  event.preventDefault();
  give(button.dataset.rGive ?? '');
});
on('click', '[data-r-undo]', (_, event) => {
  event.preventDefault();
  judged.length = 0;
  undo();
});
on('submit', '[data-r-verdict]', (_, event) => {
  event.preventDefault();
  save();
});
on('input', '[data-r-verdict]', (f) => { f.dataset.dirty = '1'; });

// Answers that agree or differ: shown at once, sent behind.
on('click', '[data-r-match] button', async (button, event) => {
  const f = /** @type {HTMLFormElement} */ (button.closest('form'));
  event.preventDefault();
  const pressed = button.getAttribute('aria-pressed') === 'true';
  for (const other of button.parentElement?.querySelectorAll('button') ?? []) other.setAttribute('aria-pressed', String(other === button && !pressed));
  const body = new URLSearchParams({ concorde: /** @type {HTMLButtonElement} */ (button).value });
  if (pressed) body.set('oublier', '1');
  try {
    const answer = await fetch(f.action, { method: 'POST', body, headers: { 'HX-Request': 'true', 'HX-Target': 'contenu' }, keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    await reload();
  } catch {
    button.setAttribute('aria-pressed', String(pressed));
    warn(say('failed', button.closest('.compare')?.querySelector('dt')?.textContent ?? ''), say('failedText'), false);
  }
});

// Answers to open again with the piece: kept until the request is written.
const closedKey = (/** @type {string} */ id) => `relecture-fermees-${id}`;
on('change', '[data-r-open]', (element) => {
  const box = /** @type {HTMLInputElement} */ (element);
  const key = closedKey(box.dataset.rOpen ?? '');
  const closed = new Set(JSON.parse(sessionStorage.getItem(key) ?? '[]'));
  if (box.checked) closed.delete(box.value);
  else closed.add(box.value);
  sessionStorage.setItem(key, JSON.stringify([...closed]));
});

shownThen(() => {
  state();
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[data-r-open]'))) {
    if (JSON.parse(sessionStorage.getItem(closedKey(box.dataset.rOpen ?? '')) ?? '[]').includes(box.value)) box.checked = false;
  }
});

window.addEventListener('beforeunload', (event) => { if (stopped && queue.length > 0) event.preventDefault(); });
