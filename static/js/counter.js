// @ts-check
// How many characters are left, in words, while one types.
import { each, byId } from './dom.js';

each('[data-counter]', (element) => {
  const area = /** @type {HTMLTextAreaElement} */ (element);
  const note = /** @type {HTMLElement | null} */ (byId(area.dataset.counter));
  if (!note) return;
  const french = document.documentElement.lang !== 'en';
  const figures = new Intl.NumberFormat(french ? 'fr-FR' : 'en-GB');
  const count = () => {
    const left = Number(note.dataset.max) - [...area.value].length;
    const n = Math.abs(left);
    const one = n === 1 || (n === 0 && french);
    const text = left >= 0 ? (one ? note.dataset.leftOne : note.dataset.left) : (one ? note.dataset.overOne : note.dataset.over);
    note.textContent = (text ?? '').replace('{n}', figures.format(n));
  };
  area.addEventListener('input', count);
  return count;
});
