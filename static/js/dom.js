// @ts-check
// What every behaviour stands on: find the elements that ask for it, once each, now and
// after every change that htmx makes.

/**
 * Runs fit on each element that matches, once in its life. A function that fit returns
 * runs again after each change of the page: a morph may have undone what it did.
 * @param {string} selector
 * @param {(element: HTMLElement) => any} fit
 */
export function each(selector, fit) {
  /** @type {WeakMap<HTMLElement, any>} */
  const known = new WeakMap();
  const run = () => {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))) {
      if (!known.has(element)) known.set(element, fit(element));
      else {
        const again = known.get(element);
        if (typeof again === 'function') again();
      }
    }
  };
  ready(run);
  document.addEventListener('htmx:after:settle', run);
  document.addEventListener('htmx:after:swap', run);
}

/** @param {() => void} run */
export function ready(run) {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', run);
  else run();
}

/**
 * The element of that id.
 * @param {string | undefined | null} id
 * @returns {any}
 */
export const byId = (id) => (id ? document.getElementById(id) : null);

/**
 * Listens for the whole page: survives every swap.
 * @param {string} event
 * @param {string} selector
 * @param {(element: HTMLElement, event: any) => void} act
 */
export function on(event, selector, act) {
  document.addEventListener(event, (e) => {
    const target = /** @type {Element | null} */ (e.target);
    const element = target?.closest?.(selector);
    if (element) act(/** @type {HTMLElement} */ (element), e);
  });
}

/**
 * Says something to a screen reader, politely.
 * @param {string} text
 */
export function announce(text) {
  const region = byId('annonce');
  if (region && text) region.textContent = text;
}

/** Words of the interface that scripts need, in the language of the page. */
export function word(/** @type {string} */ name) {
  const meta = /** @type {HTMLElement | null} */ (document.querySelector('meta[name="passerelle"]'));
  return meta?.dataset[name] ?? '';
}

/**
 * Remembers a choice for a year, for the server to read.
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
