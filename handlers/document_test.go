package handlers_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/dossier"
)

func TestUpload(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	t.Run("P7.2 the server says what it speaks", func(t *testing.T) {
		p := w.Visitor().Do(httptest.NewRequest(http.MethodOptions, "/envois", nil))
		if p.Status != http.StatusNoContent || p.Header.Get("Tus-Version") != "1.0.0" || !strings.Contains(p.Header.Get("Tus-Extension"), "termination") {
			t.Errorf("%d %v", p.Status, p.Header)
		}
	})
	t.Run("P7.2 a file sent in parts is inspected and takes its place", func(t *testing.T) {
		content := handlerstest.PDF("Camille Fontaine", 300_000)
		upload := w.BeginUpload(handlerstest.PieceCV, "mon cv.pdf", len(content))
		for at := 0; at < len(content); at += 100_000 {
			end := min(at+100_000, len(content))
			if p := w.Patch(upload, at, content[at:end]); p.Status != http.StatusNoContent || p.Header.Get("Upload-Offset") != fmt.Sprint(end) || p.Header.Get("Upload-Expires") == "" {
				t.Fatalf("at %d: %d %v %s", at, p.Status, p.Header, p.Body)
			}
			if p := w.Me.Tus(http.MethodHead, upload, nil); p.Header.Get("Upload-Offset") != fmt.Sprint(end) || p.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("head: %d %v", p.Status, p.Header)
			}
		}
		d := w.Settled(handlerstest.PieceCV)
		if d.State != dossier.Live || d.File.SHA256 != sha256.Sum256(content) || d.File.Pages != 1 || d.File.Type != "application/pdf" || d.File.Name != "mon cv.pdf" {
			t.Fatalf("%+v", d)
		}
		if len(d.File.Segments) != len(content)/100_000+1 || d.File.Scan != dossier.ScanOff {
			t.Errorf("%d segments, antivirus %s", len(d.File.Segments), d.File.Scan)
		}
		if p := w.Me.Get("/documents/" + d.ID.String()); p.Body != string(content) {
			t.Errorf("%d bytes read back", len(p.Body))
		}
	})
	t.Run("P7.2 an offset that is not the upload's is refused and says which is", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceLarge, "a.pdf", 100)
		for _, at := range []int{10, 50} {
			if p := w.Patch(upload, at, []byte("abcdef")); p.Status != http.StatusConflict || p.Header.Get("Upload-Offset") != "0" {
				t.Errorf("%d %v", p.Status, p.Header)
			}
		}
		w.Patch(upload, 0, []byte("abcdef"))
		if p := w.Patch(upload, 0, []byte("abcdef")); p.Status != http.StatusConflict || p.Header.Get("Upload-Offset") != "6" {
			t.Errorf("%d %v", p.Status, p.Header)
		}
	})
	t.Run("P7.2 a part that is not what was announced leaves nothing", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceLarge, "a.pdf", 100)
		sum := sha1.Sum([]byte("abcdef"))
		right, wrong := "sha1 "+base64.StdEncoding.EncodeToString(sum[:]), "sha1 "+base64.StdEncoding.EncodeToString(make([]byte, 20))
		if p := w.Patch(upload, 0, []byte("abcdef"), "Upload-Checksum", wrong); p.Status != 460 {
			t.Errorf("wrong: %d", p.Status)
		}
		if p := w.Me.Tus(http.MethodHead, upload, nil); p.Header.Get("Upload-Offset") != "0" {
			t.Errorf("kept %s", p.Header.Get("Upload-Offset"))
		}
		if p := w.Patch(upload, 0, []byte("abcdef"), "Upload-Checksum", "crc32 AAAA"); p.Status != http.StatusBadRequest {
			t.Errorf("unknown: %d", p.Status)
		}
		if p := w.Patch(upload, 0, []byte("abcdef"), "Upload-Checksum", right); p.Status != http.StatusNoContent {
			t.Errorf("right: %d", p.Status)
		}
	})
	t.Run("P7.2 what is no upload is refused by its status", func(t *testing.T) {
		address, upload := w.Address(handlerstest.PieceCV)+"/envois", w.BeginUpload(handlerstest.PieceLarge, "a.pdf", 100)
		for name, c := range map[string]struct {
			p    *handlerstest.Page
			want int
		}{
			"another version":     {w.Me.Tus(http.MethodHead, upload, nil, "Tus-Resumable", "0.2.2"), http.StatusPreconditionFailed},
			"another type":        {w.Me.Tus(http.MethodPatch, upload, []byte("a"), "Content-Type", "text/plain", "Upload-Offset", "0"), http.StatusUnsupportedMediaType},
			"no offset":           {w.Me.Tus(http.MethodPatch, upload, []byte("a"), "Content-Type", "application/offset+octet-stream"), http.StatusBadRequest},
			"more than the rest":  {w.Patch(upload, 0, bytes.Repeat([]byte("a"), 101)), http.StatusRequestEntityTooLarge},
			"no length":           {w.Me.Tus(http.MethodPost, address, nil), http.StatusBadRequest},
			"a length told later": {w.Me.Tus(http.MethodPost, address, nil, "Upload-Defer-Length", "1"), http.StatusBadRequest},
			"0 bytes":             {w.Me.Tus(http.MethodPost, address, nil, "Upload-Length", "0"), http.StatusUnprocessableEntity},
			"one byte too many":   {w.Me.Tus(http.MethodPost, address, nil, "Upload-Length", fmt.Sprint(5<<20+1)), http.StatusRequestEntityTooLarge},
			"5 GB announced":      {w.Me.Tus(http.MethodPost, address, nil, "Upload-Length", "5000000000"), http.StatusRequestEntityTooLarge},
			"no such place":       {w.Me.Tus(http.MethodPost, address, nil, "Upload-Length", "5", "Upload-Metadata", "place OQ=="), http.StatusUnprocessableEntity},
			"broken metadata":     {w.Me.Tus(http.MethodPost, address, nil, "Upload-Length", "5", "Upload-Metadata", "filename ***"), http.StatusBadRequest},
			"another site":        {w.Me.Tus(http.MethodPatch, upload, []byte("a"), "Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
			"somebody else":       {w.SignedIn().Tus(http.MethodHead, upload, nil), http.StatusNotFound},
			"nobody":              {w.Visitor().Tus(http.MethodHead, upload, nil), http.StatusNotFound},
		} {
			if c.p.Status != c.want {
				t.Errorf("%s: %d, want %d: %.200s", name, c.p.Status, c.want, c.p.Body)
			}
		}
	})
	t.Run("P7.2 a client that no browser runs says where it comes from", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceLarge, "a.pdf", 100)
		for origin, want := range map[string]int{handlerstest.BaseURL: http.StatusNoContent, "https://ailleurs.example.org": http.StatusForbidden, "": http.StatusForbidden} {
			r := httptest.NewRequest(http.MethodPatch, upload, strings.NewReader(""))
			r.Header.Set("Tus-Resumable", "1.0.0")
			r.Header.Set("Content-Type", "application/offset+octet-stream")
			r.Header.Set("Upload-Offset", "0")
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			if p := w.Me.Do(r); p.Status != want {
				t.Errorf("%q: %d, want %d", origin, p.Status, want)
			}
		}
	})
	t.Run("P7.2 an upload that is cancelled leaves no row and no object", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceLarge, "a.pdf", 100)
		before := objects(t, w)
		w.Patch(upload, 0, []byte("abcdef"))
		if objects(t, w) != before+1 {
			t.Fatal("nothing was stored")
		}
		if p := w.Me.Tus(http.MethodDelete, upload, nil); p.Status != http.StatusNoContent {
			t.Fatalf("%d", p.Status)
		}
		if p := w.Me.Tus(http.MethodHead, upload, nil); p.Status != http.StatusNotFound || objects(t, w) != before {
			t.Errorf("%d, %d objects more", p.Status, objects(t, w)-before)
		}
	})
	t.Run("P7.2 an upload outlives neither its time nor the sweep", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceLarge, "a.pdf", 100)
		before := objects(t, w)
		w.Patch(upload, 0, []byte("abcdef"))
		w.MoveClock(dossier.UploadLasts + time.Minute)
		me := w.Me.Clone()
		me.SignIn("camille.pieces@demo.example.org") // a day is longer than a sign-in
		if p := me.Tus(http.MethodHead, upload, nil); p.Status != http.StatusGone {
			t.Errorf("%d", p.Status)
		}
		for range 2 {
			if _, err := w.Portal.Documents.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if p := me.Tus(http.MethodHead, upload, nil); p.Status != http.StatusNotFound || objects(t, w) > before {
			t.Errorf("%d, %d objects more", p.Status, objects(t, w)-before)
		}
	})
}

// objects counts what lies in the store.
func objects(t *testing.T, w *handlerstest.Pieces) int {
	t.Helper()
	n := 0
	for _, err := range w.Portal.Documents.Store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestDeposit(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	t.Run("P7.2 a plain form deposits a file, and the page comes back with its verdict", func(t *testing.T) {
		content := handlerstest.PDF("Camille", 0)
		p := w.Deposit(handlerstest.PieceCV, "cv.pdf", content)
		if p.Status != http.StatusSeeOther || !strings.Contains(p.Location, "#piece-cv") {
			t.Fatalf("%d %s %.300s", p.Status, p.Location, p.Text())
		}
		d := w.Newest(handlerstest.PieceCV)
		if d.State != dossier.Live || d.File.SHA256 != sha256.Sum256(content) || d.File.Bytes != int64(len(content)) {
			t.Errorf("%+v", d)
		}
	})
	t.Run("P7.2 a newer version replaces, and the history keeps the earlier one", func(t *testing.T) {
		w.Deposit(handlerstest.PieceCV, "cv2.pdf", handlerstest.PDF("Camille, encore", 0))
		d := w.Newest(handlerstest.PieceCV)
		if d.Version != 2 || d.State != dossier.Live || len(w.Piece(handlerstest.PieceCV).History) != 1 {
			t.Errorf("%+v", d)
		}
	})
	t.Run("P7.3 the content decides the type, not the name; what stood there stays", func(t *testing.T) {
		for name, content := range map[string][]byte{"cv3.pdf": []byte("MZ\x90\x00 this program cannot be run"), "cv4.pdf": handlerstest.JPEG()} {
			if p := w.Deposit(handlerstest.PieceCV, name, content); p.Status != http.StatusSeeOther {
				t.Errorf("%s: %d", name, p.Status)
			}
			if d := w.Newest(handlerstest.PieceCV); d.State != dossier.Refused || d.File.Reason == "" {
				t.Errorf("%s: %s %s", name, d.State, d.File.Reason)
			}
		}
		live := 0
		for _, d := range w.Piece(handlerstest.PieceCV).Documents {
			if d.State == dossier.Live && d.File.Name == "cv2.pdf" {
				live++
			}
		}
		if live != 1 {
			t.Error("the version in force went")
		}
	})
	t.Run("P7.1 a file at the limit of its piece is taken, one byte more is not", func(t *testing.T) {
		limit := handlerstest.PDF("Camille", 5<<20)
		limit = append(limit, bytes.Repeat([]byte("\n"), 5<<20-len(limit))...)
		if p := w.Deposit(handlerstest.PieceCV, "limite.pdf", limit); p.Status != http.StatusSeeOther {
			t.Errorf("%d %.300s", p.Status, p.Text())
		}
		if err := w.Portal.Documents.Inspect(t.Context(), w.Newest(handlerstest.PieceCV).File.ID, false); err != nil { // and what is prepared after it
			t.Fatal(err)
		}
		before := objects(t, w)
		p := w.Deposit(handlerstest.PieceCV, "plus.pdf", append(limit, '\n'))
		tooHeavy(t, w, p, handlerstest.PieceCV, "5\u00a0Mo au plus", "pas été gardé", "rien d’autre n’a changé", "plus léger")
		if strings.Contains(p.Find("#refus").Text(), "JavaScript") {
			t.Error("a script would change nothing")
		}
		if p := w.Deposit(handlerstest.PieceCV, "vide.pdf", nil); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("empty: %d", p.Status)
		}
		if n := w.Count(`SELECT count(*) FROM uploads WHERE document_id IS NULL`); n != 0 || objects(t, w) != before {
			t.Errorf("%d uploads, %d objects left", n, objects(t, w)-before)
		}
	})
	t.Run("P7.2 a form beyond 8 MB, or none, is refused", func(t *testing.T) {
		heavy := handlerstest.PDF("x", 8<<20)
		p := w.Deposit(handlerstest.PieceLarge, "gros.pdf", heavy)
		tooHeavy(t, w, p, handlerstest.PieceLarge, "8\u00a0Mo", "30\u00a0Mo", "activez JavaScript", "pas été gardé", "rien d’autre n’a changé")
		p = w.Deposit(handlerstest.PieceCV, "gros.pdf", heavy)
		tooHeavy(t, w, p, handlerstest.PieceCV, "5\u00a0Mo au plus")
		w.Me.SetCookie("langue", "en")
		p = w.Deposit(handlerstest.PieceLarge, "gros.pdf", heavy)
		w.Me.Forget("langue")
		tooHeavy(t, w, p, handlerstest.PieceLarge, "8\u00a0MB", "turn JavaScript on")
		r := httptest.NewRequest(http.MethodPost, w.Address(handlerstest.PieceCV), strings.NewReader("fichier=a"))
		r.Header.Set("Content-Type", urlencoded)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if p := w.Me.Do(r); p.Status != http.StatusBadRequest {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P7.4 names are data, never a path nor a header", func(t *testing.T) {
		for name, want := range map[string]string{"../../etc/passwd.pdf": "passwd.pdf", `C:\fakepath\cv.pdf`: "cv.pdf", "سيرة ذاتية.pdf": "سيرة ذاتية.pdf",
			"cv\u202efdp.exe.pdf": "cvfdp.exe.pdf", "a\r\nSet-Cookie: x=1.pdf": "", strings.Repeat("é", 500) + ".pdf": strings.Repeat("é", 196) + ".pdf", "...": "document"} {
			content := handlerstest.PDF("Camille", 0)
			upload := w.BeginUpload(handlerstest.PieceCV, name, len(content))
			w.Patch(upload, 0, content)
			d := w.Settled(handlerstest.PieceCV)
			if want != "" && d.File.Name != want {
				t.Errorf("%q became %q, want %q", name, d.File.Name, want)
			}
			p := w.Me.Get("/documents/" + d.ID.String())
			if got := p.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=\"") || strings.ContainsAny(got, "\r\n/\\") || p.Header.Get("Set-Cookie") != "" {
				t.Errorf("%q: %s", name, got)
			}
		}
	})
}

func TestReadDocument(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	cv := w.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille Fontaine", 0))
	photo := w.Upload(handlerstest.PiecePhoto, "photo.jpg", handlerstest.JPEG())
	officer := w.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	address := func(d dossier.Document, rest string) string { return "/documents/" + d.ID.String() + rest }
	t.Run("P7.3 no answer lets what was sent act in the portal's origin", func(t *testing.T) {
		text := w.Upload(handlerstest.PieceCV, "cv.html", []byte("<!doctype html><title>CV</title><p>Bonjour, je m'appelle Camille.</p>"))
		for _, d := range []dossier.Document{cv, photo, text} {
			p := w.Me.Get(address(d, ""))
			if p.Status != http.StatusOK {
				t.Fatalf("%s: %d", d.File.Name, p.Status)
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"} {
				if !strings.Contains(p.Header.Get(name), want) {
					t.Errorf("%s: %s %q", d.File.Name, name, p.Header.Get(name))
				}
			}
			if csp := p.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "sandbox;") || strings.Contains(csp, "allow-scripts") {
				t.Errorf("%s: %s", d.File.Name, csp)
			}
			if !strings.HasPrefix(p.Header.Get("Content-Disposition"), "attachment") || strings.Contains(p.Header.Get("Content-Type"), "html") {
				t.Errorf("%s: %v", d.File.Name, p.Header)
			}
		}
		p := w.Me.Get(address(text, "/texte"))
		var read struct{ Text string }
		if err := json.Unmarshal([]byte(p.Body), &read); err != nil || p.Header.Get("Content-Type") != "application/json" || !strings.Contains(read.Text, "Bonjour") {
			t.Errorf("%d %s %v", p.Status, p.Body, p.Header)
		}
	})
	t.Run("P7.6 a page is an image of ours, of a few widths", func(t *testing.T) {
		for _, width := range []string{"160", "800", "1000", "99999", "x", "", "-3", "1200"} {
			p := w.Me.Get(address(cv, "/pages/1?largeur="+width))
			if p.Status != http.StatusOK || !strings.HasPrefix(p.Header.Get("Content-Type"), "image/") || len(p.Body) < 500 {
				t.Errorf("%q: %d %s %d bytes", width, p.Status, p.Header.Get("Content-Type"), len(p.Body))
			}
		}
		for _, n := range []string{"0", "2", "-1", "x"} {
			if p := w.Me.Get(address(cv, "/pages/"+n)); p.Status != http.StatusNotFound {
				t.Errorf("page %s: %d", n, p.Status)
			}
		}
		if n := w.Count(`SELECT count(DISTINCT width) FROM renditions WHERE kind = 'page'`); n != 4 {
			t.Errorf("%d widths kept", n)
		}
	})
	t.Run("P7.4 an image is asked for again, and the right to it looked at again", func(t *testing.T) {
		p := w.Me.Get(address(cv, "/pages/1"))
		etag := p.Header.Get("ETag")
		ask := func(b *handlerstest.Browser) int {
			r := httptest.NewRequest(http.MethodGet, address(cv, "/pages/1"), nil)
			r.Header.Set("If-None-Match", etag)
			return b.Do(r).Status
		}
		if got := ask(w.Me); etag == "" || got != http.StatusNotModified || !strings.Contains(p.Header.Get("Cache-Control"), "private") {
			t.Errorf("%d %q", got, etag)
		}
		if got := ask(w.SignedIn()); got != http.StatusNotFound {
			t.Errorf("somebody else: %d", got)
		}
	})
	t.Run("P7.6 the words of a page have their places", func(t *testing.T) {
		var text struct {
			Lines []struct {
				Text       string
				X, Y, W, H float64
			}
		}
		p := w.Me.Get(address(cv, "/texte?page=1"))
		if err := json.Unmarshal([]byte(p.Body), &text); err != nil || len(text.Lines) != 1 || text.Lines[0].Text != "Camille Fontaine" || text.Lines[0].W <= 0 {
			t.Errorf("%d %s", p.Status, p.Body)
		}
	})
	t.Run("P7.3 only its owner gets a photograph as it was sent", func(t *testing.T) {
		w.Send()
		mine, theirs := w.Me.Get(address(photo, "")), officer.Get(address(photo, ""))
		if mine.Status != http.StatusOK || !strings.Contains(mine.Body, handlerstest.Place) {
			t.Errorf("mine: %d", mine.Status)
		}
		if theirs.Status != http.StatusOK || strings.Contains(theirs.Body, handlerstest.Place) || strings.Contains(theirs.Body, "Exif") || !strings.HasPrefix(theirs.Body, "\xff\xd8") {
			t.Errorf("theirs: %d, %d bytes", theirs.Status, len(theirs.Body))
		}
		if page := officer.Get(address(photo, "/pages/1")); page.Status != http.StatusOK || strings.Contains(page.Body, "Exif") {
			t.Errorf("page: %d", page.Status)
		}
	})
	t.Run("P7.4 a part is sent alone; a thousand at once are the whole", func(t *testing.T) {
		whole := w.Me.Get(address(cv, "")).Body
		size := len(whole)
		for asked, want := range map[string]struct {
			status int
			body   string
		}{
			"bytes=0-9":         {206, whole[:10]},
			"bytes=10-":         {206, whole[10:]},
			"bytes=-5":          {206, whole[size-5:]},
			"bytes=5-999999999": {206, whole[5:]},
			"bytes=99999999-":   {416, ""},
			"bytes=9-2":         {200, whole},
			"bytes=a-b":         {200, whole},
			"items=0-5":         {200, whole},
			"bytes=0-1,2-3":     {200, whole},
			"bytes=-0":          {416, ""},
			"bytes=" + strings.Repeat("0-,", 1000) + "0-": {200, whole},
		} {
			r := httptest.NewRequest(http.MethodGet, address(cv, ""), nil)
			r.Header.Set("Range", asked)
			if p := w.Me.Do(r); p.Status != want.status || p.Status != 416 && p.Body != want.body {
				t.Errorf("%.30s: %d, %d bytes", asked, p.Status, len(p.Body))
			}
		}
		if p := w.Me.Do(httptest.NewRequest(http.MethodHead, address(cv, ""), nil)); p.Status != http.StatusOK || p.Body != "" || p.Header.Get("Content-Length") != fmt.Sprint(size) {
			t.Errorf("head: %d %v", p.Status, p.Header)
		}
	})
	t.Run("P7.4 what lies in the store can be read by nobody", func(t *testing.T) {
		store := w.Portal.Documents.Store
		for object, err := range store.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			r, err := store.Open(t.Context(), object.Key)
			if err != nil {
				t.Fatal(err)
			}
			content := make([]byte, object.Size)
			_, _ = r.Read(content)
			_ = r.Close()
			if bytes.Contains(content, []byte("Camille")) || bytes.Contains(content, []byte("%PDF")) || bytes.Contains(content, []byte("Dijon")) {
				t.Errorf("%s is in clear", object.Key)
			}
		}
	})
}

// tooHeavy checks the page that a file too heavy brings back: the pieces, with what to do.
func tooHeavy(t *testing.T, w *handlerstest.Pieces, p *handlerstest.Page, piece string, words ...string) {
	t.Helper()
	said := p.Find("#refus")
	if p.Status != http.StatusRequestEntityTooLarge || p.Find("#piece-"+piece).Length() != 1 {
		t.Errorf("%d %.200s", p.Status, p.Text())
	}
	for _, word := range words {
		if !strings.Contains(said.Text(), word) {
			t.Errorf("no %q in %q", word, said.Text())
		}
	}
	if back := said.Find("a").AttrOr("href", ""); back != "/candidatures/"+w.ID.String()+"/pieces#piece-"+piece {
		t.Errorf("leads to %q", back)
	}
}
