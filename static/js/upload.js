// @ts-check
// The files that a person gives: dropped, chosen or photographed, checked before they
// leave, sent in pieces, resumed after a cut and after a reload, cancelled at will. What
// the server says of them is drawn by the server: the slot is asked for again.
import { each, on, announce, ready } from './dom.js';
import { say, bytes, percent, remaining } from './upload-words.js';
import { check, fingerprint } from './upload-check.js';
import { Sender, Refused } from './upload-send.js';
import { keep, forget, kept, wipe } from './upload-store.js';
import { ask } from './upload-guess.js';
import { photograph } from './upload-photo.js';

/** How many files travel at once. */
const ABREAST = 3;

/** @type {Set<Upload>} */
const uploads = new Set();

/** @param {string} key @returns {HTMLElement | null} */
const slotOf = (key) => document.querySelector(`[data-slot="${CSS.escape(key)}"]`);

/** @param {HTMLElement} slot */
const ruleOf = (slot) => ({ formats: (slot.dataset.formats ?? '').split(' '), max: Number(slot.dataset.max) });

/** The places of a slot that can receive a file, those that are free first. @param {HTMLElement} slot */
const placesOf = (slot) => (slot.dataset.places ?? '').split('|').filter(Boolean).map((p) => p.split('=')[0]);

/** Has the piece a recto and a verso? @param {HTMLElement} slot */
const sided = (slot) => /=[^|]/.test(slot.dataset.places ?? '');

/** @param {string} name */
function clone(name) {
  const template = /** @type {HTMLTemplateElement | null} */ (document.querySelector(`template[data-upload-${name}]`));
  return /** @type {HTMLElement | undefined} */ (template?.content.firstElementChild?.cloneNode(true));
}

class Upload {
  /**
   * @param {HTMLElement} slot
   * @param {File} file
   * @param {string} place
   */
  constructor(slot, file, place) {
    this.slot = slot.dataset.slot ?? '';
    this.uploads = slot.dataset.uploads ?? '';
    this.file = file;
    this.place = place;
    this.id = String(crypto.randomUUID());
    this.url = '';
    this.print = '';
    this.safe = false;
    this.said = 0;
    this.sent = 0;
    this.began = 0;
    this.beganAt = 0;
    /** @type {Sender | null} */
    this.sender = null;
    this.state = 'waiting';
    this.row = clone('row');
    if (this.row) this.draw(slot, this.row);
    uploads.add(this);
  }

  /** @param {HTMLElement} slot @param {HTMLElement} row */
  draw(slot, row) {
    row.dataset.upload = this.id;
    /** @type {HTMLElement} */ (row.querySelector('[data-name]')).textContent = this.file.name;
    const bar = /** @type {HTMLProgressElement} */ (row.querySelector('progress'));
    bar.setAttribute('aria-label', say('progress', this.file.name, percent(0, 1)));
    row.querySelector('[data-cancel]')?.addEventListener('click', () => this.cancel());
    row.querySelector('[data-pause]')?.addEventListener('click', () => this.hold());
    row.querySelector('[data-resume]')?.addEventListener('click', () => this.resume());
    slot.querySelector('[data-sends]')?.append(row);
    this.show(say('waiting'));
  }

  /** @param {string} text */
  show(text) {
    const meta = this.row?.querySelector('[data-meta]');
    if (meta) meta.textContent = text;
  }

  /** Keeps the file in this browser, then waits for its turn. */
  async start() {
    this.print = await fingerprint(this.file);
    this.safe = await keep(this.record());
    next();
  }

  record() {
    return { id: this.id, slot: this.uploads, place: this.place, url: this.url, print: this.print, file: this.file, at: Date.now() };
  }

  async go() {
    this.state = 'sending';
    this.buttons(true);
    this.hideStale();
    this.sender = new Sender({ file: this.file, uploads: this.uploads, place: this.place, url: this.url }, {
      moved: (sent) => this.moved(sent),
      begun: (url) => { this.url = url; if (this.safe) keep(this.record()); remember(url, this.print); this.hideStale(); },
      waits: (seconds) => this.waits(seconds),
    });
    try {
      const whole = await alone(this.id, () => /** @type {Sender} */ (this.sender).run());
      if (whole) await this.received();
    } catch (error) {
      this.failed(error instanceof Refused ? error.code : '');
    }
    next();
  }

  /** @param {number} sent */
  moved(sent) {
    const now = performance.now();
    if (this.beganAt === 0 || sent < this.began) [this.beganAt, this.began] = [now, sent];
    this.sent = sent;
    const bar = /** @type {HTMLProgressElement | null | undefined} */ (this.row?.querySelector('progress'));
    const part = (sent / this.file.size) * 100;
    if (bar) {
      bar.value = part;
      bar.setAttribute('aria-label', say('progress', this.file.name, percent(sent, this.file.size)));
    }
    const speed = (sent - this.began) / Math.max(1, now - this.beganAt);
    const left = now - this.beganAt > 2000 && speed > 0 ? ` · ${remaining((this.file.size - sent) / speed / 1000)}` : '';
    this.show(`${say('sending', bytes(sent), bytes(this.file.size))}${left}. ${say('resumes')}`);
    const quarter = Math.floor(part / 25);
    if (quarter > this.said && quarter < 4) announce(say('progress', this.file.name, percent(quarter * 25, 100)));
    this.said = Math.max(this.said, quarter);
  }

  /** @param {number} seconds */
  waits(seconds) {
    this.beganAt = 0;
    const far = percent(this.sent, this.file.size);
    this.show(navigator.onLine ? `${say('interrupted', far)} ${say('again', String(seconds))}` : say('offline', far));
  }

  async received() {
    this.state = 'received';
    await forget(this.id);
    announce(say('done', this.file.name));
    this.show(say('received'));
    // Its place is taken until the server has drawn it.
    refresh(this.slot, () => { uploads.delete(this); this.row?.remove(); });
  }

  hold() {
    this.sender?.stop();
    this.state = 'paused';
    this.buttons(false);
    this.show(say('paused', percent(this.sent, this.file.size)));
    /** @type {HTMLElement | null | undefined} */ (this.row?.querySelector('[data-resume]'))?.focus();
  }

  resume() {
    this.state = 'waiting';
    this.beganAt = 0;
    this.buttons(true);
    this.show(say('waiting'));
    /** @type {HTMLElement | null | undefined} */ (this.row?.querySelector('[data-pause]'))?.focus();
    next();
  }

  /** @param {boolean} moving */
  buttons(moving) {
    const pause = /** @type {HTMLElement | null | undefined} */ (this.row?.querySelector('[data-pause]'));
    const again = /** @type {HTMLElement | null | undefined} */ (this.row?.querySelector('[data-resume]'));
    if (pause) pause.hidden = !moving;
    if (again) again.hidden = moving;
  }

  async cancel() {
    this.state = 'cancelled';
    uploads.delete(this);
    await forget(this.id);
    if (this.sender) await this.sender.cancel();
    else if (this.url !== '') await new Sender(this, { moved() {}, begun() {}, waits() {} }).cancel();
    this.row?.remove();
    announce(say('cancelled'));
    refresh(this.slot);
    next();
  }

  /** What no new try mends is said in the row; the file stays, to go on later. @param {string} code */
  failed(code) {
    if (code === 'too_large') {
      this.drop();
      return refuse(slotOf(this.slot), this.file, 'too_large');
    }
    this.state = 'paused';
    this.buttons(false);
    this.show(say('failed', say(code || 'over')));
    announce(say('failed', say(code || 'over')));
  }

  drop() {
    uploads.delete(this);
    forget(this.id);
    this.row?.remove();
  }

  /** The server draws what was begun elsewhere; this one is drawn here. */
  hideStale() {
    const id = this.url.split('/').pop();
    const stale = /** @type {HTMLElement | null} */ (id ? document.querySelector(`[data-sending="${CSS.escape(id)}"]`) : null);
    if (stale) stale.hidden = true;
  }
}

/** Begins what waits, as many as may travel at once. */
function next() {
  let moving = [...uploads].filter((u) => u.state === 'sending').length;
  for (const one of uploads) {
    if (moving >= ABREAST) return;
    if (one.state !== 'waiting') continue;
    moving++;
    one.go();
  }
}

/**
 * One tab at a time sends a file; another one that has it waits for its turn.
 * @template T
 * @param {string} id
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function alone(id, work) {
  return navigator.locks ? /** @type {Promise<T>} */ (navigator.locks.request(`envoi-${id}`, work)) : work();
}

/** Asks the server for a slot again. @param {string} key @param {() => void} [then] */
function refresh(key, then) {
  const button = /** @type {HTMLElement | null | undefined} */ (slotOf(key)?.querySelector('[data-refresh]'));
  if (then) {
    const once = () => { document.removeEventListener('htmx:after:swap', once); clearTimeout(timer); then(); };
    const timer = setTimeout(once, 10000);
    document.addEventListener('htmx:after:swap', once);
  }
  button?.click();
}

/** @param {string} url @param {string} print */
function remember(url, print) {
  try { if (url) localStorage.setItem(`envoi:${url}`, print); } catch { /* no room: the size and the name will do */ }
}

/** Is this the file of an upload begun before? @param {HTMLElement} begun @param {File} file @param {string} print */
function same(begun, file, print) {
  if (begun.dataset.name !== file.name || Number(begun.dataset.length) !== file.size) return false;
  try {
    const known = localStorage.getItem(`envoi:/envois/${begun.dataset.sending}`);
    return known === null || known === print;
  } catch {
    return true;
  }
}

/** @typedef {{name: string, size: number, code: string}} Said */

/** What was refused of a piece before it left stays in sight until the person removes it or
 * gives another file, whatever else the page does. @param {HTMLElement} slot */
const refusalOf = (slot) => `refus:${slot.dataset.uploads}`;

/** @param {HTMLElement} slot @param {Said | null} said */
function keepRefusal(slot, said) {
  try {
    if (said) sessionStorage.setItem(refusalOf(slot), JSON.stringify(said));
    else sessionStorage.removeItem(refusalOf(slot));
  } catch { /* said once, then */ }
}

/** @param {HTMLElement} slot @returns {Said | null} */
function keptRefusal(slot) {
  try { return JSON.parse(sessionStorage.getItem(refusalOf(slot)) ?? 'null'); } catch { return null; }
}

/** @param {HTMLElement} slot */
function forgive(slot) {
  keepRefusal(slot, null);
  for (const old of slot.querySelectorAll('[data-sends] .banner')) old.remove();
}

/** Says at the slot why a file is not sent, in the server's words. @param {HTMLElement | null} slot @param {{name: string, size: number}} file @param {string} code */
function refuse(slot, file, code) {
  if (!slot) return;
  keepRefusal(slot, { name: file.name, size: file.size, code });
  showRefusal(slot, { name: file.name, size: file.size, code });
}

/** @param {HTMLElement} slot @param {Said} file */
function showRefusal(slot, file) {
  const card = clone('refusal');
  if (!card) return;
  const { code } = file;
  const says = (/** @type {string} */ name, /** @type {string} */ text) => {
    const part = card.querySelector(`[data-${name}]`);
    if (part) part.textContent = text;
  };
  const limit = code === 'too_large' ? ` (${bytes(file.size)} / ${bytes(Number(slot.dataset.max))})` : '';
  says('title', say('refused', `${file.name}${limit}`, say(code)));
  says('text', `${say(`${code}.remedy`)} ${say('intact')}`);
  card.querySelector('[data-dismiss]')?.addEventListener('click', () => {
    const slot = /** @type {HTMLElement | null} */ (card.closest('[data-slot]'));
    if (slot) forgive(slot);
    slot?.focus();
  });
  const sends = slot.querySelector('[data-sends]');
  for (const old of sends?.querySelectorAll('.banner') ?? []) old.remove();
  sends?.append(card);
}

/**
 * A file for a slot: looked at, then sent.
 * @param {HTMLElement} slot
 * @param {File} file
 * @param {string} [place]
 */
async function give(slot, file, place) {
  forgive(slot);
  const seen = await check(file, ruleOf(slot));
  if (seen.refuse) return refuse(slot, file, seen.refuse);
  const busy = new Set([...uploads].filter((u) => u.slot === slot.dataset.slot).map((u) => u.place));
  const at = place ?? placesOf(slot).find((p) => !busy.has(p)) ?? (placesOf(slot).length === 1 ? placesOf(slot)[0] : undefined);
  if (!at) return refuse(slot, file, 'full');
  for (const other of [...uploads]) {
    if (other.slot === slot.dataset.slot && other.place === at && other.state !== 'received') await other.cancel();
  }
  const upload = new Upload(slot, file, at);
  await resumeOrReplace(slot, upload);
  await upload.start();
}

/**
 * An upload begun before at this place: the same file goes on, another one replaces it.
 * @param {HTMLElement} slot
 * @param {Upload} upload
 */
async function resumeOrReplace(slot, upload) {
  const print = await fingerprint(upload.file);
  for (const begun of /** @type {NodeListOf<HTMLElement>} */ (slot.querySelectorAll('[data-sending]'))) {
    if (begun.dataset.place !== upload.place || begun.hidden) continue;
    const url = `/envois/${begun.dataset.sending}`;
    if (same(begun, upload.file, print)) {
      upload.url = url;
    } else {
      announce(say('different'));
      begun.hidden = true;
      await fetch(url, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } }).catch(() => undefined);
    }
  }
}

// Chosen or photographed.
on('change', '[data-choose]', async (element) => {
  const input = /** @type {HTMLInputElement} */ (element);
  const slot = /** @type {HTMLElement | null} */ (input.closest('[data-slot][data-uploads]'));
  const files = [...(input.files ?? [])];
  const place = /** @type {HTMLElement | null} */ (input.closest('[data-drop]'))?.dataset.drop;
  input.value = '';
  if (!slot) return;
  for (const file of files) {
    let taken = file;
    if (input.dataset.photo) {
      try { taken = await photograph(file, input.dataset.photo); } catch { /* the server judges the picture as it is */ }
    }
    await give(slot, taken, place);
  }
});

// Dropped, on a slot or anywhere on the page.
let depth = 0;

/** @param {DragEvent} event */
const carries = (event) => event.dataTransfer?.types.includes('Files') && document.querySelector('[data-slot][data-uploads]') !== null;

function over(/** @type {Element | null} */ zone) {
  for (const drop of document.querySelectorAll('.slot__drop--over')) if (drop !== zone) drop.classList.remove('slot__drop--over');
  zone?.classList.add('slot__drop--over');
}

/** @param {Event} event */
const zoneOf = (event) => {
  const target = /** @type {Element} */ (event.target);
  return target.closest?.('[data-drop]') ?? target.closest?.('[data-slot][data-uploads]')?.querySelector('[data-drop]') ?? null;
};

document.addEventListener('dragenter', (event) => {
  if (!carries(event)) return;
  depth++;
  document.documentElement.dataset.drag = '';
});
document.addEventListener('dragleave', (event) => {
  if (!carries(event)) return;
  depth = Math.max(0, depth - 1);
  if (depth === 0) settle();
});
document.addEventListener('dragover', (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  over(zoneOf(event));
});
document.addEventListener('drop', async (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  settle();
  const items = [...(event.dataTransfer?.items ?? [])];
  if (items.some((item) => item.webkitGetAsEntry?.()?.isDirectory)) return announce(say('names'));
  const files = [...(event.dataTransfer?.files ?? [])];
  const slot = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-slot][data-uploads]'));
  const place = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-drop]'))?.dataset.drop;
  if (slot && files.length === 1 && (place || !sided(slot))) return give(slot, files[0], place);
  if (slot && sided(slot)) return offer(files, [slot]);
  offer(files);
});

function settle() {
  depth = 0;
  delete document.documentElement.dataset.drag;
  over(null);
}

/**
 * Asks of each file which piece it is.
 * @param {File[]} files
 * @param {HTMLElement[]} slots
 */
function offer(files, slots = [...document.querySelectorAll('[data-slot][data-uploads]')].map((s) => /** @type {HTMLElement} */ (s))) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector('[data-choices]'));
  if (!place) {
    if (slots.length === 1 && files.length === 1) give(slots[0], files[0]);
    return;
  }
  place.scrollIntoView({ block: 'nearest' });
  for (const file of files) {
    ask(place, file, slots, (key, at) => {
      const slot = slotOf(key);
      if (slot) give(slot, file, at);
    });
  }
}

// A refusal said before the page was drawn again is said again.
each('[data-sends]', (sends) => {
  const slot = /** @type {HTMLElement | null} */ (sends.closest('[data-slot][data-uploads]'));
  const said = slot && keptRefusal(slot);
  if (slot && said && !sends.querySelector('.banner')) showRefusal(slot, said);
});

// What this browser kept when the page was left goes on by itself.
ready(async () => {
  if (!document.querySelector('[data-slot][data-uploads]')) return;
  for (const one of await kept()) {
    const slot = /** @type {HTMLElement | null} */ (document.querySelector(`[data-slot][data-uploads="${CSS.escape(one.slot)}"]`));
    if (!slot) continue;
    const upload = new Upload(slot, one.file, one.place);
    upload.id = one.id;
    upload.url = one.url;
    upload.print = one.print;
    upload.safe = true;
    upload.hideStale();
    next();
  }
});

// What could not be kept would be lost with the page: the browser asks.
window.addEventListener('beforeunload', (event) => {
  if ([...uploads].some((u) => !u.safe && u.state === 'sending')) event.preventDefault();
});

// The next person at this computer finds nothing.
on('submit', 'form[action="/deconnexion"], form[action$="/effacement"]', () => {
  wipe();
  try { sessionStorage.clear(); } catch { /* nothing was kept */ }
});

// A morph of the page shows again what is drawn here.
each('[data-sending]', () => () => { for (const one of uploads) one.hideStale(); });

