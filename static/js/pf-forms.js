// @ts-check
// Extension of htmx: morphing leaves boxes, rounds and lists as they were (htmx#4030) and
// writes over a field that changed while the answer was on its way. Here the answer sets
// every control, except those that the person has touched since the request left.
/* global htmx */

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** Values at the moment when each request left. @type {WeakMap<object, Map<string, string>>} */
const departures = new WeakMap();

/** Those of the request whose answer is being written. @type {Map<string, string>} */
let sent = new Map();

/** @param {Control} c */
function state(c) {
  if (c instanceof HTMLInputElement && (c.type === 'checkbox' || c.type === 'radio')) return String(c.checked);
  if (c instanceof HTMLSelectElement) return [...c.selectedOptions].map((o) => o.value).join('\n');
  return c.value;
}

/** @param {Element} element @returns {element is Control} */
const isControl = (element) => element.matches?.('input, select, textarea') ?? false;

/** @param {Control} c */
const touched = (c) => c.id !== '' && sent.has(c.id) && sent.get(c.id) !== state(c);

function values() {
  /** @type {Map<string, string>} */
  const all = new Map();
  for (const c of /** @type {NodeListOf<Control>} */ (document.querySelectorAll('input[id], select[id], textarea[id]'))) {
    all.set(c.id, state(c));
  }
  return all;
}

/** @param {Control} old @param {Control} fresh */
function settle(old, fresh) {
  if (old instanceof HTMLInputElement && fresh instanceof HTMLInputElement) {
    if (old.type === 'checkbox' || old.type === 'radio') old.checked = fresh.hasAttribute('checked');
  } else if (old instanceof HTMLSelectElement && fresh instanceof HTMLSelectElement) {
    const wanted = [...fresh.options].find((o) => o.hasAttribute('selected')) ?? fresh.options[0];
    if (wanted) queueMicrotask(() => { old.value = wanted.value; });
  }
}

const extension = {
  /** @param {Element} _ @param {{ctx: object}} detail */
  htmx_before_request: (_, detail) => { departures.set(detail.ctx, values()); },
  /** @param {Element} _ @param {{ctx: object}} detail */
  htmx_before_swap: (_, detail) => { sent = departures.get(detail.ctx) ?? new Map(); },
  /** @param {Element} old @param {{newNode: Element}} detail */
  htmx_before_morph_node: (old, detail) => {
    if (!isControl(old) || !isControl(detail.newNode) || touched(old)) return;
    settle(old, /** @type {Control} */ (detail.newNode));
  },
  /** @param {Element} element @param {{attrName: string}} detail */
  htmx_before_morph_attr: (element, detail) => {
    if (detail.attrName === 'value' && isControl(element) && touched(element)) return false;
    // What a script put on a completing field stays.
    if (/^(role|aria-(expanded|controls|autocomplete|activedescendant))$/.test(detail.attrName) && element.closest('[data-combobox]')) return false;
    if (detail.attrName === 'type' && element.matches('.input-affix > input')) return false;
    // What a person unfolded stays unfolded.
    if (detail.attrName === 'open' && element instanceof HTMLDetailsElement) return false;
  },
};

/** @type {any} */ (window).htmx?.registerExtension('pf-forms', extension);
