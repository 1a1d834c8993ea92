package mail

import (
	"context"
	"encoding/hex"
	"slices"

	"passerelle/models/application"
	"passerelle/views/i18n"
	views "passerelle/views/mail"
)

// pieces are the lines of a receipt: the name of each piece as the portal asks for
// it, never that of the file, with its size and checksum.
func pieces(ctx context.Context, l application.Letter) []views.Piece {
	list := make([]views.Piece, len(l.Pieces))
	for i, p := range l.Pieces {
		title := p.Requirement.Title.In(string(i18n.From(ctx)))
		if n := p.Document.Place; n <= len(p.Requirement.Sides) && n > 0 {
			title += " (" + p.Requirement.Sides[n-1].In(string(i18n.From(ctx))) + ")"
		} else if p.Requirement.Places() > 1 {
			title += " (" + i18n.Number(ctx, n) + ")"
		}
		list[i] = views.Piece{Title: title, Bytes: p.Document.File.Bytes, SHA256: hex.EncodeToString(p.Document.File.SHA256[:])}
	}
	return list
}

func asked(ctx context.Context, l application.Letter) []views.Asked {
	list := make([]views.Asked, len(l.Asked))
	for i, p := range l.Asked {
		list[i] = views.Asked{Title: p.Title.In(string(i18n.From(ctx))), Words: slices.Clone(p.Words)}
		for _, m := range p.Remarks {
			list[i].Words = append(list[i].Words, i18n.T(ctx, "mail.asked.remark", "page", i18n.Number(ctx, m.Page), "text", m.Body))
		}
	}
	return list
}

func fieldsAsked(ctx context.Context, l application.Letter) []string {
	list := make([]string, len(l.AskedFields))
	for i, f := range l.AskedFields {
		list[i] = f.In(string(i18n.From(ctx)))
	}
	return list
}
