package render

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func libreOffice(t *testing.T) *LibreOffice {
	t.Helper()
	office, found := FindLibreOffice("test")
	if !found {
		if os.Getenv("CI") == "true" {
			t.Fatal("LibreOffice is not installed (Debian: libreoffice-writer-nogui)")
		}
		t.Skip("LibreOffice is not installed (Debian: libreoffice-writer-nogui)")
	}
	return office
}

// letter is a small document of our own.
func letter(body string) []byte {
	return []byte(`{\rtf1\ansi\deff0{\fonttbl{\f0 Times New Roman;}}\f0\fs24 ` + body + `}`)
}

func TestLibreOffice(t *testing.T) {
	office := libreOffice(t)
	t.Run("P7.6 an office file becomes a PDF that is shown like any", func(t *testing.T) {
		made, err := office.Convert(t.Context(), "rtf", letter(`Je soussign\'e9e, Ad\'e8le Martin\page Seconde page`))
		if err != nil {
			t.Fatal(err)
		}
		info, err := shared.Document(t.Context(), PDF, made)
		if err != nil || len(info.Pages) != 2 || !info.HasText {
			t.Fatalf("got %+v, %v", info, err)
		}
		lines, err := shared.Text(t.Context(), PDF, made, 1, 0)
		if err != nil || len(lines) != 1 || lines[0].Text != "Je soussignée, Adèle Martin" {
			t.Errorf("got %+v, %v", lines, err)
		}
		t.Log(office)
	})
	t.Run("what is not an office file is refused", func(t *testing.T) {
		for _, extension := range []string{"pdf", "html", "../x", ""} {
			if _, err := office.Convert(t.Context(), extension, letter("x")); !errors.Is(err, ErrOffice) {
				t.Errorf("%q: %v", extension, err)
			}
		}
		broken := append([]byte("PK\x03\x04"), bytes.Repeat([]byte{0}, 100)...)
		if made, err := office.Convert(t.Context(), "docx", broken); err == nil {
			// LibreOffice reads as text what it does not know: harmless, since the result is looked at.
			t.Logf("a broken file became %d bytes", len(made))
		}
	})
	t.Run("out of time, all that was started is gone", func(t *testing.T) {
		program, _ := slowProgram(t)
		slow := &LibreOffice{program: program, prefix: office.prefix, turn: make(chan struct{}, 1), timeout: 5 * time.Second}
		began := time.Now()
		_, err := slow.Convert(t.Context(), "rtf", letter("x"))
		if !errors.Is(err, ErrOffice) || time.Since(began) > 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
	t.Run("a call that is given up ends", func(t *testing.T) {
		program, started := slowProgram(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			defer cancel()
			for end := time.Now().Add(20 * time.Second); !started() && time.Now().Before(end); {
				time.Sleep(20 * time.Millisecond)
			}
		}()
		slow := &LibreOffice{program: program, prefix: office.prefix, turn: make(chan struct{}, 1), timeout: time.Minute}
		began := time.Now()
		if _, err := slow.Convert(ctx, "rtf", letter("x")); err == nil || time.Since(began) > 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
	t.Run("nothing stays in the temporary folder", func(t *testing.T) {
		left, _ := filepath.Glob(filepath.Join(os.TempDir(), office.prefix+"*")) // the others are of portals beside
		if len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// slowProgram stands for a converter that hangs with a child of its own; both
// must be gone at the end of the test. started tells that they run.
func slowProgram(t *testing.T) (program string, started func() bool) {
	t.Helper()
	folder, err := os.MkdirTemp("", "slow")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	pids := filepath.Join(folder, "pids")
	program = filepath.Join(folder, "soffice")
	script := "#!/bin/sh\n(echo hang >/dev/null; sleep 61) &\necho $$ $! > " + pids + "\nsleep 61\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		content, err := os.ReadFile(pids)
		if err != nil || len(content) == 0 {
			t.Errorf("it did not start: %v", err)
		}
		for _, pid := range strings.Fields(string(content)) {
			if n, _ := strconv.Atoi(pid); running(n) {
				t.Errorf("process %d still runs", n)
			}
		}
		_ = os.RemoveAll(folder)
	})
	return program, func() bool {
		content, err := os.ReadFile(pids)
		return err == nil && bytes.HasSuffix(content, []byte("\n"))
	}
}

// running tells a process that is there and not merely unreaped.
func running(pid int) bool {
	for range 1000 {
		content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || bytes.Contains(content, []byte(") Z ")) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

func TestLibreOfficePack(t *testing.T) {
	pack(t, "manifest.csv")
	office := libreOffice(t)
	for name, want := range map[string]string{
		"certificat_de_travail.docx":                         "certificat",
		"attestation_salarie_garde_d-enfant_a_domicile.docx": "attestation",
		"rupture_commun_accord_du_cdd.docx":                  "rupture",
		"formulaire_d_autorisation.odt":                      "motivation de la demande",
		"feuille_presence.odt":                               "présence",
		"testWORD.doc":                                       "sample",
		"testRTF.rtf":                                        "test",
		"../bureautique-hostile/testAttachedTemplate.docx":   "",
	} {
		t.Run("P7.6 "+name, func(t *testing.T) {
			began := time.Now()
			made, err := office.Convert(t.Context(), strings.TrimPrefix(filepath.Ext(name), "."), pack(t, "bureautique/"+name))
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			accepted(t, "converted.pdf", made)
			info, err := shared.Document(t.Context(), PDF, made)
			if err != nil || len(info.Pages) == 0 {
				t.Fatalf("got %+v, %v", info, err)
			}
			lines, err := shared.Text(t.Context(), PDF, made, 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			for _, l := range lines {
				all.WriteString(strings.ToLower(l.Text) + " ")
			}
			if !strings.Contains(all.String(), want) {
				t.Errorf("%q not in %q", want, all.String())
			}
			t.Logf("%d pages, %d kB in %v", len(info.Pages), len(made)/1000, took)
		})
	}
}

// TestConverterHasNoNetwork has LibreOffice open a document that links to a
// picture on a server of the test, which must not be called.
func TestConverterHasNoNetwork(t *testing.T) {
	office := libreOffice(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	called := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			called <- struct{}{}
			conn.Close()
		}
	}()
	link := `{\field{\*\fldinst INCLUDEPICTURE "http://` + listener.Addr().String() + `/x.png" \\d}{\fldrslt image}}`
	if _, err := office.Convert(t.Context(), "rtf", letter("Avec image : "+link)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-called:
		t.Error("the converter has called out")
	default:
	}
}

// odt is a text document with that body.
func odt(t *testing.T, body string) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, part := range [][2]string{
		{"mimetype", "application/vnd.oasis.opendocument.text"},
		{"META-INF/manifest.xml", `<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">` +
			`<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>` +
			`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`},
		{"content.xml", `<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" ` +
			`xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
			`xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" ` +
			`office:version="1.3"><office:body><office:text>` + body + `</office:text></office:body></office:document-content>`},
	} {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: part[0], Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(part[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestConverterReadsNoOtherFile has LibreOffice open a document that draws in a
// file of the machine.
func TestConverterReadsNoOtherFile(t *testing.T) {
	office := libreOffice(t)
	folder, err := os.MkdirTemp("", "world")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(folder, "other.txt")
	if err := os.WriteFile(other, []byte("MOTDEPASSE"), 0o644); err != nil {
		t.Fatal(err)
	}
	section := `<text:section text:name="s" text:protected="false"><text:section-source xlink:href="file://` + other +
		`" text:filter-name="Text"/><text:p>Repli</text:p></text:section><text:p>Fin</text:p>`
	for extension, content := range map[string][]byte{"odt": odt(t, section),
		"rtf": letter(`{\field{\*\fldinst INCLUDETEXT "` + other + `"}{\fldrslt Repli}} Fin`)} {
		made, err := office.Convert(t.Context(), extension, content)
		if err != nil {
			t.Fatalf("%s: %v", extension, err)
		}
		lines, err := shared.Text(t.Context(), PDF, made, 1, 0)
		all := fmt.Sprint(lines)
		if err != nil || strings.Contains(all, "MOTDEPASSE") || !strings.Contains(all, "Fin") {
			t.Errorf("P7.6 %s shows a file of the machine: %s, %v", extension, all, err)
		}
		t.Log(extension, all)
	}
}
