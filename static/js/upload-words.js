// @ts-check
// The words and figures of uploads, in the language of the page.

/** @type {Record<string, string> | undefined} */
let all;

/** @returns {Record<string, string>} */
function words() {
  if (!all) {
    const holder = /** @type {HTMLElement | null} */ (document.querySelector('[data-upload-words]'));
    all = /** @type {Record<string, string>} */ (JSON.parse(holder?.dataset.uploadWords ?? '{}'));
  }
  return all;
}

/**
 * @param {string} name
 * @param {...string} args
 */
export function say(name, ...args) {
  return args.reduce((text, arg, n) => text.replaceAll(`{${n}}`, arg), words()[name] ?? '');
}

const french = () => document.documentElement.lang !== 'en';

/** A size as the server writes it: "1,4 Mo". @param {number} n */
export function bytes(n) {
  const units = french() ? ['octets', 'Ko', 'Mo', 'Go'] : ['bytes', 'KB', 'MB', 'GB'];
  let unit = 0;
  let size = n;
  while (size >= 1024 && unit < 3) { size /= 1024; unit++; }
  const figures = new Intl.NumberFormat(french() ? 'fr-FR' : 'en-GB', { maximumFractionDigits: size < 10 && unit > 0 ? 1 : 0 });
  return `${figures.format(size)}\u00a0${units[unit]}`;
}

/** @param {number} part @param {number} whole */
export function percent(part, whole) {
  const n = whole > 0 ? Math.floor((part / whole) * 100) : 0;
  return french() ? `${n}\u202f%` : `${n}%`;
}

/** How long is left, in words. @param {number} seconds */
export function remaining(seconds) {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 4) return say('remaining.done');
  if (seconds < 90) return say('remaining.seconds', String(Math.ceil(seconds / 5) * 5));
  return say('remaining.minutes', String(Math.ceil(seconds / 60)));
}
