// @ts-check
// A session that expired while writing: the server answers 401 with a sign-in dialog that
// lands over the page. Nothing behind is removed. Once signed in (event pf:signed-in), the
// dialog closes and what was refused leaves again, once.
import { byId } from './dom.js';

/** @type {HTMLElement | null} */
let refused = null;

document.addEventListener('htmx:response:error', (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.response.status === 401 && !ctx.sourceElement.closest('dialog')) refused = ctx.sourceElement;
});

document.addEventListener('pf:signed-in', () => {
  const place = byId('superposition');
  place?.querySelector('dialog')?.close();
  place?.replaceChildren();
  const again = refused;
  refused = null;
  if (!again?.isConnected) return;
  if (again instanceof HTMLFormElement) again.requestSubmit();
  else again.click();
});
