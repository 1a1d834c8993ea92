// @ts-check
// The check of a public form without a puzzle: while one reads, the browser looks for a
// number whose SHA-256 with the challenge begins with enough zero bits. Without a script,
// or where this fails, the form leaves all the same and the mail confirms.
import { each } from './dom.js';

/** How many sums are computed before the page gets its turn. */
const BATCH = 200;

each('[data-pow]', async (box) => {
  const form = box.closest('form');
  const challenge = /** @type {HTMLInputElement | null} */ (box.querySelector('[name="challenge"]'))?.value;
  const answer = /** @type {HTMLInputElement | null} */ (box.querySelector('[name="answer"]'));
  const state = box.querySelector('[data-pow-state]');
  if (!form || !challenge || !answer || !state || !crypto.subtle) return;
  state.textContent = box.dataset.working ?? '';
  const bits = Number(box.dataset.bits);
  const encoder = new TextEncoder();
  for (let from = 0; ; from += BATCH) {
    const sums = await Promise.all(Array.from({ length: BATCH }, (_, n) =>
      crypto.subtle.digest('SHA-256', encoder.encode(`${challenge}:${from + n}`))));
    const found = sums.findIndex((sum) => zeros(new DataView(sum)) >= bits);
    if (found >= 0) {
      answer.value = String(from + found);
      state.textContent = box.dataset.done ?? '';
      return;
    }
    await new Promise((go) => setTimeout(go));
  }
});

/**
 * Leading zero bits of the first 32.
 * @param {DataView} sum
 */
function zeros(sum) {
  return Math.clz32(sum.getUint32(0));
}
