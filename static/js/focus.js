// @ts-check
// Where the focus goes: the error summary on arrival and after a refusal, the card of a
// conflict, the title of a new step. A filter, a save or "show more" never move it.
import { each, announce, byId, on } from './dom.js';

each('[data-error-summary]', (summary) => {
  if (!document.title.startsWith('(')) document.title = `(${summary.dataset.errorSummary}) ${document.title}`;
  summary.focus();
});

each('[data-conflict]', (card) => {
  if (document.querySelector('[data-error-summary]') || document.activeElement?.closest('[data-conflict]')) return;
  /** @type {HTMLElement | null} */ (card.querySelector('h3') ?? card)?.focus();
});

each('[data-focus]', (element) => { if (!location.hash) element.focus(); });

// Refused twice: the summary or the card is the same element, and is told again.
document.addEventListener('htmx:after:swap', (event) => {
  const status = /** @type {CustomEvent} */ (event).detail.ctx?.response?.status;
  const wanted = status === 422 ? '[data-error-summary]' : status === 409 ? '[data-conflict] h3' : '';
  if (wanted) /** @type {HTMLElement | null} */ (document.querySelector(wanted))?.focus();
});

// A button that goes with the work that it was for leaves the focus to its heir.
let heir = '';
document.addEventListener('htmx:before:swap', () => {
  if (document.activeElement === document.body) return;
  heir = /** @type {HTMLElement | null} */ (document.activeElement?.closest('[data-heir]'))?.dataset.heir ?? '';
});
document.addEventListener('htmx:after:swap', () => {
  if (heir && document.activeElement === document.body) byId(heir)?.focus();
});

// The summary's links focus the control itself, in view with its label.
on('click', '[data-error-summary] a[href^="#"]', (link, event) => {
  const control = byId(decodeURIComponent(/** @type {HTMLAnchorElement} */ (link).hash.slice(1)));
  if (!control) return;
  event.preventDefault();
  const details = control.closest('details:not([open])');
  if (details) details.open = true;
  (control.closest('.field') ?? control).scrollIntoView({ block: 'center' });
  control.focus({ preventScroll: true });
});

// A part of the page that changed says so: <p data-announce="23 résultats">.
let said = new Set();
document.addEventListener('htmx:after:settle', () => {
  const texts = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-announce]'))].map((e) => e.dataset.announce ?? '');
  announce(texts.find((text) => text && !said.has(text)) ?? '');
  said = new Set(texts);
});
