// @ts-check
// Passkeys: the device is asked, what it answers is posted by the page's own form.
import { each, announce } from './dom.js';

/** @param {string} text */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));

/** @param {ArrayBuffer | null | undefined} buffer */
const text = (buffer) => (buffer ? btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') : undefined);

/**
 * The options as the server writes them, with bytes where the browser wants bytes.
 * @param {any} options
 */
function readable(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const one of list ?? []) one.id = bytes(one.id);
  }
  return options;
}

/**
 * What the device answered, as the server reads it.
 * @param {any} credential
 */
function written(credential) {
  const r = credential.response;
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), authenticatorData: text(r.authenticatorData),
      signature: text(r.signature), userHandle: text(r.userHandle), transports: r.getTransports?.(),
    },
  });
}

each('[data-passkey]', (element) => {
  if (!window.PublicKeyCredential) return;
  const form = /** @type {HTMLFormElement} */ (element);
  const button = /** @type {HTMLButtonElement | null} */ (form.querySelector('[data-passkey-go]'));
  const said = /** @type {HTMLElement | null} */ (form.querySelector('[data-passkey-said]'));
  if (!button) return;
  form.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    if (said) said.textContent = '';
    try {
      const answer = await fetch(form.dataset.options ?? '', { headers: { Accept: 'application/json' }, cache: 'no-store' });
      if (answer.redirected) { location.assign(answer.url); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const { options, sealed } = await answer.json();
      const publicKey = readable(options);
      const credential = form.dataset.passkey === 'create' ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
      /** @type {any} */ (form.elements.namedItem('sealed')).value = sealed;
      /** @type {any} */ (form.elements.namedItem('answer')).value = written(credential);
      form.requestSubmit();
    } catch {
      // Given up, or nothing to answer with: the person chooses another way.
      if (said) said.textContent = said.dataset.refused ?? '';
      announce(said?.dataset.refused ?? '');
    } finally {
      button.disabled = false;
    }
  });
});
