// @ts-check
// What a visitor's pages need.
import './pf-forms.js';
import './theme.js';
import './float.js';
import './failure.js';
import './focus.js';

// htmx may have read the page before its extensions were known: it reads it again.
const htmx = /** @type {any} */ (window).htmx;
if (htmx && document.querySelector('[data-htmx-powered]')) htmx.process(document.body, true);
