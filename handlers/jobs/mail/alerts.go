package mail

import (
	"context"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/searching"
	"passerelle/views/catalogues"
	views "passerelle/views/mail"
	"passerelle/views/paths"
)

// alert writes a mail of news; what the catalogue or the person took away since
// it was queued is left out. The second value ends such mails at one press.
func (r Renderer) alert(ctx context.Context, tx models.Tx, m mailbox.Row) (views.Letter, string, error) {
	l, err := searching.LetterOfAlert(ctx, tx, m.SubjectID)
	if err != nil {
		return views.Letter{}, "", err
	}
	d := views.AlertData{Sender: r.sender(), Name: l.Name, Rhythm: string(l.Rhythm), ListURL: r.url(paths.SavedSearches()),
		StopURL: r.url(paths.StopAlerts(tx.Token(l.Stop)))}
	for _, part := range l.Parts {
		s := views.AlertSearch{Name: part.Name, URL: r.url(catalogues.SavedURL(part.Criteria)), RemoveURL: r.url(paths.RemoveSearch(tx.Token(part.Link))), Beyond: part.Beyond}
		if part.Kind == searching.ProfileAlert {
			s.URL = r.url(paths.ProfileAlert())
		}
		for _, f := range part.Finds {
			s.Finds = append(s.Finds, views.AlertFind{Kind: f.Kind, Title: catalogues.Capital(f.Title), By: f.By, Why: f.Why, URL: r.url(catalogues.DocumentURL(f.Kind, f.Reference))})
		}
		d.Searches = append(d.Searches, s)
	}
	return views.Alert(ctx, d), d.StopURL, nil
}
