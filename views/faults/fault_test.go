package faults

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"passerelle/views/i18n"
)

func draw(t *testing.T, lang i18n.Lang, c templ.Component) *goquery.Document {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(i18n.With(context.Background(), lang), &b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "fault.") {
		t.Errorf("a message is missing: %.200s", text[strings.Index(text, "fault."):])
	}
	doc, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestFaultPages(t *testing.T) {
	for _, status := range append(Statuses(), 418, 504) {
		for _, lang := range i18n.Langs() {
			t.Run(strconv.Itoa(status)+" "+string(lang), func(t *testing.T) {
				doc := draw(t, lang, Fault(Page{Status: status, Request: "7f3kq9td", Wait: 30, Retry: "/recherche?q=eau"}))
				if n := doc.Find("main h1").Length(); n != 1 {
					t.Errorf("%d h1, want 1", n)
				}
				if !strings.Contains(doc.Find("main").Text(), "7f3kq9td") {
					t.Error("the number of the request does not show")
				}
				h1 := strings.TrimSpace(doc.Find("main h1").Text())
				if title := doc.Find("title").Text(); !strings.HasPrefix(title, h1) {
					t.Errorf("the tab says %q, the page %q", title, h1)
				}
			})
		}
	}
}

func TestFaultReason(t *testing.T) {
	doc := draw(t, i18n.French, Fault(Page{Status: 400, Reason: "body.encoding"}))
	if !strings.Contains(doc.Find("main").Text(), "Des caractères ne peuvent pas être lus") {
		t.Error("the reason of the domain does not show")
	}
	doc = draw(t, i18n.French, Fault(Page{Status: 500, Reason: "no.such.key"}))
	if strings.Contains(doc.Text(), "no.such.key") {
		t.Error("an unknown reason shows raw")
	}
}

func TestFaultPart(t *testing.T) {
	doc := draw(t, i18n.French, Part(Page{Status: 404}, "resultats"))
	if doc.Find("#resultats [role=alert]").Length() != 1 {
		t.Error("the part does not keep the id of its target, or is silent")
	}
	if doc.Find("main").Length() != 0 {
		t.Error("a part holds a whole page")
	}
}

func TestWords(t *testing.T) {
	for path, want := range map[string]string{
		"/formations/cadre-operationnel-bibliotheques-2025":  "cadre operationnel bibliotheques",
		"/formations/FOR.4534":                               "FOR",
		"/candidatures/0190b2c3-7d1e-7aaa-8bbb-123456789abc": "",
		"/": "",
	} {
		if got := Words(path); got != want {
			t.Errorf("Words(%q) = %q, want %q", path, got, want)
		}
	}
}
