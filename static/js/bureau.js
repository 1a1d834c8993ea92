// @ts-check
// What staff pages need.
import './espace.js';
import './desk.js';
import './bureau/batch.js';
import './bureau/review.js';
import './toast.js';
