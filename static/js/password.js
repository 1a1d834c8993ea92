// @ts-check
// The eye of a password, and its rules ticked while one types.
import { each, byId } from './dom.js';

each('[data-eye]', (button) => {
  const input = /** @type {HTMLInputElement | null} */ (byId(button.dataset.eye));
  if (!input) return;
  const tell = () => {
    const show = input.type === 'text';
    button.setAttribute('aria-pressed', String(show));
    const label = button.querySelector('span');
    if (label) label.textContent = (show ? button.dataset.hide : button.dataset.show) ?? '';
  };
  button.addEventListener('click', () => {
    input.type = input.type === 'password' ? 'text' : 'password';
    tell();
  });
  input.form?.addEventListener('submit', () => { input.type = 'password'; });
  return tell;
});

const CIRCLE = '<circle cx="12" cy="12" r="10"/>';

each('[data-rules]', (list) => {
  const input = /** @type {HTMLInputElement | null} */ (byId(list.dataset.rules));
  if (!input) return;
  const check = () => {
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('[data-rule]'))) {
      const met = new RegExp(line.dataset.rule ?? '', 'u').test(input.value);
      line.classList.toggle('is-ok', met);
      const icon = line.querySelector('.icon');
      if (icon) icon.innerHTML = met ? `${CIRCLE}<path d="m16 9-5.5 5.5L8 12"/>` : CIRCLE;
      const spoken = line.querySelector('.sr-only');
      if (spoken) spoken.textContent = (met ? list.dataset.done : list.dataset.missing) ?? '';
    }
  };
  input.addEventListener('input', check);
  check();
  return check;
});
