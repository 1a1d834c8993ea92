// @ts-check
// What staff pages need.
import './espace.js';
import './desk.js';
import './bureau/review.js';
import './toast.js';
