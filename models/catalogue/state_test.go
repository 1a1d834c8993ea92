package catalogue_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"passerelle/models/catalogue"
)

func day(n int) time.Time { return time.Date(2026, 11, 22+n, 0, 0, 0, 0, time.UTC) }

func TestSessionState(t *testing.T) {
	at := day(-100)
	base := catalogue.Session{OpensOn: day(-10), ClosesOn: day(10), StartsOn: day(40), EndsOn: day(50), Capacity: 10}
	for _, c := range []struct {
		name   string
		change func(*catalogue.Session)
		want   catalogue.State
	}{
		{"open while there are seats", func(*catalogue.Session) {}, catalogue.Open},
		{"P18.11 open on its closing date until midnight", func(s *catalogue.Session) { s.ClosesOn = day(0) }, catalogue.Open},
		{"P18.11 open from its opening date", func(s *catalogue.Session) { s.OpensOn = day(0) }, catalogue.Open},
		{"closed the day after", func(s *catalogue.Session) { s.ClosesOn = day(-1) }, catalogue.Closed},
		{"not yet open the day before", func(s *catalogue.Session) { s.OpensOn = day(1) }, catalogue.NotYetOpen},
		{"closed once begun", func(s *catalogue.Session) { s.ClosesOn, s.StartsOn = day(0), day(0) }, catalogue.Closed},
		{"full without waiting list", func(s *catalogue.Session) { s.SeatsTaken, s.SeatsElsewhere = 4, 6 }, catalogue.Full},
		{"waiting list when full", func(s *catalogue.Session) { s.SeatsTaken, s.WaitingList = 10, true }, catalogue.Waiting},
		{"a waiting list waits for seats to be gone", func(s *catalogue.Session) { s.WaitingList = true }, catalogue.Open},
		{"cancelled whatever else", func(s *catalogue.Session) { s.CancelledAt, s.ClosesOn = &at, day(-1) }, catalogue.Cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := base
			c.change(&s)
			got := s.State(day(0))
			if got != c.want {
				t.Fatalf("%s, want %s", got, c.want)
			}
			if got.Choosable() != (got.Reason() == "") {
				t.Fatalf("P3.2 %s: choosable %v, reason %q", got, got.Choosable(), got.Reason())
			}
		})
	}
	t.Run("P18.17 a search card gives every session the same state", rapid.MakeCheck(func(t *rapid.T) {
		n := func(label string) int { return rapid.IntRange(-60, 60).Draw(t, label) }
		s := catalogue.Session{OpensOn: day(n("opens")), ClosesOn: day(n("closes")), StartsOn: day(n("starts")), Capacity: 3,
			SeatsTaken: rapid.IntRange(0, 3).Draw(t, "taken"), WaitingList: rapid.Bool().Draw(t, "waiting")}
		if rapid.Bool().Draw(t, "cancelled") {
			s.CancelledAt = &at
		}
		o := catalogue.Occurrence{Region: 1, Modality: 3, Full: s.SeatsLeft() <= 0, Waiting: s.WaitingList, Cancelled: s.CancelledAt != nil,
			Starts: catalogue.Day(&s.StartsOn), Opens: catalogue.Day(&s.OpensOn), Closes: catalogue.Day(&s.ClosesOn)}
		today := day(0)
		read := catalogue.ReadOccurrence(o.Append(nil))
		if read != o || read.State(catalogue.Day(&today)) != s.State(today) {
			t.Fatalf("%+v, %s, %s", read, read.State(catalogue.Day(&today)), s.State(today))
		}
	}))
	t.Run("a card reads back as it was packed", rapid.MakeCheck(func(t *rapid.T) {
		c := catalogue.Card{Kind: 2, Level: rapid.Uint8().Draw(t, "level"), Duration: 3, Themes: rapid.SliceOfN(rapid.Uint16(), 0, 9).Draw(t, "themes"),
			Structure: rapid.Uint32().Draw(t, "structure")}
		packed := c.Append(nil)
		var read catalogue.Card
		rest, ok := read.Read(append(packed, 7))
		if !ok || len(rest) != 1 || string(read.Append(nil)) != string(packed) {
			t.Fatalf("%+v", read)
		}
		for n := range packed {
			_, _ = read.Read(packed[:n]) // never panics
		}
	}))
}
