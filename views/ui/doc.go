// Package ui owns the design system: every component of the portal, each a plain struct
// whose zero fields mean "without", each a templ component: @ui.Button{Label: "…"}.
// Words that belong to a component come from i18n (keys "ui."), the others are given.
// It refuses business types, addresses and clocks: screens turn them into words first.
// It runs in the offline engine too, so its imports are few. What exists is shown by the
// gallery, in every state, and examined there for accessibility (P15.2); what is not there
// does not exist yet.
package ui
