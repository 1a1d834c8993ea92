package print

// Summary is a dossier on paper: what was asked and given, in blocks (P9.7).
type Summary struct {
	Title    string
	Subtitle string
	Foot     string // number of the dossier and when it was printed, on each page
	Blocks   []SummaryBlock
}

// SummaryBlock is a title and its lines; a line without term is a paragraph.
type SummaryBlock struct {
	Title string
	Lines []SummaryLine
}

// SummaryLine is one fact.
type SummaryLine struct{ Term, Text string }

// PDF draws the summary.
func (s Summary) PDF() ([]byte, error) {
	p := newPage(s.Title)
	p.SetFooterFunc(func() {
		p.SetY(-15)
		p.font("Helvetica", "", 8)
		p.CellFormat(0, 6, p.tr(s.Foot), "", 0, "C", false, 0, "")
	})
	p.font("Helvetica", "B", 18)
	p.MultiCell(0, 8, p.tr(plain(s.Title)), "", "L", false)
	p.font("Helvetica", "", 11)
	p.MultiCell(0, 6, p.tr(plain(s.Subtitle)), "", "L", false)
	for _, b := range s.Blocks {
		if len(b.Lines) == 0 {
			continue
		}
		p.section(plain(b.Title))
		for _, l := range b.Lines {
			p.fact(l)
		}
	}
	return p.bytes()
}

// termWidth is the column of the terms, in millimetres.
const termWidth = 52

func (p page) fact(l SummaryLine) {
	if l.Term == "" {
		p.font("Helvetica", "", 10)
		p.MultiCell(0, 5.5, p.tr(plain(l.Text)), "", "L", false)
		p.Ln(1.5)
		return
	}
	left, top, at := p.GetX(), p.GetY(), p.PageNo()
	p.font("Helvetica", "B", 9.5)
	p.MultiCell(termWidth-3, 5.5, p.tr(plain(l.Term)), "", "L", false)
	bottom := p.GetY()
	if p.PageNo() != at { // the term went over the page: its text follows it there
		top = p.GetY() - 5.5
	}
	p.SetXY(left+termWidth, top)
	p.font("Helvetica", "", 10)
	p.SetLeftMargin(left + termWidth)
	p.MultiCell(0, 5.5, p.tr(plain(l.Text)), "", "L", false)
	p.SetLeftMargin(left)
	p.SetXY(left, max(p.GetY(), bottom)+1.5)
}

// plain replaces what the standard fonts cannot draw, so that no letter is lost
// unseen.
func plain(text string) string {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		switch {
		case r == '\u202f' || r == '\u00a0' || r == '\u2009':
			out = append(out, ' ')
		case r == '\u2212':
			out = append(out, '-')
		case r == '→':
			out = append(out, '>')
		case r == '\n' || r >= 0x20 && r <= 0x17f || r == '’' || r == '‘' || r == '“' || r == '”' || r == '–' || r == '—' || r == '…' || r == '€' || r == '•' || r == 'œ' || r == 'Œ':
			out = append(out, r)
		case r == '\r' || r == '\t':
			out = append(out, ' ')
		default:
			out = append(out, '?')
		}
	}
	return string(out)
}
