// @ts-check
// What the pages of a person's own space need: forms, sign-in, applications.
import './passerelle.js';
import './password.js';
import './passkey.js';
import './counter.js';
import './combobox.js';
import './steps.js';
import './session.js';
import './upload.js';
import './pow.js';
