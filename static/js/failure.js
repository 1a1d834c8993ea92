// @ts-check
// A refused or lost request leaves the page as it is and says so, with a way to retry.
import { byId, word, on } from './dom.js';

const ICON = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="m21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3"/><path d="M12 9v4"/><path d="M12 17h.01"/></svg>';

/** @type {HTMLElement | null} */
let last = null;

/** @param {string} text @param {HTMLElement | null} source */
function tell(text, source) {
  const region = byId('alertes');
  if (!region || !text) return;
  last = source;
  const banner = document.createElement('div');
  banner.className = 'banner banner--bad banner--page';
  const body = document.createElement('div');
  body.className = 'banner__body';
  const line = document.createElement('p');
  line.textContent = text;
  body.append(line);
  if (source?.isConnected) {
    const retry = document.createElement('button');
    retry.type = 'button';
    retry.className = 'button button--small';
    retry.textContent = word('retry');
    retry.dataset.retry = '';
    const actions = document.createElement('div');
    actions.className = 'banner__actions';
    actions.append(retry);
    body.append(actions);
  }
  banner.innerHTML = ICON;
  banner.append(body);
  region.replaceChildren(banner);
}

on('click', '[data-retry]', () => {
  byId('alertes')?.replaceChildren();
  if (!last?.isConnected) return;
  if (last instanceof HTMLFormElement) last.requestSubmit();
  else if (last.matches('input, select, textarea')) last.dispatchEvent(new Event('change', { bubbles: true }));
  else last.click();
});

/** @param {number} status */
function reason(status) {
  if (status === 413) return word('large');
  if (status === 429 || status === 503) return word('busy');
  return status >= 500 ? word('failed') : '';
}

document.addEventListener('htmx:response:error', (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (quiet(ctx.sourceElement)) return;
  tell(reason(ctx.response.status), ctx.sourceElement);
});

document.addEventListener('htmx:error', (event) => {
  const { ctx, error } = /** @type {CustomEvent} */ (event).detail;
  if (!ctx || quiet(ctx.sourceElement)) return;
  if (error instanceof TypeError || ctx.request?.signal?.reason === 'timeout') tell(word('offline'), ctx.sourceElement);
});

document.addEventListener('htmx:after:swap', (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx?.response?.status < 400) byId('alertes')?.replaceChildren();
});

/** Saving tells its own failures, and counting queries is nobody's business. @param {Element | undefined} element */
const quiet = (element) => element?.matches?.('[data-autosave-button], [data-quiet]') ?? false;
