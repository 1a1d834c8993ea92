// @ts-check
// The files on their way, kept by this browser until the server has them whole: a reload
// resumes them without choosing again. Wiped at sign-out, and after a week.

/** @typedef {{id: string, slot: string, place: string, url: string, print: string, file: File, at: number}} Kept */

const NAME = 'passerelle-envois';
const WEEK = 7 * 86400000;

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((done, fail) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => { request.result.createObjectStore('files', { keyPath: 'id' }); };
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
    request.onblocked = () => fail(new Error('blocked'));
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T>}
 */
async function within(mode, ask) {
  const base = await open();
  try {
    return await new Promise((done, fail) => {
      const transaction = base.transaction('files', mode);
      const request = ask(transaction.objectStore('files'));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = () => fail(transaction.error);
      transaction.onabort = () => fail(transaction.error);
    });
  } finally {
    base.close();
  }
}

/** Keeps a file; false where the browser cannot (private window, no room). @param {Kept} kept */
export async function keep(kept) {
  try {
    await within('readwrite', (store) => store.put(kept));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} id */
export async function forget(id) {
  try { await within('readwrite', (store) => store.delete(id)); } catch { /* it was never kept */ }
}

/** Everything kept, the oldest first. @returns {Promise<Kept[]>} */
export async function kept() {
  try {
    const all = /** @type {Kept[]} */ (await within('readonly', (store) => store.getAll()));
    const now = Date.now();
    for (const one of all) if (now - one.at > WEEK) await forget(one.id);
    return all.filter((one) => now - one.at <= WEEK).sort((a, b) => a.at - b.at);
  } catch {
    return [];
  }
}

/** Erases everything: the next person at this computer finds nothing. */
export async function wipe() {
  try { await within('readwrite', (store) => store.clear()); } catch { /* nothing was kept */ }
}
