// @ts-check
// Light, dark or the system's: the form posts without a script; with one, the page changes
// at once and the same form is posted behind it, so that the server remembers.
import { on } from './dom.js';

on('click', '[data-theme-switch] button', (button, event) => {
  event.preventDefault();
  const choice = /** @type {HTMLButtonElement} */ (button).value;
  const root = document.documentElement;
  if (choice === 'auto') delete root.dataset.theme;
  else root.dataset.theme = choice;
  for (const other of document.querySelectorAll('[data-theme-switch] button')) {
    other.setAttribute('aria-pressed', String(/** @type {HTMLButtonElement} */ (other).value === choice));
  }
  const form = /** @type {HTMLFormElement} */ (button.closest('form'));
  const body = new URLSearchParams({ apparence: choice });
  fetch(form.action, { method: 'POST', body, redirect: 'manual', keepalive: true }).catch(() => { /* this page only, then */ });
});
