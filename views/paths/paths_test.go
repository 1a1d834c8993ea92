package paths_test

import (
	"net/url"
	"testing"

	"passerelle/views/paths"
)

func TestPaths(t *testing.T) {
	for got, want := range map[string]string{
		paths.Step("a1", 2):                         "/candidatures/a1/etapes/2",
		paths.Search(""):                            "/recherche",
		paths.Search("métiers d'art & bois"):        "/recherche?q=m%C3%A9tiers+d%27art+%26+bois",
		paths.SignIn("/bureau?etat=a"):              "/connexion?retour=%2Fbureau%3Fetat%3Da",
		paths.Approval("a/../b"):                    "/validation/a%2F..%2Fb",
		paths.With("/recherche?q=x", "theme", "01"): "/recherche?q=x&theme=01",
		paths.With("/recherche", "q", "", "r", "1"): "/recherche?r=1",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWithRoundTrips(t *testing.T) {
	for _, value := range []string{"a b", "é&=+?#%", "日本", "a+b", "\u202f"} {
		u, err := url.Parse(paths.Search(value))
		if err != nil || u.Query().Get("q") != value {
			t.Errorf("%q came back as %q (%v)", value, u.Query().Get("q"), err)
		}
	}
}
