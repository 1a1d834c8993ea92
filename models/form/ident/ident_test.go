package ident_test

import (
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"passerelle/models/form/ident"
)

func TestCompanyNumbers(t *testing.T) {
	for in, want := range map[string]bool{
		"218708501": true, "218 708 501": true, "732 829 320": true, "732829321": false, "73282932": false, "73282932a": false, "": false,
	} {
		if _, ok := ident.SIREN(in); ok != want {
			t.Errorf("P5.2 SIREN %q: %v", in, ok)
		}
	}
	for in, want := range map[string]bool{
		"73282932000074": true, "732 829 320 00074": true, "732.829.320-00074": true, "73282932000075": false,
		"35600000000048": true,  // seat of La Poste, by the common rule
		"35600000049837": true,  // a post office, by its own rule
		"35600000049838": false, // by neither
		"12345678901234": false, "7328293200007": false, "": false,
	} {
		if _, ok := ident.SIRET(in); ok != want {
			t.Errorf("P5.2 SIRET %q: %v", in, ok)
		}
	}
}

func TestPhones(t *testing.T) {
	for in, want := range map[string]string{
		"06 39 98 04 17": "+33639980417", "06.39.98.04.17": "+33639980417", "0639980417": "+33639980417", "639980417": "+33639980417",
		"+33 6 39 98 04 17": "+33639980417", "+33 (0)6 39 98 04 17": "+33639980417", "0033639980417": "+33639980417",
		"06\u00a039\u202f98 04 17": "+33639980417", "+590 690 00 12 34": "+590690001234", "+32 2 123 45 67": "+3221234567", "+1 (212) 555-0100": "+12125550100",
	} {
		got, key := ident.Phone(in)
		if got != want || key != "" {
			t.Errorf("P5.2 %q: %q %s", in, got, key)
		}
		if again, key := ident.Phone(ident.PhoneText(got)); again != got || key != "" {
			t.Errorf("P5.2 %q shown as %q reads as %q %s", got, ident.PhoneText(got), again, key)
		}
	}
	for in, want := range map[string]string{
		"06 39 98": "form.phone.length", "06 39 98 04 17 1": "form.phone.length", "abc": "form.phone.letters", "+": "form.phone.letters",
		"+33 6 39": "form.phone.length", "+1": "form.phone.international", "+1234567890123456": "form.phone.international", "00": "form.phone.letters",
		"06 39 98 04 17 (bureau)": "form.phone.letters",
	} {
		if _, key := ident.Phone(in); key != want {
			t.Errorf("P5.7 %q: %s", in, key)
		}
	}
	if got := ident.PhoneText("+33639980417"); got != "06\u00a039\u00a098\u00a004\u00a017" {
		t.Error(got)
	}
}

func TestEmailForm(t *testing.T) {
	for in, want := range map[string]string{
		"camille@example.org": "camille@example.org", " camille@Example.ORG ": "camille@example.org", "mailto:a@b.fr": "a@b.fr", "<a@b.fr>": "a@b.fr",
		"a\u200b@b.fr": "a@b.fr", "ａ＠b．fr": "a@b.fr", "o'neil+tag@b.fr": "o'neil+tag@b.fr", "a@mairie-limogés.fr": "a@mairie-limogés.fr", "A.B@b.fr.": "A.B@b.fr",
	} {
		got, key := ident.Email(in)
		if got != want || key != "" {
			t.Errorf("P5.2 %q: %q %s", in, got, key)
		}
	}
	for in, want := range map[string]string{
		"camille": "form.email.at", "": "form.email.at", "a@b": "form.email.domain", "a@": "form.email.domain", "@b.fr": "form.email.invalid",
		"a b@c.fr": "form.email.spaces", "a@b.fr, c@d.fr": "form.email.spaces", "a@b.fr;c@d.fr": "form.email.several", "a@@b.fr": "form.email.several",
		"é@b.fr": "form.email.accents", ".a@b.fr": "form.email.invalid", "a..b@c.fr": "form.email.invalid", "a@b..fr": "form.email.invalid",
		"a@-b.fr": "form.email.invalid", "a@b.f": "form.email.invalid", "a@1.2.3.4": "form.email.invalid", "a@b_c.fr": "form.email.invalid",
		strings.Repeat("a", 65) + "@b.fr": "form.email.long", "a@" + strings.Repeat("b", 300) + ".fr": "form.email.long", "a@☃.fr": "form.email.invalid",
	} {
		if _, key := ident.Email(in); key != want {
			t.Errorf("P5.7 %q: %q", in, key)
		}
	}
	if meant, ok := ident.EmailTypo("a@gmial.com"); !ok || meant != "a@gmail.com" {
		t.Error(meant)
	}
}

func TestSamePersonInDisguise(t *testing.T) {
	same := [][]string{
		{"camille.fontaine@gmail.com", "CamilleFontaine@Gmail.com", "c.a.m.ille.fontaine+chef@googlemail.com", "camillefontaine@gmail.com.",
			"Camille <camille.fontaine@gmail.com>", "mailto:camillefontaine@gmail.com", `"camille.fontaine"@gmail.com`, `camille."fontaine"@gmail.com`,
			"camille.fontaine(chef)@gmail.com", "camille.fontaine@(chez)gmail.com", "ｃamille.fontaine＠gmail.com", "camille.fontaine@gmail。com",
			"camille\u200b.fontaine@gm\u00adail.com", "  camille.fontaine@gmail.com\t", "𝐜amille.fontaine@gmail.com", "ⓒamillefontaine@gmail.com", `camille\.fontaine@gmail.com`},
		{"jean@outlook.fr", "Jean+rh@outlook.fr", "JEAN+a+b@OUTLOOK.FR"},
		{"jean@icloud.com", "jean@me.com", "jean+x@mac.com"},
		{"j.ean@proton.me", "jean@pm.me", "je_an+x@protonmail.com"},
		{"jean@yahoo.fr", "jean-rh@yahoo.fr"},
		{"jean@fastmail.com", "chef@jean.fastmail.com", "jean+x@fastmail.com"},
		{"chef@mairie-limogés.fr", "chef@MAIRIE-LIMOGÉS.FR", "chef@xn--mairie-limogs-mhb.fr", "chef@XN--mairie-limogs-MHB.fr.", "chef@mairie-limoge\u0301s.fr"},
		{"jean@mairie.fr", "jean+chef@mairie.fr", "JEAN@MAIRIE.FR"},
	}
	for _, group := range same {
		for _, other := range group[1:] {
			t.Run("P6.1 "+other+" is "+group[0], func(t *testing.T) {
				if !ident.SameMailbox(group[0], other) {
					t.Errorf("%q and %q", ident.EmailKey(group[0]), ident.EmailKey(other))
				}
			})
		}
	}
	for _, pair := range [][2]string{
		{"jean.dupont@mairie.fr", "jeandupont@mairie.fr"}, {"jean@orange.fr", "jean+chef@orange.fr"}, {"jean@gmail.com", "jean@mairie.fr"},
		{"jean@outlook.fr", "jean@hotmail.fr"}, {"j.ean@outlook.fr", "jean@outlook.fr"}, {"", ""}, {"@", "@"}, {"jean@laposte.net", "je.an@laposte.net"},
	} {
		t.Run("P6.1 "+pair[0]+" is not "+pair[1], func(t *testing.T) {
			if ident.SameMailbox(pair[0], pair[1]) {
				t.Error(ident.EmailKey(pair[0]))
			}
		})
	}
	t.Run("P1.4 an account's address keeps its tag and dots", func(t *testing.T) {
		if got := ident.EmailAddress(" Jean.Dupont+A@Gmail.com"); got != "jean.dupont+a@gmail.com" {
			t.Error(got)
		}
	})
}

func TestPunycodeAgreesWithTheReference(t *testing.T) {
	for _, label := range []string{"bücher", "mairie-limogés", "é", "日本語", "ελλάδα", "пример", "a", "münchen-ost", "ñandú", "i❤", "المغرب"} {
		if want, err := idna.Punycode.ToASCII(label); err != nil || ident.Punycode(label) != want {
			t.Errorf("%q: %q, want %q (%v)", label, ident.Punycode(label), want, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.StringOfN(rapid.RuneFrom([]rune("abz019éèçñßœаяλ中日🎓")), 1, 20, -1).Draw(t, "label")
		if want, err := idna.Punycode.ToASCII(label); err == nil && ident.Punycode(label) != want {
			t.Fatalf("%q: %q, want %q", label, ident.Punycode(label), want)
		}
	})
}

func TestComposeAgreesWithTheReference(t *testing.T) {
	for r := rune(0xc0); r < 0x1f00; r++ {
		d := norm.NFD.String(string(r))
		if r > 0x24f && r < 0x1e00 || norm.NFC.String(d) != string(r) || d == string(r) {
			continue
		}
		if got := ident.Compose(d); got != string(r) && r < 0x1efa && strings.ContainsRune("ÀÉÇàâäéèêëîïôöùûüÿçñåãõÅŌŠž", r) {
			t.Errorf("%q: %q", string(r), got)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Saint-Étienne": "saint etienne", "SAINT  ETIENNE": "saint etienne", "L’Haÿ-les-Roses": "l hay les roses", "Œuvre": "oeuvre",
		" D'Artagnan ": "d artagnan", "E\u0301lise": "elise", "Ngô Đình": "ngo dinh", "": "", "---": "",
	} {
		if got := ident.Fold(in); got != want {
			t.Errorf("P1.4 %q: %q", in, got)
		}
	}
}

func TestNothingPanicsAndKeysAreStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		_, _ = ident.Phone(s)
		ident.PhoneText(s)
		_, _ = ident.SIRET(s)
		_, _ = ident.SIREN(s)
		if clean, key := ident.Email(s); key == "" {
			if again, key := ident.Email(clean); again != clean || key != "" {
				t.Fatalf("%q → %q → %q %s", s, clean, again, key)
			}
		}
		if f := ident.Fold(s); ident.Fold(f) != f {
			t.Fatalf("folding %q twice", s)
		}
		ident.EmailKey(s + "@" + s)
	})
}

func FuzzEmailKey(f *testing.F) {
	f.Add("jean.dupont+a@gmail.com")
	f.Fuzz(func(t *testing.T, s string) {
		ident.EmailKey(s)
		ident.Email(s)
	})
}
