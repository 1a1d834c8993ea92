// @ts-check
import "../vendor/hx-preload.min.js";
