import "./espace.js";
