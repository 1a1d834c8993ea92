package application

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/models"
	"passerelle/models/dossier"
)

// WordField begins the field of an error about the word on one document asked again; the
// requirement's id follows.
const WordField = "mot_"

// Wordless reports a requirement whose documents nobody has said anything against, so
// that to ask for it again needs a word on why; one that is missing says it by itself.
func Wordless(q dossier.Requirement) bool {
	live := q.Live()
	for _, d := range live {
		if d.Verdict != nil && d.Verdict.Kind != dossier.Valid {
			return false
		}
	}
	return q.NotApplicable == nil && len(live) > 0
}

// AskAgain is RequestInformation with an officer's words, by requirement, on documents
// that have none yet: each becomes « à revoir » with its word, and one without a word is
// refused by its field, so that nobody is asked for a document without knowing why (P9.3).
func AskAgain(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in RequestInput, words map[models.ID]string) (InformationRequest, error) {
	a, err := lockReviewedPapers(ctx, tx, by, id)
	if err != nil {
		return InformationRequest{}, err
	}
	if a.State != UnderReview || a.Version != in.Version || a.Person == by.Person {
		return RequestInformation(ctx, tx, by, id, in) // which says why not
	}
	silent, bad, err := in.silent(ctx, tx, a, words)
	if err != nil {
		return InformationRequest{}, err
	}
	if len(bad) > 0 {
		if _, err := in.request(ctx, tx, a); err != nil {
			var e *models.Error
			if !errors.As(err, &e) {
				return InformationRequest{}, err
			}
			bad = append(bad, e.Fields...)
		}
		return InformationRequest{}, models.Invalid("desk.request_invalid", bad...)
	}
	if err := giveWords(ctx, tx, by, silent, words); err != nil {
		return InformationRequest{}, err
	}
	return RequestInformation(ctx, tx, by, id, in)
}

// silent lists the requirements asked that need a word, and what is wrong with those given.
func (in RequestInput) silent(ctx context.Context, tx models.Tx, a Application, words map[models.ID]string) ([]dossier.Requirement, []models.FieldError, error) {
	all, err := dossier.Of(ctx, tx, a.ID)
	if err != nil {
		return nil, nil, err
	}
	out, bad := []dossier.Requirement{}, []models.FieldError{}
	for _, q := range all {
		if !(InformationRequest{Requirements: in.Requirements}).Asks(q.ID) || !Wordless(q) {
			continue
		}
		out = append(out, q)
		switch word := strings.TrimSpace(words[q.ID]); {
		case word == "":
			bad = append(bad, models.FieldError{Field: WordField + q.ID.String(), Key: "desk.word_missing"})
		case utf8.RuneCountInString(word) > maxVerdictMessage:
			bad = append(bad, models.FieldError{Field: WordField + q.ID.String(), Key: "desk.too_long"})
		}
	}
	return out, bad, nil
}

// giveWords puts a word on every document in force of requirements that have none.
func giveWords(ctx context.Context, tx models.Tx, by models.Actor, silent []dossier.Requirement, words map[models.ID]string) error {
	for _, q := range silent {
		word := strings.TrimSpace(words[q.ID])
		if word == "" {
			continue // a preview alone comes this far
		}
		for _, d := range q.Live() {
			in := VerdictInput{Kind: dossier.ToComplete, Message: word}
			if d.Verdict != nil {
				in.SeenVerdict = d.Verdict.ID
			}
			if _, err := GiveVerdict(ctx, tx, by, d.ID, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// PreviewRequest gives the very mail that a request would send now, and its language,
// without keeping anything. For officers in scope. Refused: KindInvalid for a date that
// no mail could announce; what else is missing does not prevent a look.
func PreviewRequest(ctx context.Context, db *models.DB, by models.Actor, id models.ID, in RequestInput, words map[models.ID]string) (Letter, string, error) {
	var letter Letter
	var lang string
	err := db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, err := loadReviewed(ctx, tx, by, id)
		if err != nil {
			return err
		}
		due, key, err := in.due(ctx, tx)
		if err != nil {
			return err
		}
		if key != "" {
			return models.Invalid("desk.request_invalid", models.FieldError{Field: "date", Key: key})
		}
		silent, _, err := in.silent(ctx, tx, a, words)
		if err != nil {
			return err
		}
		if err := giveWords(ctx, tx, by, silent, words); err != nil && models.KindOf(err) == models.KindInternal {
			return err
		}
		to, err := applicant(ctx, tx, a)
		if err != nil {
			return err
		}
		if letter, _, err = newLetter(ctx, tx, id); err != nil {
			return err
		}
		lang, letter.Message, letter.DueOn = to.lang, strings.TrimSpace(in.Message), due
		return letter.readAsked(ctx, tx, a, InformationRequest{Fields: in.Fields, Requirements: in.Requirements, AskedAt: tx.Now})
	})
	return letter, lang, err
}

// unreadable is why words are no date: a day that no calendar has, or no figures at all.
func unreadable(typed string) string {
	parts := strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune("/-. ", r) })
	for _, p := range parts {
		if strings.Trim(p, "0123456789") != "" || len(p) > 4 {
			return "desk.date_unreadable"
		}
	}
	if len(parts) != 3 {
		return "desk.date_unreadable"
	}
	if _, err := time.Parse("2006", parts[2]); err != nil {
		if _, err := time.Parse("2006", parts[0]); err != nil {
			return "desk.date_unreadable"
		}
	}
	return "desk.date_impossible"
}
