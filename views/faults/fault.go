// Package faults owns the pages and fragments that say that something went wrong: one
// per status, with what is lost (nothing), what to do, and the number of the request.
// A fault never shows the words of an error: only the sentence of its status and, where
// the domain named one, the message of its key. It refuses to decide a status.
package faults

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Page is one fault as a reader sees it. Handlers fill it from an error of the domain.
type Page struct {
	Status  int
	Reason  string      // key of a message of the domain; empty or unknown: the status alone speaks
	Args    []string    // of Reason
	Request string      // number of the request, to be quoted to the help desk
	At      i18n.Moment // portal's zone
	Wait    int         // seconds before another try, for 429 and 503
	Retry   string      // local address to try again, empty when a form was posted
	Words   string      // words of a lost address, offered to the search box (404)
	Signed  bool        // someone is signed in
}

// known lists the statuses that have a page of their own; 4xx and 5xx fall back on 400
// and 500.
var known = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
	http.StatusMethodNotAllowed, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge,
	http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusServiceUnavailable, http.StatusInsufficientStorage,
}

// Statuses lists the statuses that have a page of their own, for the gallery and tests.
func Statuses() []int { return append([]int(nil), known...) }

// key is the message of this status named by its last word.
func (p Page) key(word string) string {
	status := http.StatusInternalServerError
	if p.Status >= 400 && p.Status < 500 {
		status = http.StatusBadRequest
	}
	for _, s := range known {
		if s == p.Status {
			status = s
		}
	}
	return "fault." + strconv.Itoa(status) + "." + word
}

func (p Page) title(ctx context.Context) string { return i18n.T(ctx, p.key("title")) }
func (p Page) text(ctx context.Context) string  { return i18n.T(ctx, p.key("text")) }

// reason is the message of the domain, when it says more than the status.
func (p Page) reason(ctx context.Context) string {
	if p.Reason == "" || p.Reason == "page.not_found" || !i18n.Has(p.Reason) {
		return ""
	}
	return i18n.T(ctx, p.Reason, p.Args...)
}

// ours reports a fault of the portal itself.
func (p Page) ours() bool { return p.Status >= 500 || p.Status < 400 }

// searches reports that a search box helps: the page is not there.
func (p Page) searches() bool {
	return p.Status == http.StatusNotFound || p.Status == http.StatusGone
}

// again is the address of "try again", empty when trying again is of no use.
func (p Page) again() string {
	if p.ours() || p.Status == http.StatusTooManyRequests {
		return p.Retry
	}
	return ""
}

// wait says after how long another try is worth it.
func (p Page) wait(ctx context.Context) string {
	switch {
	case p.Wait <= 0:
		return ""
	case p.Wait < 90:
		return i18n.N(ctx, "fault.wait.seconds", p.Wait)
	}
	return i18n.N(ctx, "fault.wait.minutes", (p.Wait+59)/60)
}

// doors are the ways elsewhere, five at most.
func (p Page) doors(ctx context.Context) []door {
	doors := []door{{paths.Search(""), ui.IconList, "fault.door.search"}, {paths.Themes(), ui.IconBookOpen, "fault.door.themes"}}
	if p.Status == http.StatusServiceUnavailable {
		doors = nil
	}
	doors = append(doors, door{paths.MyApplications(), ui.IconRoute, "fault.door.applications"})
	return append(doors, door{paths.Help(), ui.IconHelp, "fault.door.help"})
}

type door struct {
	href string
	icon ui.Icon
	key  string
}

// Words turns the path of a lost page into words for the search box: its last segment,
// without marks, years or identifiers. Empty when nothing readable is left.
func Words(path string) string {
	path = strings.TrimSuffix(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	var words []string
	for _, w := range strings.FieldsFunc(last, func(r rune) bool { return strings.ContainsRune("-_+.,% ", r) }) {
		if readable(w) {
			words = append(words, w)
		}
	}
	text := strings.Join(words, " ")
	if len(text) > 80 {
		return ""
	}
	return text
}

// readable reports a word of letters, long enough to mean something.
func readable(w string) bool {
	letters := 0
	for _, r := range w {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0xC0 {
			return false
		}
		letters++
	}
	return letters > 2
}
