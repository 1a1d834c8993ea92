// @ts-check
// The review desk.
import './review-desk.js';
import './review-verdict.js';
import './review-viewer.js';
import './review-remark.js';
import './review-keys.js';
import './review-grip.js';
import './review-live.js';
import './review-ask.js';
