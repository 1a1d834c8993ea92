package applications

import (
	"context"
	"strings"

	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// ApplicationPage is one application that was sent: where it stands, what was
// sent, what can be done.
type ApplicationPage struct {
	Card
	Sent   form.Snapshot
	Pieces []SentPiece // in force when it was sent, or sent again
}

// section is one block of what was sent.
type section struct {
	id, title string
	facts     []ui.Fact
}

// sections group the submitted answers by block, rows of a table on one line.
func (p ApplicationPage) sections(ctx context.Context) []section {
	lang := string(i18n.From(ctx))
	out := []section{}
	row := ""
	for _, a := range p.Sent.Answers {
		id := a.Step + "-" + a.Block
		if n := len(out); n == 0 || out[n-1].id != id {
			out = append(out, section{id: id, title: a.Heading.In(lang)})
			row = ""
		}
		s := &out[len(out)-1]
		text := a.Shown.In(lang)
		if text == "" {
			continue
		}
		if a.Row != "" && a.Row == row {
			last := &s.facts[len(s.facts)-1]
			last.Value = ui.Lines(string(last.Value.(ui.Lines)) + ", " + inRow(ctx, a, text))
			continue
		}
		term := a.Label.In(lang)
		if a.Row != "" {
			term = i18n.T(ctx, "applications.row", itoa(a.RowNo))
			if name := a.RowName.In(lang); name != "" {
				term = i18n.T(ctx, "applications.row.named", name, itoa(a.RowNo))
			}
		}
		row = a.Row
		s.facts = append(s.facts, ui.Fact{Term: term, Value: ui.Lines(strings.TrimSpace(text))})
	}
	kept := out[:0]
	for _, s := range out {
		if len(s.facts) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

// inRow is a further answer of a row: a figure alone would say nothing.
func inRow(ctx context.Context, a form.Answer, text string) string {
	if a.Kind != form.KindNumber {
		return text
	}
	return i18n.T(ctx, "applications.row.value", a.Label.In(string(i18n.From(ctx))), text)
}

// FoundPage asks « Est-ce le vôtre ? » (P18.1): course and date, nothing more.
type FoundPage struct {
	Drafts []Found
	Aside  bool // those drafts were said to be somebody else's
	Signed bool
}

// Found is one draft that nobody has recognised yet.
type Found struct {
	ID     string
	Course string
	Begun  i18n.Day
	Erased i18n.Day // the day on which it erases itself
}

// StartPage begins an application, or says why it cannot (P17.15).
type StartPage struct {
	SessionID string
	Session   Session
	Refused   string // message key
	Existing  string // id of what the person already has
	IsDraft   bool
	Asked     []Piece // what will be asked for (P6.2)
	Zone      string  // name of the zone, said beside deadlines
}

// Piece is one document that will be asked for.
type Piece struct {
	Title, Rule string
	Required    bool
}

// Href is the address of the page, where its button posts too.
func (p StartPage) Href() string {
	if p.Session.Admission {
		return paths.StartAdmission(p.SessionID)
	}
	return paths.StartRegistration(p.SessionID)
}

// ErasePage asks before a draft is erased (P18.1).
type ErasePage struct {
	ID      string
	Session Session
	Begun   i18n.Day
	Opened  bool // the person has opened it: they go back to it, else to the drafts found
}

// Back is where "no" leads.
func (p ErasePage) Back() string {
	if p.Opened {
		return paths.Application(p.ID)
	}
	return paths.FoundDraft()
}

// WithdrawPage asks to confirm a withdrawal.
type WithdrawPage struct {
	ID      string
	Number  string
	Session Session
	Seat    bool // the person was told that they have a seat
	Reason  string
	Error   string
}

// ManagerPage names another line manager (P18.2).
type ManagerPage struct {
	ID       string
	Number   string
	Session  Session
	Present  string // who is asked now
	Since    i18n.Day
	NotMine  bool
	Values   map[string]string
	Errors   map[string]string
	Problems []ui.Problem
}

// managerFields are the inputs of ManagerPage, in order.
var managerFields = []string{"manager_last_name", "manager_first_name", "manager_function", "manager_email", "manager_phone"}

func (p ManagerPage) input(ctx context.Context, name string) ui.Input {
	in := ui.Input{Field: ui.Field{ID: name, Name: name, Label: i18n.T(ctx, "applications."+name), Error: p.Errors[name]}, Value: p.Values[name], Size: "m", Autocomplete: "off"}
	switch name {
	case "manager_email":
		in.Type, in.InputMode, in.Size = "email", "email", ""
		in.Hint = i18n.T(ctx, "applications.manager_email.hint")
	case "manager_phone":
		in.Type, in.InputMode, in.Optional = "tel", "tel", true
	case "manager_function":
		in.Size = ""
	}
	return in
}
