package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/views/i18n"
	views "passerelle/views/mail"
	"passerelle/views/paths"
)

// ErrNoObject marks a mail whose object is gone or whose link was replaced: it
// has nothing left to say.
var ErrNoObject = errors.New("nothing left to say")

// Renderer makes messages of queued mails.
type Renderer struct {
	BaseURL string // absolute links come from here alone
	From    string
	Service string // who runs the portal
	Contact string
	Rights  string // data protection officer
}

// Render loads what a mail needs and writes it in the recipient's language.
// ErrNoObject when it has nothing left to say.
func (r Renderer) Render(ctx context.Context, tx models.Tx, m mailbox.Row) (Message, error) {
	lang, _ := i18n.Parse(m.Lang)
	ctx = i18n.With(ctx, lang)
	letter, unsubscribe, err := r.whole(ctx, tx, m)
	if models.KindOf(err) == models.KindNotFound {
		return Message{}, fmt.Errorf("%w: %w", ErrNoObject, err)
	}
	if err != nil {
		return Message{}, err
	}
	letter.Subject = OneLine(letter.Subject)
	var html bytes.Buffer
	if err := views.HTML(letter).Render(ctx, &html); err != nil {
		return Message{}, fmt.Errorf("render %s: %w", m.Kind, err)
	}
	return Message{ID: m.ID, MessageID: r.messageID(m.ID), From: r.From, To: m.Recipient, Lang: string(lang),
		Subject: letter.Subject, HTML: html.String(), Text: views.Plain(letter), QueuedAt: m.QueuedAt, Unsubscribe: unsubscribe}, nil
}

// whole is a letter with the address that ends such mails, for those that a
// person can end.
func (r Renderer) whole(ctx context.Context, tx models.Tx, m mailbox.Row) (views.Letter, string, error) {
	if m.Kind == mailbox.Alert {
		return r.alert(ctx, tx, m)
	}
	letter, err := r.letter(ctx, tx, m)
	return letter, "", err
}

// messageID is the same for every attempt, so that a second copy is recognised
// by mail programs as the first.
func (r Renderer) messageID(id models.ID) string {
	host := "passerelle.invalid"
	if from, err := mail.ParseAddress(r.From); err == nil {
		host = from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	}
	return id.String() + "@" + host
}

func (r Renderer) letter(ctx context.Context, tx models.Tx, m mailbox.Row) (views.Letter, error) {
	if build, ok := accountLetters[m.Kind]; ok {
		data, err := r.accountData(ctx, tx, m)
		if err != nil {
			return views.Letter{}, err
		}
		return build(ctx, data), nil
	}
	build, ok := caseLetters[m.Kind]
	if !ok {
		return views.Letter{}, fmt.Errorf("mail %s has no text", m.Kind)
	}
	data, err := r.caseData(ctx, tx, m)
	if err != nil {
		return views.Letter{}, err
	}
	if m.Kind == mailbox.Promotion && data.ConfirmBy.IsZero() {
		build = views.Decision // confirmed before this left: nothing is asked any more
	}
	return build(data.About(ctx), data), nil
}

var accountLetters = map[mailbox.Kind]func(context.Context, views.AccountData) views.Letter{
	mailbox.Activation:           views.Activation,
	mailbox.AccountCreated:       views.AccountCreated,
	mailbox.AlreadyKnown:         views.AlreadyKnown,
	mailbox.IdentityKnownOwner:   views.IdentityKnownOwner,
	mailbox.IdentityKnownNeutral: views.IdentityKnownNeutral,
	mailbox.Reset:                views.Reset,
	mailbox.EmailChangeNew:       views.EmailChangeNew,
	mailbox.EmailChangeOld:       views.EmailChangeOld,
	mailbox.PasswordChanged:      views.PasswordChanged,
	mailbox.FactorAdded:          views.FactorAdded,
	mailbox.FactorRemoved:        views.FactorRemoved,
	mailbox.RecoveryRenewed:      views.RecoveryRenewed,
	mailbox.RecoveryUsed:         views.RecoveryUsed,
}

var caseLetters = map[mailbox.Kind]func(context.Context, views.CaseData) views.Letter{
	mailbox.Receipt:            views.Receipt,
	mailbox.ApprovalRequest:    views.ApprovalRequest,
	mailbox.ApprovalReminder:   views.ApprovalReminder,
	mailbox.ApprovalRefused:    views.ApprovalRefused,
	mailbox.ApprovalNotMyStaff: views.ApprovalNotMyStaff,
	mailbox.ApplicationClosed:  views.ApplicationClosed,
	mailbox.DecisionReleased:   views.Decision,
	mailbox.Promotion:          views.Promotion,
	mailbox.SessionCancelled:   views.SessionCancelled,
	mailbox.DraftExpiring:      views.DraftExpiring,
	mailbox.WithdrawalReceipt:  views.WithdrawalReceipt,

	mailbox.InformationAsked:    views.InformationAsked,
	mailbox.InformationReminder: views.InformationReminder,
	mailbox.InformationClosed:   views.InformationClosed,
	mailbox.CorrectionReceipt:   views.CorrectionReceipt,
	mailbox.PieceInfected:       views.PieceInfected,
	mailbox.PieceLost:           views.PieceLost,
	mailbox.OpinionRequest:      views.OpinionRequest,
	mailbox.OpinionGiven:        views.OpinionGiven,
	mailbox.PieceExpiring:       views.PieceExpiring,
}

// Kinds lists every kind that has a text.
func Kinds() []mailbox.Kind {
	kinds := []mailbox.Kind{mailbox.Alert}
	for k := range accountLetters {
		kinds = append(kinds, k)
	}
	for k := range caseLetters {
		kinds = append(kinds, k)
	}
	return kinds
}

func (r Renderer) sender() views.Sender {
	return views.Sender{Service: r.Service, Contact: r.Contact, Rights: r.Rights, HelpURL: r.url(paths.Help())}
}

func (r Renderer) url(path string) string { return strings.TrimSuffix(r.BaseURL, "/") + path }

// link rebuilds the address that a mail carries; a link that cannot act any
// more leaves the mail without object.
func (r Renderer) link(ctx context.Context, tx models.Tx, m mailbox.Row, path func(string) string) (string, time.Time, error) {
	l, err := tx.LinkByID(ctx, m.LinkID)
	if err != nil {
		return "", time.Time{}, err
	}
	if !l.Live(tx.Now) {
		return "", l.ExpiresAt, models.NotFound("link.dead")
	}
	return r.url(path(tx.Token(l))), l.ExpiresAt, nil
}

func moment(tx models.Tx, t time.Time) i18n.Moment { return i18n.Of(t.In(tx.Zone())) }

func day(t time.Time) i18n.Day { return i18n.DayOf(t.Date()) }
