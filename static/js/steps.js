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

/**
 * What was wrong with a field is taken back once it is written again: the next showing
 * judges anew.
 * @param {Element} field
 */
function cleared(field) {
  const box = field.closest('.field--error');
  if (!box) return;
  box.classList.remove('field--error');
  for (const control of box.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid');
  for (const words of box.querySelectorAll('.field__error')) words.remove();
}

/**
 * One request of a form at a time. What is pressed meanwhile is pressed again once the
 * page shows the answer: what it posts then holds all that is shown, so that a row just
 * added is never undone by the answer to a question.
 */
class Turns {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    /** @type {object | null} */
    this.current = null;
    /** @type {{ button: HTMLButtonElement, name: string, value: string }[]} */
    this.held = [];
    document.addEventListener('htmx:config:request', (event) => this.begins(/** @type {CustomEvent} */ (event)), true);
    document.addEventListener('htmx:finally:request', (event) => this.ends(/** @type {CustomEvent} */ (event)), true);
    // Going to another page ends them all.
    form.addEventListener('submit', () => { this.held = []; });
  }

  /** @param {CustomEvent} event */
  begins(event) {
    const { ctx } = event.detail;
    const button = /** @type {HTMLButtonElement} */ (ctx.sourceElement);
    if (button.form !== this.form) return;
    if (!this.current) { this.current = ctx; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const again = !button.matches('[data-autosave-button], [data-depends-button]');
    const { name, value } = button;
    if (again || !this.held.some((one) => one.name === name && one.value === value)) this.held.push({ button, name, value });
  }

  /** @param {CustomEvent} event */
  ends(event) {
    if (event.detail.ctx !== this.current) return;
    // After the queue of htmx has let its own go.
    setTimeout(() => { this.current = null; this.next(); });
  }

  next() {
    while (!this.current && this.held.length > 0) {
      const { button, name, value } = /** @type {(typeof this.held)[0]} */ (this.held.shift());
      if (button.isConnected && button.form === this.form && button.value === value) button.click();
      else /** @type {HTMLElement | null} */ (this.form.querySelector(`button[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`))?.click();
    }
  }
}

class Autosave {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.timer = 0;
    this.edits = 0;
    this.turn = 0;
    /** How many edits each request carries. @type {WeakMap<object, number>} */
    this.carried = new WeakMap();
    this.dirty = false;
    this.failed = false;
    this.leaving = false;
    /** @type {(() => void)[]} */
    this.waiting = [];
    form.addEventListener('input', (event) => this.later(event, 1000));
    form.addEventListener('change', (event) => this.later(event, 400));
    form.addEventListener('submit', () => { this.leaving = true; clearTimeout(this.timer); });
    // Each post tells its turn: one that the network holds back never undoes a later one.
    form.addEventListener('formdata', (event) => {
      this.turn = Math.max(this.turn + 1, Date.now());
      event.formData.set('_turn', String(this.turn));
    });
    window.addEventListener('online', () => this.dirty && this.save());
    // Leaving by another form or a link of the page: what is written goes first, so that
    // the next page shows it.
    document.addEventListener('submit', (event) => this.before(event), true);
    document.addEventListener('click', (event) => this.beforeLink(event));
    // Leaving otherwise: what is not sent yet goes by itself; the browser asks only when
    // the server could not be reached a moment ago.
    window.addEventListener('beforeunload', (event) => {
      if (!this.dirty || this.leaving) return;
      if (this.failed) event.preventDefault();
      else this.beacon();
    });
    window.addEventListener('pagehide', () => this.beacon());
    document.addEventListener('visibilitychange', () => { if (document.hidden && this.dirty) this.save(); });
    document.addEventListener('htmx:config:request', (event) => this.carried.set(/** @type {CustomEvent} */ (event).detail.ctx, this.edits));
    document.addEventListener('htmx:after:request', (event) => this.answered(/** @type {CustomEvent} */ (event)));
    document.addEventListener('htmx:error', (event) => this.lost(/** @type {CustomEvent} */ (event)));
  }

  /**
   * Saves what is not saved yet, and waits for the answer: three seconds at most.
   * @returns {Promise<void>}
   */
  flush() {
    if (!this.dirty) return Promise.resolve();
    const saved = /** @type {Promise<void>} */ (new Promise((done) => { this.waiting.push(done); setTimeout(done, 3000); }));
    this.save();
    return saved;
  }

  settle() {
    for (const done of this.waiting.splice(0)) done();
  }

  /** @param {Event} event */
  before(event) {
    const other = /** @type {HTMLFormElement} */ (event.target);
    if (!this.dirty || this.leaving || !this.form.isConnected || other === this.form || other.closest('dialog')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = /** @type {SubmitEvent} */ (event).submitter;
    this.flush().then(() => {
      this.leaving = true;
      other.requestSubmit(submitter?.isConnected ? submitter : undefined);
    });
  }

  /** @param {MouseEvent} event */
  beforeLink(event) {
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest('a[href]'));
    if (!link || !this.dirty || this.leaving || !this.form.isConnected || event.defaultPrevented) return;
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    event.preventDefault();
    this.flush().then(() => { location.href = link.href; });
  }

  button() {
    return /** @type {HTMLButtonElement | null} */ (this.form.querySelector('[data-autosave-button]'));
  }

  /** @param {Event} event @param {number} wait */
  later(event, wait) {
    const field = /** @type {Element} */ (event.target);
    if (!field.matches('[name]') || field.closest('[data-no-autosave]')) return;
    this.dirty = true;
    this.edits++;
    this.leaving = false;
    this.say('saving');
    cleared(field);
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
      if (this.carried.get(ctx) === this.edits) this.dirty = false;
    } else if (ctx.response.status >= 429) this.retry();
    else this.settle();
    if (!this.dirty) this.settle();
  }

  /** @param {CustomEvent} event */
  lost(event) {
    if (event.detail.ctx?.sourceElement === this.button()) this.retry();
  }

  retry() {
    this.dirty = true;
    this.failed = true;
    this.settle();
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

each('form[data-autosave]', (element) => {
  new Turns(/** @type {HTMLFormElement} */ (element));
  new Autosave(/** @type {HTMLFormElement} */ (element));
});

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
