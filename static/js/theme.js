// @ts-check
// Light, dark or the system's: the form posts without a script; with one, it is at once.
import { on, remember } from './dom.js';

on('click', '[data-theme-switch] button', (button, event) => {
  event.preventDefault();
  const choice = /** @type {HTMLButtonElement} */ (button).value;
  const root = document.documentElement;
  if (choice === 'auto') delete root.dataset.theme;
  else root.dataset.theme = choice;
  remember('theme', choice);
  for (const other of document.querySelectorAll('[data-theme-switch] button')) {
    other.setAttribute('aria-pressed', String(/** @type {HTMLButtonElement} */ (other).value === choice));
  }
});
