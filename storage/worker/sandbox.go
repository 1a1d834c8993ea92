package worker

import "strings"

// Sandbox says what a child really has been kept from, on this machine. The
// limits of memory, of open files and of writing always hold on Linux.
type Sandbox struct {
	Network bool `json:"network"` // An empty network namespace
	User    bool `json:"user"`    // A user that owns nothing
	Files   bool `json:"files"`   // Its root folder is an empty one
}

// String is a line for the operator: "no network, own user, no files".
func (s Sandbox) String() string {
	words := []string{}
	for _, w := range []struct {
		held     bool
		yes, not string
	}{{s.Network, "no network", "network NOT cut off"}, {s.User, "a user that owns nothing", "the portal's own user"},
		{s.Files, "an empty root folder", "files of the machine readable"}} {
		if w.held {
			words = append(words, w.yes)
		} else {
			words = append(words, w.not)
		}
	}
	return strings.Join(words, ", ")
}
