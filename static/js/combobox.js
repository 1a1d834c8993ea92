// @ts-check
// A text field that completes (ARIA 1.2 combobox, list autocomplete). Arrows move, Enter
// picks, Escape closes and keeps what was typed, Tab leaves without choosing.
import { each, byId, announce } from './dom.js';

class Combobox {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.input = /** @type {HTMLInputElement} */ (box.querySelector('input:not([type=hidden])'));
    this.panel = /** @type {HTMLElement} */ (box.querySelector('[data-listbox]'));
    this.at = -1;
    this.asked = 0;
    /** @type {AbortController | null} */
    this.request = null;
    const { input } = this;
    input.setAttribute('role', 'combobox');
    input.setAttribute('aria-autocomplete', 'list');
    input.setAttribute('aria-expanded', 'false');
    input.setAttribute('aria-controls', `${input.id}-liste`);
    this.panel.innerHTML = '';
    input.addEventListener('input', () => this.typed());
    input.addEventListener('keydown', (event) => this.key(event));
    input.addEventListener('blur', () => setTimeout(() => this.close(), 150));
    this.panel.addEventListener('mousedown', (event) => event.preventDefault());
    this.panel.addEventListener('click', (event) => {
      const option = /** @type {Element} */ (event.target).closest('[role=option]');
      if (option) this.pick(/** @type {HTMLElement} */ (option));
    });
  }

  options() {
    return /** @type {HTMLElement[]} */ ([...this.panel.querySelectorAll('[role=option]')]);
  }

  typed() {
    for (const fill of /** @type {NodeListOf<HTMLInputElement>} */ (this.box.querySelectorAll('[data-fill]'))) fill.value = '';
    clearTimeout(this.asked);
    this.asked = window.setTimeout(() => this.ask(), 150);
  }

  async ask() {
    const text = this.input.value.trim();
    this.request?.abort();
    if (text.length < Number(this.box.dataset.min ?? 2)) return this.close();
    this.request = new AbortController();
    try {
      const answer = await fetch(this.address(text), { headers: { 'HX-Request': 'true', Accept: 'text/html' }, signal: this.request.signal });
      if (!answer.ok) return this.close();
      this.show(await answer.text());
    } catch { /* a newer question, or no network: what was typed stays */ }
  }

  /** @param {string} text */
  address(text) {
    const url = new URL(this.box.dataset.src ?? '', location.href);
    url.searchParams.set('q', text);
    url.searchParams.set('champ', this.input.id);
    for (const id of (this.box.dataset.with ?? '').split(' ').filter(Boolean)) {
      const other = byId(id);
      if (other?.value) url.searchParams.set(other.name, other.value);
    }
    return url;
  }

  /** @param {string} html */
  show(html) {
    if (document.activeElement !== this.input) return;
    this.panel.innerHTML = html;
    this.at = -1;
    this.panel.hidden = false;
    this.input.removeAttribute('aria-activedescendant');
    this.input.setAttribute('aria-expanded', 'true');
    // Above the bar of a form, which sticks to the foot of the window.
    this.panel.scrollIntoView({ block: 'nearest' });
    this.input.scrollIntoView({ block: 'nearest' });
    announce(this.panel.querySelector('[data-listbox-status]')?.textContent ?? '');
  }

  close() {
    this.panel.hidden = true;
    this.at = -1;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const open = !this.panel.hidden;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (open) this.move(event.key === 'ArrowDown' ? 1 : -1);
      else this.ask();
    } else if (event.key === 'Enter' && open && this.at >= 0) {
      event.preventDefault();
      this.pick(this.options()[this.at]);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }

  /** @param {number} by */
  move(by) {
    const options = this.options();
    if (options.length === 0) return;
    this.at = (this.at + by + options.length) % options.length;
    options.forEach((option, n) => option.setAttribute('aria-selected', String(n === this.at)));
    this.input.setAttribute('aria-activedescendant', options[this.at].id);
    options[this.at].scrollIntoView({ block: 'nearest' });
  }

  /** @param {HTMLElement | undefined} option */
  pick(option) {
    if (!option) return;
    this.input.value = option.dataset.text ?? '';
    /** @type {Record<string, string>} */
    const fills = JSON.parse(option.dataset.fills ?? '{}');
    for (const [id, value] of Object.entries(fills)) {
      const field = byId(id);
      if (!field || field === this.input) continue;
      field.value = value;
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
    this.close();
    this.input.dispatchEvent(new Event('change', { bubbles: true }));
  }
}

each('[data-combobox]', (box) => { new Combobox(box); });
