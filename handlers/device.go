package handlers

import "strings"

// deviceName is a short name of a browser for its owner's eyes ("Firefox,
// Windows"): shown in the list of sign-ins and beside a conflicting value.
func deviceName(agent string) string {
	if agent == "" {
		return ""
	}
	return browserName(agent) + ", " + systemName(agent)
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
	return "Navigateur"
}

func systemName(agent string) string {
	for _, s := range []struct{ mark, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, s.mark) {
			return s.name
		}
	}
	return "appareil"
}
