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
	if err := r.readChanges(ctx, tx, all); err != nil {
		return r, err
	}
	r.Requirements = forService(d.Application, r.Request, all)
	if r.Seen, err = dossier.SeenBy(ctx, tx, id, by.Account); err != nil {
		return r, err
	}
	matches, err := dossier.Matches(ctx, tx, id)
	if err != nil {
		return r, err
	}
	r.Declared = declared(d.Answers, r.Requirements, matches)
	return r, nil
}

// readChanges tells what differs: in the answer to the latest request or, while it
// is open, from what was last sent.
func (r *Review) readChanges(ctx context.Context, tx models.Tx, all []dossier.Requirement) error {
	r.Changed = map[models.ID]bool{}
	if r.Request == nil {
		return nil
	}
	changed := r.Request.Changed
	if r.Request.AnsweredAt == nil {
		sent, err := SubmissionOf(ctx, tx, r.Application)
		if err != nil {
			return err
		}
		changed = changedRequirements(all, sent.Documents, r.Request)
	}
	for _, id := range changed {
		r.Changed[id] = true
	}
	return nil
}

// forService leaves out what the service may not know: files on their way, being
// inspected or refused by the inspection, and versions replaced before sending. What
// was found infected after it had been sent stays, as refused.
func forService(a Application, request *InformationRequest, all []dossier.Requirement) []dossier.Requirement {
	out := make([]dossier.Requirement, 0, len(all))
	for _, r := range all {
		r.Uploads = nil
		docs := slices.Concat(r.Documents, r.History)
		r.Documents, r.History = nil, nil
		for _, d := range docs {
			switch {
			case d.State == dossier.Live, d.State == dossier.Refused && d.File.Reason == dossier.ReasonInfected && onceSent(a, d):
				r.Documents = append(r.Documents, d)
			case sent(a, d):
				r.History = append(r.History, d)
			}
		}
		r.Asked = request != nil && request.AnsweredAt == nil && request.ClosedAt == nil && request.Asks(r.ID)
		if r.Origin == dossier.OriginForm && len(r.Documents) == 0 && !r.Asked {
			continue // the answers never asked for it, or it was optional
		}
		out = append(out, r)
	}
	return out
}

// onceSent reports a refused version that had reached the service.
func onceSent(a Application, d dossier.Document) bool {
	return a.SubmittedAt != nil && d.Since.After(*a.SubmittedAt)
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
