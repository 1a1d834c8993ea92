package main

import (
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"passerelle/cmd/internal/portaltest"
)

// firstPage is what a first visit may weigh, everything included.
const firstPage = 100 * 1000

// TestFirstVisit weighs the front page as it comes over the wire to a browser
// that has nothing yet.
func TestFirstVisit(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser and a demonstration")
	}
	t.Run("P15.3 first page at most 100 KB over the wire with everything, no third-party request", func(t *testing.T) {
		demo := portaltest.CommonDemo(t)
		b := portaltest.NewBrowser(t, demo.URL, true)
		var mu sync.Mutex
		weights, asked := map[network.RequestID]float64{}, map[network.RequestID]string{}
		err := chromedp.Listen(b.Context, func(event any) {
			mu.Lock()
			defer mu.Unlock()
			switch e := event.(type) {
			case *network.EventRequestWillBeSent:
				asked[e.RequestID] = e.Request.URL
			case *network.EventLoadingFinished:
				weights[e.RequestID] = e.EncodedDataLength
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		b.Open("/")
		time.Sleep(2 * time.Second) // what a script asks for later counts too
		mu.Lock()
		defer mu.Unlock()
		total, home := 0.0, b.URL
		for id, address := range asked {
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "data" && u.Scheme+"://"+u.Host != home {
				t.Errorf("a request to a third party: %s", address)
			}
			if _, ended := weights[id]; !ended {
				t.Errorf("%s did not end", address)
			}
			total += weights[id]
			t.Logf("%8.0f bytes %s", weights[id], u.Path)
		}
		t.Logf("%8.0f bytes in all, %d requests", total, len(asked))
		if total > firstPage || len(asked) < 4 {
			t.Errorf("the first page weighs %.0f bytes in %d requests", total, len(asked))
		}
	})
}
