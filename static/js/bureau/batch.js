// @ts-check
// A batch of decisions: what is recorded is what the page rehearsed. Anything changed
// since holds the recording back until the next rehearsal; the server refuses it anyway.
import { each } from '../dom.js';

/** Tells whether a control says something else than the page did when it came.
 * @param {Element} control */
function changed(control) {
  if (control instanceof HTMLSelectElement) {
    const first = [...control.options].find((option) => option.defaultSelected) ?? control.options[0];
    return first !== undefined && control.value !== first.value;
  }
  if (control instanceof HTMLInputElement && (control.type === 'radio' || control.type === 'checkbox')) return control.checked !== control.defaultChecked;
  if (control instanceof HTMLInputElement && control.type === 'hidden') return false;
  return (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) && control.value !== control.defaultValue;
}

each('form[data-rehearsed]', (element) => {
  const form = /** @type {HTMLFormElement} */ (element);
  const hold = () => {
    const record = /** @type {HTMLButtonElement | null} */ (form.querySelector('[data-record]'));
    if (!record) return;
    const stale = [...form.elements].some(changed);
    record.disabled = stale;
    const note = /** @type {HTMLElement | null} */ (form.querySelector('[data-stale]'));
    const words = stale ? (note?.dataset.words ?? '') : '';
    if (note && note.textContent !== words) note.textContent = words;
  };
  const ours = (/** @type {Event} */ event) => { if (/** @type {any} */ (event.target)?.form === form) hold(); };
  document.addEventListener('input', ours); // the lines' own choices stand outside the form
  document.addEventListener('change', ours);
  window.addEventListener('pageshow', hold); // what the browser typed again by itself
  hold();
  return hold;
});
