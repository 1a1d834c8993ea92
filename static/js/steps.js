// @ts-check
// A step of a form: questions that depend on answers are asked again by the server, what
// is written is saved after a pause, and the state of saving is always shown.
import { each, on, byId, word } from './dom.js';

// Without a script, "Actualiser les questions" is a visible button; here a change of an
// answer that others depend on presses it.
on('change', '[data-depends]', (field) => {
  const form = field.closest('form');
  /** @type {HTMLElement | null | undefined} */ (form?.querySelector('[data-depends-button]'))?.click();
});

class Autosave {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.timer = 0;
    this.dirty = false;
    this.failed = false;
    this.leaving = false;
    form.addEventListener('input', (event) => this.later(event, 1000));
    form.addEventListener('change', (event) => this.later(event, 400));
    form.addEventListener('submit', () => { this.leaving = true; clearTimeout(this.timer); });
    window.addEventListener('online', () => this.dirty && this.save());
    // Leaving: what is not sent yet goes by itself; the browser asks only when the server
    // could not be reached a moment ago.
    window.addEventListener('beforeunload', (event) => { if (this.failed && this.dirty && !this.leaving) event.preventDefault(); });
    window.addEventListener('pagehide', () => this.beacon());
    document.addEventListener('visibilitychange', () => { if (document.hidden && this.dirty) this.save(); });
    document.addEventListener('htmx:after:request', (event) => this.answered(/** @type {CustomEvent} */ (event)));
    document.addEventListener('htmx:error', (event) => this.lost(/** @type {CustomEvent} */ (event)));
  }

  button() {
    return /** @type {HTMLButtonElement | null} */ (this.form.querySelector('[data-autosave-button]'));
  }

  /** @param {Event} event @param {number} wait */
  later(event, wait) {
    const field = /** @type {Element} */ (event.target);
    if (!field.matches('[name]') || field.closest('[data-no-autosave]')) return;
    this.dirty = true;
    this.leaving = false;
    this.say('saving');
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), wait);
  }

  save() {
    clearTimeout(this.timer);
    if (this.leaving || !this.form.isConnected) return;
    this.button()?.click();
  }

  beacon() {
    const button = this.button();
    if (!this.dirty || this.leaving || !button || !this.form.isConnected) return;
    const data = new FormData(this.form, button);
    if (navigator.sendBeacon(this.form.action, new URLSearchParams(/** @type {any} */ (data)))) this.dirty = false;
  }

  /** @param {CustomEvent} event */
  answered(event) {
    const { ctx } = event.detail;
    if (!this.form.contains(ctx.sourceElement)) return;
    if (ctx.response.status < 300) {
      this.failed = false;
      if (ctx.sourceElement === this.button()) this.dirty = false;
    } else if (ctx.response.status >= 429) this.retry();
  }

  /** @param {CustomEvent} event */
  lost(event) {
    if (event.detail.ctx?.sourceElement === this.button()) this.retry();
  }

  retry() {
    this.dirty = true;
    this.failed = true;
    this.say('waiting');
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), 10000);
  }

  /** @param {'saving' | 'waiting'} what */
  say(what) {
    const state = byId(this.form.dataset.autosave);
    const text = state?.querySelector('b');
    if (!state || !text) return;
    state.classList.toggle('savestate--wait', what === 'waiting');
    text.textContent = word(what);
    while (text.nextSibling) text.nextSibling.remove();
  }
}

each('form[data-autosave]', (element) => { new Autosave(/** @type {HTMLFormElement} */ (element)); });

// A form sent once shows that it is on its way; the server makes one of two anyway.
on('submit', 'form[data-once]', (form, event) => {
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = '1';
  event.submitter?.setAttribute('aria-busy', 'true');
  setTimeout(() => { delete form.dataset.sent; event.submitter?.removeAttribute('aria-busy'); }, 8000);
});
window.addEventListener('pageshow', () => {
  for (const form of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('form[data-sent]'))) delete form.dataset.sent;
});
