// @ts-check
// The request for corrections takes up what was unticked beside each piece.
import { each } from '../dom.js';

each('[data-r-ask]', (form) => {
  const closed = JSON.parse(sessionStorage.getItem(`relecture-fermees-${form.dataset.rAsk}`) ?? '[]');
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[data-r-field]'))) {
    if (closed.includes(box.value) && box.defaultChecked) box.checked = false;
  }
  form.addEventListener('submit', () => sessionStorage.removeItem(`relecture-fermees-${form.dataset.rAsk}`));
});
