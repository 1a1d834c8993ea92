// @ts-check
// Files dropped on the page, not on a piece: each is offered to the pieces, the likeliest
// one chosen beforehand when its name says it. Nothing leaves before the person agrees.
import { announce } from './dom.js';
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

/**
 * @param {File} file
 * @param {HTMLElement[]} slots
 */
export function likeliest(file, slots) {
  let best = -1;
  let top = 0;
  slots.forEach((slot, n) => {
    const score = likeness(file.name, `${slot.dataset.title} ${slot.dataset.slot}`);
    if (score > top) [best, top] = [n, score];
  });
  return best;
}

/**
 * Asks which piece a file is.
 * @param {HTMLElement} place
 * @param {File} file
 * @param {HTMLElement[]} slots
 * @param {(slot: string) => void} chosen called with the key of the piece
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
  for (const slot of slots) select.append(new Option(slot.dataset.title, slot.dataset.slot));
  const best = likeliest(file, slots);
  if (best >= 0) select.selectedIndex = best + 1;
  const close = () => {
    const next = /** @type {HTMLElement | null} */ (card.nextElementSibling?.querySelector('select') ?? document.querySelector('h1'));
    card.remove();
    next?.focus();
  };
  card.querySelector('[data-leave]')?.addEventListener('click', close);
  card.querySelector('[data-put]')?.addEventListener('click', () => {
    if (select.value === '') return select.focus();
    chosen(select.value);
    close();
  });
  place.append(card);
  announce(`${say('choose')} ${file.name}`);
  if (place.children.length === 1) select.focus();
}
