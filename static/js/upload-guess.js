// @ts-check
// Files dropped on the page, not on a piece: each is offered to the pieces, the likeliest
// one chosen beforehand when its name says it. Nothing leaves before the person agrees.
import { announce, on } from './dom.js';
import { say, bytes } from './upload-words.js';

/** Words that people put in names of files, by what they mean. */
const SYNONYMS = [
  ['cv', 'curriculum', 'vitae', 'resume'],
  ['lettre', 'motivation', 'letter', 'lm'],
  ['releve', 'releves', 'notes', 'transcript', 'bulletin', 'bulletins'],
  ['diplome', 'diploma', 'licence', 'reussite', 'attestation'],
  ['identite', 'identity', 'cni', 'passeport', 'passport', 'carte', 'sejour', 'recto', 'verso'],
  ['francais', 'delf', 'dalf', 'tcf', 'langue', 'niveau', 'french'],
  ['employeur', 'employer', 'entreprise', 'contrat'],
  ['fiche', 'renseignements', 'formulaire', 'form'],
];

/** @param {string} text */
const tokens = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/œ/g, 'oe').replace(/æ/g, 'ae').split(/[^a-z0-9]+/).filter((w) => w.length > 1);

/**
 * How much a name of file speaks of a piece.
 * @param {string} name
 * @param {string} piece its title and its key
 */
export function likeness(name, piece) {
  const said = new Set(tokens(name));
  const asked = new Set(tokens(piece));
  let score = 0;
  for (const word of said) if (asked.has(word)) score += word.length > 3 || word === 'cv' ? 2 : 1;
  for (const family of SYNONYMS) {
    if (family.some((w) => said.has(w)) && family.some((w) => asked.has(w))) score += 1;
  }
  return score;
}

/** @typedef {{slot: string, place: string | undefined, title: string, words: string}} Way */

/**
 * Where a file can go: each piece, and each side of one that has sides.
 * @param {HTMLElement[]} slots
 * @returns {Way[]}
 */
export function ways(slots) {
  return slots.flatMap(ofSlot);
}

/** @param {HTMLElement} slot @returns {Way[]} */
function ofSlot(slot) {
  const { slot: key = '', title = '', places = '' } = slot.dataset;
  const sides = places.split('|').map((p) => p.split('=')).filter(([, side]) => side);
  if (sides.length === 0) return [{ slot: key, place: undefined, title, words: `${title} ${key}` }];
  return sides.map(([place, side]) => ({ slot: key, place, title: `${title}, ${side.toLowerCase()}`, words: `${title} ${key} ${side}` }));
}

/**
 * @param {File} file
 * @param {Way[]} all
 */
export function likeliest(file, all) {
  let best = -1;
  let top = 0;
  all.forEach((way, n) => {
    const score = likeness(file.name, way.words);
    if (score > top) [best, top] = [n, score];
  });
  return best;
}

/**
 * Asks which piece a file is.
 * @param {HTMLElement} place
 * @param {File} file
 * @param {HTMLElement[]} slots
 * @param {(slot: string, place: string | undefined) => void} chosen called with the key of the piece, and the side
 */
export function ask(place, file, slots, chosen) {
  const template = /** @type {HTMLTemplateElement | null} */ (document.querySelector('template[data-upload-choice]'));
  if (!template) return;
  const card = /** @type {HTMLElement} */ (/** @type {Element} */ (template.content.firstElementChild).cloneNode(true));
  const select = /** @type {HTMLSelectElement} */ (card.querySelector('select'));
  const name = /** @type {HTMLElement} */ (card.querySelector('[data-name]'));
  name.textContent = `${file.name} · ${bytes(file.size)}`;
  card.setAttribute('aria-label', file.name);
  select.append(new Option(say('choose.none'), ''));
  const all = ways(slots);
  all.forEach((way, n) => select.append(new Option(way.title, String(n))));
  const best = likeliest(file, all);
  if (best >= 0) select.selectedIndex = best + 1;
  const first = /** @type {HTMLElement | null} */ (card.querySelector('[data-first]'));
  const close = () => {
    const next = /** @type {HTMLElement | null} */ (card.nextElementSibling?.querySelector('select') ?? document.querySelector('h1'));
    card.remove();
    together(place);
    next?.focus();
  };
  // What has no piece yet is said beside its choice, and nothing leaves.
  const put = () => {
    if (first) first.hidden = select.value !== '';
    if (select.value === '') {
      const words = say('choose.first', file.name);
      if (first) first.textContent = words;
      select.setAttribute('aria-invalid', 'true');
      announce(words);
      select.focus();
      return false;
    }
    const way = all[Number(select.value)];
    chosen(way.slot, way.place);
    close();
    return true;
  };
  select.addEventListener('change', () => {
    select.removeAttribute('aria-invalid');
    if (first) first.hidden = true;
  });
  card.querySelector('[data-leave]')?.addEventListener('click', close);
  card.querySelector('[data-put]')?.addEventListener('click', put);
  card.addEventListener('pf:put', put);
  place.append(card);
  together(place);
  announce(`${say('choose')} ${file.name}`);
  if (place.children.length === 1) select.focus();
}

/** One button sends them all, once there are several. @param {HTMLElement} place */
function together(place) {
  const all = /** @type {HTMLElement | null} */ (document.querySelector('[data-choices-all]'));
  if (all) all.hidden = place.children.length < 2;
}

on('click', '[data-put-all]', () => {
  const cards = [...document.querySelectorAll('[data-choices] > *')];
  for (const card of cards) card.dispatchEvent(new CustomEvent('pf:put'));
  // The first that still has no piece keeps the focus, with its message.
  /** @type {HTMLElement | null} */ (document.querySelector('[data-choices] [aria-invalid]'))?.focus();
});
