package application

import (
	"context"
	"slices"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
)

// Review is a dossier on the review desk (relecture, P17.7).
type Review struct {
	Dossier
	Requirements []dossier.Requirement      // what the service may know: versions in force, then those replaced since it was sent
	Declared     map[string][]DeclaredField // answers that matter for a piece, by its key
	Request      *InformationRequest        // the latest, whatever became of it
	Changed      map[models.ID]bool         // requirements that differ from what was sent before (P17.8)
	Seen         map[models.ID]bool         // documents that this officer has opened
}

// DeclaredField is an answer shown beside a document.
type DeclaredField struct {
	Key    string // as RequestInput.Fields names it
	Label  form.Text
	Lines  []form.Text
	Agrees *bool // as noted by an officer; nil: not said
}

// OpenReview gives a dossier with its documents to an officer in scope, marks them
// present (P9.5) and writes that they opened it (P17.21). To anyone else it is not
// found.
func OpenReview(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Review, error) {
	d, err := OpenDossier(ctx, tx, by, id)
	if err != nil {
		return Review{}, err
	}
	r := Review{Dossier: d}
	all, err := dossier.Of(ctx, tx, id)
	if err != nil {
		return r, err
	}
	if r.Request, err = lastRequest(ctx, tx, d.Application); err != nil {
		return r, err
	}
	r.readChanges()
	if r.Requirements, err = forService(ctx, tx, d.Application, all); err != nil {
		return r, err
	}
	if r.Seen, err = dossier.SeenBy(ctx, tx, id, by.Account); err != nil {
		return r, err
	}
	matches, err := dossier.Matches(ctx, tx, id)
	if err != nil {
		return r, err
	}
	if d.Own {
		return r, r.hide(ctx, tx)
	}
	r.Declared = declared(d.Answers, r.Requirements, matches)
	return r, nil
}

// readChanges tells what differs in the answer to the latest request; nothing while it
// is not sent.
func (r *Review) readChanges() {
	r.Changed = map[models.ID]bool{}
	if r.Request == nil || r.Request.AnsweredAt == nil {
		return
	}
	for _, id := range r.Request.Changed {
		r.Changed[id] = true
	}
}

// hide leaves to an officer who is the applicant what the applicant is told.
func (r *Review) hide(ctx context.Context, tx models.Tx) error {
	told, err := toldUntil(ctx, tx, r.Application)
	if err != nil {
		return err
	}
	for _, q := range r.Requirements {
		told.hide(q.Documents)
		told.hide(q.History)
	}
	r.Declared = declared(r.Answers, r.Requirements, nil)
	return nil
}

// forService leaves out what the service may not know: what was never transmitted, and
// what its owner took back. A version sent stands until another one is sent. What was
// found infected after it had been sent stays, as refused.
func forService(ctx context.Context, tx models.Tx, a Application, all []dossier.Requirement) ([]dossier.Requirement, error) {
	known, err := transmitted(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	request, err := openRequest(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	asked, err := asking(ctx, tx, a, request)
	if err != nil {
		return nil, err
	}
	out := make([]dossier.Requirement, 0, len(all))
	for _, r := range all {
		r.Uploads = nil
		docs := slices.Concat(r.Documents, r.History)
		r.Documents, r.History = nil, nil
		for _, d := range docs {
			switch {
			case known.stands(d):
				d.State = dossier.Live
				r.Documents = append(r.Documents, d)
			case known.has(d) && d.State == dossier.Refused:
				r.Documents = append(r.Documents, d)
			case known.has(d):
				r.History = append(r.History, d)
			}
		}
		r.Asked = asked(r)
		if named := request != nil && request.Asks(r.ID); r.Origin == dossier.OriginForm && len(r.Documents) == 0 && !named {
			continue // the answers never asked for it, or it was optional
		}
		out = append(out, r)
	}
	return out, nil
}

// declared finds the answers that each requirement shows.
func declared(s form.Snapshot, all []dossier.Requirement, matches map[models.ID]map[string]bool) map[string][]DeclaredField {
	out := map[string][]DeclaredField{}
	for _, r := range all {
		for _, key := range r.Spec.Fields {
			f := DeclaredField{Key: key}
			for _, a := range s.Answers {
				if a.Field != key && askable(a) != key {
					continue
				}
				if f.Label.Empty() {
					f.Label, f.Key = a.Label, askable(a)
					if a.Row != "" && askable(a) == key {
						f.Label = a.Heading
					}
				}
				f.Lines = append(f.Lines, a.Shown)
			}
			if f.Label.Empty() {
				continue
			}
			for _, d := range r.Documents {
				if agrees, ok := matches[d.ID][f.Key]; ok {
					f.Agrees = &agrees
				}
			}
			out[r.Spec.Key] = append(out[r.Spec.Key], f)
		}
	}
	return out
}
