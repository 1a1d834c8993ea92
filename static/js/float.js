// @ts-check
// What floats closes with Escape or a click elsewhere, and gives the focus back.
import { on, each, byId } from './dom.js';

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  if (active?.closest('.tip')) active.blur();
  const menu = /** @type {HTMLDetailsElement | null} */ (active?.closest('[data-menu][open]') ?? document.querySelector('[data-menu][open]'));
  if (menu) {
    menu.open = false;
    menu.querySelector('summary')?.focus();
  }
});

document.addEventListener('click', (event) => {
  for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll('[data-menu][open]'))) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  }
});

// A dialog open on arrival is a plain box; here it becomes modal.
each('dialog[data-modal]', (element) => {
  const dialog = /** @type {HTMLDialogElement} */ (element);
  const opener = /** @type {HTMLElement | null} */ (document.activeElement);
  dialog.close();
  dialog.showModal();
  /** @type {HTMLElement | null} */ (dialog.querySelector('[data-first], input:not([readonly], [type=hidden]), button'))?.focus();
  dialog.addEventListener('close', () => opener?.isConnected && opener.focus());
});
on('click', '[data-dialog]', (button) => byId(button.dataset.dialog)?.showModal());
on('click', '[data-dialog-close]', (button) => /** @type {HTMLDialogElement | null} */ (button.closest('dialog'))?.close());
on('click', '[data-print]', () => window.print());
