package render

import (
	"context"
	"image"

	"passerelle/storage/pdf"
)

// attempt is one way to make pages: dots per inch, quality of JPEG, and shades
// left to a grey page, which typed letters can do without.
type attempt struct {
	DPI     int `json:"dpi"`
	Quality int `json:"quality"`
	Shades  int `json:"shades"`
}

// attempts go from the finest to the lightest that can still be read.
func attempts() []attempt {
	return []attempt{{150, 75, 256}, {150, 50, 16}, {110, 45, 8}, {90, 35, 4}}
}

// Flatten makes a PDF of page images, of at most limit bytes (0 for no limit):
// what is offered back for a PDF refused for its active content. It shows what
// was drawn and holds none of what acts. A document that does not fit, or of
// more than FlattenPages pages, is ErrTooBig. Pages are asked for one by one, so
// that reviewers' requests pass between them (P7.3).
func (c *Client) Flatten(ctx context.Context, content []byte, limit int64) ([]byte, error) {
	info, err := c.Document(ctx, PDF, content)
	if err != nil {
		return nil, err
	}
	if len(info.Pages) > FlattenPages {
		return nil, ErrTooBig
	}
	for _, way := range attempts() {
		pages, err := c.picture(ctx, content, len(info.Pages), way, limit)
		if err != nil {
			return nil, err
		}
		if pages == nil {
			continue
		}
		if made := bind(pages); limit <= 0 || int64(len(made)) <= limit {
			return made, nil
		}
	}
	return nil, ErrTooBig
}

// picture makes all pages in one way; none once they weigh too much, or promise to.
func (c *Client) picture(ctx context.Context, content []byte, count int, way attempt, limit int64) ([]embedded, error) {
	pages, weight := make([]embedded, 0, count), int64(0)
	for i := range count {
		var made embedded
		data, err := c.do(ctx, "render.flat", request{Kind: PDF, Page: i + 1, Way: way}, content, &made)
		if err != nil {
			return nil, err
		}
		made.data = data
		pages = append(pages, made)
		weight += int64(len(data))
		promised := weight * int64(count) / int64(len(pages))
		if limit > 0 && (weight > limit || len(pages) >= 3 && promised > limit*3/2) {
			return nil, nil
		}
	}
	return pages, nil
}

// flat is the child's part: the picture of one page, ready to be bound.
func flat(ctx context.Context, engine *pdf.Engine, q request, content []byte) (made embedded, err error) {
	err = engine.With(ctx, content, func(d pdf.Document) error {
		return withPage(d, q.Page-1, func(p openPage) error {
			scale := float64(min(max(q.Way.DPI, 36), 300)) / 72
			return p.bitmap(bounded(p.w*scale, p.h*scale, maxRendered/2), 0, func(drawn *image.RGBA) (err error) {
				made, err = embed(drawn, q.Way)
				made.W, made.H = p.w, p.h
				return err
			})
		})
	})
	return made, err
}
