package handlers

import "testing"

func TestDeviceName(t *testing.T) {
	for agent, want := range map[string]string{
		"": "", "curl/8.5": "curl", "Something/1.0 (Windows NT 10.0)": "Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                "Firefox, Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge, Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Safari/604.1":  "Safari, iPhone",
	} {
		t.Run("P15.1 a device has the same name in both languages: "+want, func(t *testing.T) {
			if got := deviceName(agent); got != want {
				t.Errorf("%q", got)
			}
		})
	}
}
