// @ts-check
// The reader shares the width between the panes, by hand or by arrows; this browser
// remembers it.
import { each } from '../dom.js';

const WIDTHS = { start: { name: '--left', key: 'relecture-gauche', least: 11, most: 30 }, end: { name: '--right', key: 'relecture-droite', least: 17, most: 45 } };
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** @param {string} key */
function remembered(key) {
  try {
    return parseFloat(localStorage.getItem(key) ?? '');
  } catch {
    return NaN;
  }
}

each('[data-r-grip]', (grip) => {
  const review = /** @type {HTMLElement} */ (grip.parentElement);
  const start = grip.dataset.rGrip === 'start';
  const width = start ? WIDTHS.start : WIDTHS.end;
  const now = () => parseFloat(getComputedStyle(review).getPropertyValue(width.name));
  const set = (/** @type {number} */ size) => {
    const kept = Math.min(width.most, Math.max(width.least, size));
    review.style.setProperty(width.name, `${kept}rem`);
    tell(kept);
    try {
      localStorage.setItem(width.key, String(kept));
    } catch { /* this page only, then */ }
  };
  const tell = (/** @type {number} */ size) => grip.setAttribute('aria-valuenow', String(Math.round((100 * (size - width.least)) / (width.most - width.least))));
  const before = remembered(width.key);
  if (before > 0) review.style.setProperty(width.name, `${Math.min(width.most, Math.max(width.least, before))}rem`);
  tell(now());

  grip.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    grip.dataset.moving = '';
    const from = event.clientX;
    const size = now();
    const follow = (/** @type {PointerEvent} */ moved) => set(size + ((moved.clientX - from) / rem()) * (start ? 1 : -1));
    const done = () => {
      delete grip.dataset.moving;
      grip.removeEventListener('pointermove', follow);
      grip.removeEventListener('pointerup', done);
      grip.removeEventListener('pointercancel', done);
    };
    grip.addEventListener('pointermove', follow);
    grip.addEventListener('pointerup', done);
    grip.addEventListener('pointercancel', done);
  });
  grip.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -100, End: 100 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    set(now() + by * (start ? 1 : -1));
  });
  grip.addEventListener('dblclick', () => {
    review.style.removeProperty(width.name);
    try {
      localStorage.removeItem(width.key);
    } catch { /* nothing was remembered */ }
    tell(now());
  });
});
