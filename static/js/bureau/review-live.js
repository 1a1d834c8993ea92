// @ts-check
// Two reviewers on one dossier: who else is there, what they judge and what the applicant
// deposits appear by themselves (P9.5).
import { announce, byId, ready } from '../dom.js';
import { current, desk, fetchList, lineOf, lines, pageBox, refreshList, reload, say } from './review-desk.js';
import { forget } from './review-panes.js';
import { settled } from './review-verdict.js';

const EVERY = 4000;

/** What is known of each piece: its marks change when somebody changes it. */
const marks = () => new Map(lines().map((line) => [line.dataset.rPiece ?? '', line.dataset.mark ?? '']));

async function look() {
  if (document.hidden || !desk() || !settled()) return;
  const before = marks();
  const there = desk().querySelector('[data-r-present]')?.getAttribute('data-r-present') ?? '';
  const href = current();
  const fresh = await fetchList(href);
  if (!fresh || href !== current() || !settled() || fresh.dataset.dossier !== desk().dataset.dossier) return;
  const known = new Map(before);
  if ([...marks()].some(([key, mark]) => known.get(key) !== mark)) return; // changed here meanwhile
  refreshList(fresh);
  arrivals(there, fresh.querySelector('[data-r-present]')?.getAttribute('data-r-present') ?? '');
  for (const [key, mark] of marks()) {
    if (known.get(key) === mark) continue;
    forget((address, panes) => address !== current() && panes?.page?.dataset.piece === key);
    if (pageBox().dataset.piece === key && pageBox().dataset.mark !== mark) changed(key);
  }
}

/** @param {string} before @param {string} now */
function arrivals(before, now) {
  const known = before.split(', ');
  for (const name of now.split(', ')) if (name && !known.includes(name)) announce(say('arrived', name));
}

/** The piece on screen has changed: it is said, and shown when the reader wants it. @param {string} key */
function changed(key) {
  const words = lineOf(key)?.querySelector('.piece__state')?.textContent?.trim() ?? '';
  const box = document.createElement('div');
  box.className = 'banner';
  const mark = /** @type {HTMLTemplateElement | null} */ (byId('r-icones'))?.content.querySelector('[data-kind="alert"]')?.firstElementChild;
  if (mark) box.append(mark.cloneNode(true));
  const body = document.createElement('div');
  body.className = 'banner__body';
  const line = document.createElement('p');
  line.className = 'banner__title';
  line.textContent = say('changed', words);
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button--small';
  button.textContent = say('show');
  button.addEventListener('click', () => {
    box.remove();
    reload();
  });
  const actions = document.createElement('div');
  actions.className = 'banner__actions';
  actions.append(button);
  body.append(line, actions);
  box.append(body);
  byId('r-alerte')?.replaceChildren(box);
}

ready(() => {
  if (!desk()) return;
  setInterval(() => { look().catch(() => { /* next time */ }); }, EVERY);
  document.addEventListener('r:dossier', () => setTimeout(() => { look().catch(() => { /* next time */ }); }, 0));
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look().catch(() => { /* next time */ }); });
});
