// @ts-check
// The whole review by keyboard. Single letters are silent while one writes, and can be
// turned off (WCAG 2.1.4); keys with Ctrl, F6 and Escape go on.
import { byId, on } from '../dom.js';
import { enabled, typing } from '../desk.js';
import { compare, desk, goDossier, goPiece, lines, pageBox, sideBox, step, turnPage } from './review-desk.js';
import { give, save, undo } from './review-verdict.js';
import { full, turn, zoom } from './review-viewer.js';
import * as remark from './review-remark.js';

let number = '';
let waiting = 0;

/** "g" then the number of a piece; a second digit is waited for when it can be one. @param {string} key */
function digit(key) {
  clearTimeout(waiting);
  number += key;
  const n = Number(number.slice(1));
  if (n * 10 > lines().length) return jump();
  waiting = window.setTimeout(jump, 600);
}

function jump() {
  const n = Number(number.slice(1));
  number = '';
  if (n > 0) goPiece(n);
}

/** Whether an arrow should scroll what has the focus rather than turn the page. @param {KeyboardEvent} event @param {number} way */
function scrolls(event, way) {
  const stage = byId('r-scene');
  if (!stage || event.target !== stage || stage.scrollWidth <= stage.clientWidth + 1) return false;
  return way > 0 ? stage.scrollLeft + stage.clientWidth < stage.scrollWidth - 1 : stage.scrollLeft > 1;
}

/** @type {Record<string, (event: KeyboardEvent) => void>} */
const letters = {
  j: () => goDossier('j'),
  k: () => goDossier('k'),
  n: () => step(1),
  p: () => step(-1),
  v: () => give('valid'),
  r: () => give('refused'),
  a: () => give('to_complete'),
  c: () => remark.begin(),
  e: () => /** @type {HTMLElement | null | undefined} */ (desk()?.querySelector('a[data-r-complement]'))?.click(),
  u: () => undo(),
  d: () => compare(),
  t: () => turn(),
  f: () => full(),
  g: () => { number = 'g'; clearTimeout(waiting); waiting = window.setTimeout(() => { number = ''; }, 1500); },
  '+': () => zoom(1),
  '=': () => zoom(1),
  '-': () => zoom(-1),
  0: () => zoom(0),
};

/** Moves the focus from pane to pane. @param {number} by */
function pane(by) {
  const panes = [desk(), pageBox(), sideBox()];
  const at = panes.findIndex((one) => one?.contains(document.activeElement));
  const next = panes[(at + by + (at < 0 && by < 0 ? 1 : 0) + panes.length) % panes.length];
  const first = next === pageBox() ? byId('r-scene') : next?.querySelector('a.piece[aria-current], [data-r-give], summary, a[href]');
  /** @type {HTMLElement | null} */ (first)?.focus();
}

/** @param {KeyboardEvent} event */
function aimed(event) {
  const step = event.shiftKey ? 5 : 1;
  if (event.key === 'ArrowLeft') remark.move(-step, 0);
  else if (event.key === 'ArrowRight') remark.move(step, 0);
  else if (event.key === 'ArrowUp') remark.move(0, -step);
  else if (event.key === 'ArrowDown') remark.move(0, step);
  else if (event.key === 'Enter') remark.set();
  else if (event.key === 'Escape') remark.cancel();
  else return false;
  return true;
}

document.addEventListener('keydown', (event) => {
  if (!desk() || event.defaultPrevented || event.isComposing) return;
  if (document.querySelector('dialog:modal')) return;
  if (event.key === 'F6') {
    event.preventDefault();
    pane(event.shiftKey ? -1 : 1);
    return;
  }
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const own = /** @type {HTMLElement} */ (event.target).closest('[data-r-remark-form], [data-r-edit]');
    if (remark.aiming()) remark.set();
    else if (own) /** @type {HTMLFormElement} */ (own).requestSubmit();
    else save();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (remark.aiming() && !typing(event)) {
    if (/^\p{L}$/u.test(event.key)) {
      remark.set(); // the letter goes on into the words, whose field has the focus now
      return;
    }
    if (aimed(event)) {
      event.preventDefault();
      return;
    }
  }
  if (event.key === 'Escape' && typing(event)) {
    remark.close(event.target);
    byId('r-scene')?.focus({ preventScroll: true });
    return;
  }
  if (typing(event)) return;
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    const way = event.key === 'ArrowRight' ? 1 : -1;
    if (/** @type {HTMLElement} */ (event.target).matches('[role=separator], [type=radio]') || scrolls(event, way)) return;
    event.preventDefault();
    turnPage(way > 0 ? 'next' : 'prev');
    return;
  }
  if (event.key === '?') {
    event.preventDefault();
    byId('touches')?.showModal();
    return;
  }
  if (!enabled()) return;
  if (number && /^[0-9]$/.test(event.key)) {
    event.preventDefault();
    digit(event.key);
    return;
  }
  const act = letters[event.key];
  if (!act) return;
  event.preventDefault(); // the letter is not for the field that takes the focus
  if (event.key !== 'g') number = '';
  act(event);
});

on('click', 'a[data-r-help]', (_, event) => {
  event.preventDefault();
  byId('touches')?.showModal();
});
