package handlers

import "strings"

// deviceName is a short name of a browser for its owner's eyes ("Firefox,
// Windows"): shown in the list of sign-ins and beside a conflicting value. It is
// stored, so it holds names and no word of a language; empty when nothing is
// recognised.
func deviceName(agent string) string {
	browser, system := browserName(agent), systemName(agent)
	if browser == "" || system == "" {
		return browser + system
	}
	return browser + ", " + system
}

func browserName(agent string) string {
	for _, b := range []struct{ mark, name string }{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"},
		{"FxiOS/", "Firefox"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	} {
		if strings.Contains(agent, b.mark) {
			return b.name
		}
	}
	return ""
}

func systemName(agent string) string {
	for _, s := range []struct{ mark, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, s.mark) {
			return s.name
		}
	}
	return ""
}
