import "./passerelle.js";
