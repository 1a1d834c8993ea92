package render

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// gotenberg plays the server as far as its documented route goes.
func gotenberg(t *testing.T, answer http.HandlerFunc) *Gotenberg {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client, err := NewGotenberg(server.URL + "/below/")
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestGotenberg(t *testing.T) {
	t.Run("P7.6 the file is sent under a name of ours and the PDF comes back", func(t *testing.T) {
		client := gotenberg(t, func(w http.ResponseWriter, r *http.Request) {
			file, head, err := r.FormFile("files")
			if err != nil || r.Method != http.MethodPost || r.URL.Path != "/below/forms/libreoffice/convert" || head.Filename != "document.docx" {
				http.Error(w, "unexpected", http.StatusBadRequest)
				return
			}
			content, _ := io.ReadAll(file)
			_, _ = w.Write(append([]byte("%PDF-1.7\n"), content...))
		})
		made, err := client.Convert(t.Context(), "docx", []byte("content"))
		if err != nil || string(made) != "%PDF-1.7\ncontent" {
			t.Errorf("got %q, %v", made, err)
		}
	})
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		want   error
	}{
		{"the file is at fault", status(http.StatusBadRequest), ErrOffice},
		{"the server is busy", status(http.StatusTooManyRequests), ErrOfficeDown},
		{"the conversion ran out of time", status(http.StatusServiceUnavailable), ErrOfficeDown},
		{"the address is another server's", status(http.StatusNotFound), ErrOfficeDown},
		{"a redirection is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
		}, ErrOfficeDown},
		{"not a PDF", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, ErrOffice},
		{"cut in the middle", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "%PDF-1.7")
		}, ErrOfficeDown},
		{"without end", func(w http.ResponseWriter, _ *http.Request) {
			block := bytes.Repeat([]byte("%PDF-"), 200_000)
			for range 100 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, ErrOffice},
	} {
		t.Run(c.name, func(t *testing.T) {
			if made, err := gotenberg(t, c.answer).Convert(t.Context(), "odt", []byte("x")); !errors.Is(err, c.want) || made != nil {
				t.Errorf("got %d bytes, %v", len(made), err)
			}
		})
	}
	t.Run("slow, a call that is given up ends", func(t *testing.T) {
		client := gotenberg(t, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := client.Convert(ctx, "odt", []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		client, err := NewGotenberg("http://127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Convert(t.Context(), "odt", []byte("x")); !errors.Is(err, ErrOfficeDown) {
			t.Errorf("got %v", err)
		}
		if _, err := NewGotenberg("gotenberg:3000"); err == nil {
			t.Error("an address without scheme is taken")
		}
	})
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(w, "no", code)
	}
}
