// @ts-check
// The panes of the review desk, kept by address: what was shown, and what will be. Nodes
// are imported as soon as they are known, so that their images load before they are seen
// and what was typed in them comes back with them.

/**
 * @typedef {object} Panes
 * @property {HTMLElement} pieces
 * @property {HTMLElement} page
 * @property {HTMLElement} side
 */

/** @type {Map<string, Promise<Panes> | Panes>} */
const kept = new Map();
const MOST = 40;

/** The address without its fragment, as the key of what is kept. @param {string} href */
export const keyOf = (href) => {
  const url = new URL(href, location.href);
  return url.pathname + url.search;
};

/** @param {ParentNode} root @returns {Panes} */
export function panesOf(root) {
  const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (root.querySelector(`#${id}`));
  return { pieces: find('r-pieces'), page: find('r-page'), side: find('r-avis') };
}

/** Reads panes out of an answer. @param {string} html @returns {Panes} */
export function parse(html) {
  const found = panesOf(new DOMParser().parseFromString(html, 'text/html'));
  const own = (/** @type {HTMLElement} */ node) => node && document.importNode(node, true);
  return { pieces: own(found.pieces), page: own(found.page), side: own(found.side) };
}

/**
 * Asks the server for the panes of an address, or for its list of pieces alone.
 * @param {string} href
 * @param {'contenu' | 'r-pieces'} target
 * @param {boolean} ahead read before it is asked for: nobody is told that one is there
 */
export async function fetchPanes(href, target = 'contenu', ahead = false) {
  /** @type {Record<string, string>} */
  const headers = { 'HX-Request': 'true', 'HX-Target': target };
  if (ahead) headers['Passerelle-Ahead'] = '1';
  const answer = await fetch(href, { headers, credentials: 'same-origin' });
  if (!answer.ok) throw new Error(String(answer.status));
  return parse(await answer.text());
}

/** What is there already, nothing otherwise. @param {string} href @returns {Panes | undefined} */
export function ready(href) {
  const found = kept.get(keyOf(href));
  return found instanceof Promise ? undefined : found;
}

/** @param {string} href @param {boolean} [ahead] @returns {Promise<Panes>} */
export function load(href, ahead = false) {
  const key = keyOf(href);
  const found = kept.get(key);
  if (found) return Promise.resolve(found);
  const coming = fetchPanes(href, 'contenu', ahead).then((panes) => {
    if (!panes.page) throw new Error('no panes');
    if (kept.get(key) === coming) keep(href, panes);
    return panes;
  });
  kept.set(key, coming);
  coming.catch(() => { if (kept.get(key) === coming) kept.delete(key); });
  return coming;
}

/** @param {string} href @param {Panes} panes */
export function keep(href, panes) {
  const key = keyOf(href);
  kept.delete(key);
  kept.set(key, panes);
  for (const old of [...kept.keys()].slice(0, Math.max(0, kept.size - MOST))) kept.delete(old);
}

/** Forgets what no longer tells the truth. @param {(key: string, panes: Panes | undefined) => boolean} stale */
export function forget(stale) {
  for (const [key, panes] of [...kept]) if (stale(key, panes instanceof Promise ? undefined : panes)) kept.delete(key);
}

/** Waits until the images of some panes can be painted at once. @param {Panes} panes */
export async function painted(panes) {
  const images = /** @type {HTMLImageElement[]} */ ([...(panes.page?.querySelectorAll('img') ?? [])]);
  await Promise.all(images.map((image) => image.decode().catch(() => { /* shown as its text */ })));
}
