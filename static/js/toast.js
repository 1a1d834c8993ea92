// @ts-check
// A toast leaves after ten seconds, never under the pointer or the focus.
import { each } from './dom.js';

each('[data-toast]', (toast) => {
  if (!toast.closest('.toasts')) return;
  let timer = 0;
  const wait = () => { timer = window.setTimeout(() => toast.remove(), 10000); };
  const hold = () => clearTimeout(timer);
  toast.addEventListener('pointerenter', hold);
  toast.addEventListener('focusin', hold);
  toast.addEventListener('pointerleave', wait);
  toast.addEventListener('focusout', wait);
  wait();
});
