// Package i18n owns the words of the interface: one compiled table of messages in
// French and English, plurals, numbers and dates written by hand-made month tables.
// It refuses to read files, clocks or locales of the machine: the table is generated
// (go generate ./views/i18n) from the messages.fr.toml and messages.en.toml that lie
// beside the screens, and every date comes in as a Day or a Moment.
// It runs in the offline engine too, so it imports neither fmt, time nor net.
package i18n

//go:generate go run ./gen

import (
	"context"
	"strings"
)

// Lang is a language of the interface (langue). French is the default (P15.1).
type Lang string

// The two languages. Every message exists in both.
const (
	French  Lang = "fr"
	English Lang = "en"
)

// Langs lists the languages in the order in which they are offered.
func Langs() []Lang { return []Lang{French, English} }

// Parse returns the language named by s ("fr", "en", "en-GB"), and false when the
// portal does not speak it; French then.
func Parse(s string) (Lang, bool) {
	head, _, _ := strings.Cut(strings.ToLower(s), "-")
	switch Lang(head) {
	case French:
		return French, true
	case English:
		return English, true
	}
	return French, false
}

// Name is the language's own name ("français", "English"), to be written with its lang attribute.
func (l Lang) Name() string {
	if l == English {
		return "English"
	}
	return "français"
}

func (l Lang) column() int {
	if l == English {
		return 1
	}
	return 0
}

type speechKey struct{}

// speech is how messages are written in a context.
type speech struct {
	lang  Lang
	about string // topic, "" for none
}

func speechOf(ctx context.Context) speech {
	if s, ok := ctx.Value(speechKey{}).(speech); ok {
		return s
	}
	return speech{lang: French}
}

// With returns a context in which every message is written in l (P15.1).
func With(ctx context.Context, l Lang) context.Context {
	s := speechOf(ctx)
	s.lang = l
	return context.WithValue(ctx, speechKey{}, s)
}

// About returns a context in which messages speak of a topic: where a message named
// key.topic exists, it is said instead of key ("applications.send.admission").
func About(ctx context.Context, topic string) context.Context {
	s := speechOf(ctx)
	if s.about == topic {
		return ctx
	}
	s.about = topic
	return context.WithValue(ctx, speechKey{}, s)
}

// From returns the language of ctx, French when none was set.
func From(ctx context.Context) Lang { return speechOf(ctx).lang }

// T returns the message named key in the language of ctx.
//
// Placeholders {0} {1} take args by position. A message whose placeholders have names
// ("{course} du {date}") takes args as pairs: T(ctx, key, "course", c, "date", d).
// An unknown key returns the key itself, so that it shows and a test catches it.
func T(ctx context.Context, key string, args ...string) string {
	text, ok := speechOf(ctx).lookup(key, "")
	if !ok {
		return key
	}
	return fill(text, args)
}

// N returns the plural message named key: key.one or key.other by the rule of the
// language (French counts 0 and 1 as singular, English 1 only). {n} is replaced by the
// number written in the language, other placeholders as in T.
func N(ctx context.Context, key string, n int, args ...string) string {
	s := speechOf(ctx)
	suffix := ".other"
	if n == 1 || n == -1 || (n == 0 && s.lang == French) {
		suffix = ".one"
	}
	text, ok := s.lookup(key, suffix)
	if !ok {
		return key
	}
	if strings.Contains(text, "{n}") {
		text = strings.ReplaceAll(text, "{n}", number(s.lang, n))
	}
	return fill(text, args)
}

// Has tells whether key exists, alone or as a plural.
func Has(key string) bool {
	if _, ok := table[key]; ok {
		return true
	}
	_, ok := table[key+".other"]
	return ok
}

// lookup finds what the topic says under key, else what everyone says; suffix is that
// of a plural.
func (s speech) lookup(key, suffix string) (string, bool) {
	if s.about != "" {
		if row, ok := table[key+"."+s.about+suffix]; ok {
			return row[s.lang.column()], true
		}
	}
	row, ok := table[key+suffix]
	return row[s.lang.column()], ok
}

// fill replaces placeholders. A placeholder without a value stays as written.
func fill(text string, args []string) string {
	open := strings.IndexByte(text, '{')
	if open < 0 || len(args) == 0 {
		return text
	}
	var out strings.Builder
	out.Grow(len(text) + 32)
	for open >= 0 {
		out.WriteString(text[:open])
		text = text[open:]
		end := strings.IndexByte(text, '}')
		if end < 0 {
			break
		}
		if value, ok := argument(text[1:end], args); ok {
			out.WriteString(value)
		} else {
			out.WriteString(text[:end+1])
		}
		text = text[end+1:]
		open = strings.IndexByte(text, '{')
	}
	out.WriteString(text)
	return out.String()
}

func argument(name string, args []string) (string, bool) {
	if len(name) == 1 && name[0] >= '0' && name[0] <= '9' {
		at := int(name[0] - '0')
		if at < len(args) {
			return args[at], true
		}
		return "", false
	}
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return "", false
}
