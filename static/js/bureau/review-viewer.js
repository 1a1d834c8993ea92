// @ts-check
// Reading a page: zoom, quarter turns, full screen, and the text of the page laid over its
// image so that it can be selected.
import { announce, byId, on } from '../dom.js';
import { pageBox, reload, say, shownThen } from './review-desk.js';

const LEVELS = [50, 75, 100, 125, 150, 200, 300];
const stage = () => /** @type {HTMLElement | null} */ (byId('r-scene'));

/** @param {number} level */
function zoomTo(level) {
  const scene = stage();
  if (!scene) return;
  scene.dataset.zoom = String(level);
  const label = pageBox().querySelector('[data-r-zoom]');
  if (label) label.textContent = new Intl.NumberFormat(document.documentElement.lang, { style: 'percent' }).format(level / 100);
  if (level > 150) sharpen();
  announce(say('zoom', String(level)));
}

/** Beyond the size of the pane, the image is asked for larger. */
function sharpen() {
  for (const image of /** @type {NodeListOf<HTMLImageElement>} */ (pageBox().querySelectorAll('.viewer__image'))) {
    const larger = image.src.replace('largeur=1200', 'largeur=1600');
    if (larger === image.src) continue;
    const wanted = new Image();
    wanted.src = larger;
    wanted.decode().then(() => { image.src = larger; }, () => { /* the smaller one stays */ });
  }
}

/** @param {number} by */
export function zoom(by) {
  const at = LEVELS.indexOf(Number(stage()?.dataset.zoom ?? 100));
  zoomTo(by === 0 ? 100 : LEVELS[Math.min(LEVELS.length - 1, Math.max(0, at + by))]);
}

export function turn() {
  const scene = stage();
  if (scene) scene.dataset.turn = String((Number(scene.dataset.turn ?? 0) + 90) % 360);
}

export function full() {
  if (document.fullscreenElement) document.exitFullscreen();
  else byId('contenu')?.requestFullscreen?.().catch(() => { /* refused by the browser */ });
}

on('click', '[data-r-act]', (element, event) => {
  const what = element.dataset.rAct;
  if (what === 'zoom-in') zoom(1);
  else if (what === 'zoom-out') zoom(-1);
  else if (what === 'turn') turn();
  else if (what === 'full') full();
  else return;
  event.preventDefault();
});

const SVG = 'http://www.w3.org/2000/svg';
/** @type {Map<string, Promise<{text: string, x: number, y: number, w: number, h: number}[]>>} */
const texts = new Map();

/** @param {string} address */
function textOf(address) {
  let coming = texts.get(address);
  if (!coming) {
    coming = fetch(address, { credentials: 'same-origin' }).then((answer) => (answer.ok ? answer.json() : { lines: [] })).then((read) => read.lines ?? []);
    coming.catch(() => texts.delete(address));
    texts.set(address, coming);
    for (const old of [...texts.keys()].slice(0, Math.max(0, texts.size - 60))) texts.delete(old);
  }
  return coming;
}

/** Documents whose pages were asked for again after their first one was drawn. @type {Set<string>} */
const counted = new Set();

/** Lays the text over each page shown, line by line, in its own place. */
async function lay() {
  for (const page of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-r-page-of]:not([data-laid])'))) {
    const layer = page.querySelector('[data-r-text]');
    const image = /** @type {HTMLImageElement | null} */ (page.querySelector('.viewer__image'));
    if (!layer || !image || !page.dataset.text) continue;
    page.dataset.laid = '1';
    try {
      const lines = await textOf(page.dataset.text);
      await image.decode().catch(() => { /* the shape of a sheet, then */ });
      const high = image.naturalWidth ? (1000 * image.naturalHeight) / image.naturalWidth : 1414;
      layer.setAttribute('viewBox', `0 0 1000 ${high}`);
      layer.replaceChildren(...lines.filter((line) => line.text && line.w > 0).map((line) => {
        const text = document.createElementNS(SVG, 'text');
        text.setAttribute('x', String(line.x * 1000));
        text.setAttribute('y', String((line.y + line.h * 0.8) * high));
        text.setAttribute('font-size', String(line.h * high));
        text.setAttribute('textLength', String(line.w * 1000));
        text.setAttribute('lengthAdjust', 'spacingAndGlyphs');
        text.textContent = line.text;
        return text;
      }));
      const drawn = pageBox().dataset.document ?? '';
      if ('uncounted' in pageBox().dataset && image.naturalWidth && !counted.has(drawn)) {
        counted.add(drawn); // once: an answer that counts no page would be asked for without end
        reload();
      }
      if (lines.length === 0) layer.setAttribute('hidden', '');
    } catch {
      delete page.dataset.laid;
    }
  }
}
shownThen(() => { lay(); });
